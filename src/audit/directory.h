// Reading the files of a log directory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/files.h"
#include "audit/format.h"
#include "base/result.h"

namespace claviger::audit {

// The numbers of the segments there are, ascending.
[[nodiscard]] Result<std::vector<std::uint64_t>> list_segments(Files& files, const std::string& directory);

// A whole file of at most `limit` bytes. kCorrupt when it is longer; kNotFound when it is not there.
[[nodiscard]] Result<Bytes> read_file(Files& files, const std::string& path, std::uint64_t limit);

// The first `size` bytes of a file. kCorrupt when it is shorter; kNotFound when it is not there.
[[nodiscard]] Result<Bytes> read_prefix(Files& files, const std::string& path, std::size_t size);

std::string join_path(const std::string& directory, std::string_view name);

}  // namespace claviger::audit
