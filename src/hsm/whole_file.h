// Files that a crash leaves whole or absent. Included by hsm/*.cc only.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace claviger::hsm {

enum class Existing { kRefuse, kReplace };
// Writes a file beside `path`, flushes it, and puts it in the place of `path` in one step. On disk
// when this returns. kIo after a failure: `path` then holds the former content or, when only the
// directory could not be flushed, the new one.
[[nodiscard]] Status write_whole_file(const std::string& path, ByteSpan bytes, Existing existing);

}  // namespace claviger::hsm
