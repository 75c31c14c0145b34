// What OpenSSL gives back of the heap, wiped: it wipes its private numbers itself, but not the encodings that it reads
// and writes keys by, nor the digits of scalars that it multiplies points with (docs/threat-model.md).
#pragma once

namespace claviger::crypto {

// From here on everything that OpenSSL frees or moves is overwritten with zeros first, for as long as the process runs.
// To be called once, by main, while there is one thread and before anything else of this room or of OpenSSL: false, and
// nothing is changed, when OpenSSL has allocated before. A program that does not call it works all the same.
[[nodiscard]] bool wipe_what_openssl_frees();

}  // namespace claviger::crypto
