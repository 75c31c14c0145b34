// The outline of BER and DER (ITU-T X.690), looked at before OpenSSL reads what is inside.
#pragma once

#include "base/bytes.h"

namespace claviger::crypto {

// Keys need five.
inline constexpr int kMaxBerDepth = 12;

// Whether `bytes` are one element, whole, and nothing behind it; inside it lie elements that fill it exactly, nested at
// most kMaxBerDepth deep. Of tags only those of one byte are known, which is all that keys have. Thread-safe.
[[nodiscard]] bool is_one_ber_element(ByteSpan bytes);

}  // namespace claviger::crypto
