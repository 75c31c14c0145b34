// CRC-32C (Castagnoli; RFC 3720 appendix B.4): finds damage, proves nothing.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace claviger::audit {

std::uint32_t crc32c(ByteSpan bytes);

}  // namespace claviger::audit
