#include "crypto/jws.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/encoding.h"

namespace claviger::crypto {
namespace {

Bytes base64url(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  while (text.size() % 4 != 0) text += '=';
  return base64_decode(text).value();
}

// RFC 7515, appendix A.2: RS256.
struct Rs256Example {
  Bytes modulus = base64url(
      "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-"
      "yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-"
      "UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_"
      "h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ");
  Bytes exponent = base64url("AQAB");
  std::string message =
      "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnV"
      "lfQ";
  Bytes signature = base64url(
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t"
      "1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j"
      "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
      "Ge77Rw");
  RsaPublicKey key() const { return {modulus, exponent}; }
};

// RFC 7515, appendix A.3: ES256.
struct Es256Example {
  Bytes x = base64url("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
  Bytes y = base64url("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
  std::string message =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnV"
      "lfQ";
  Bytes signature = base64url("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  P256PublicKey key() const { return {x, y}; }
};

TEST(Jws, TheExamplesOfTheStandardVerify) {
  const Rs256Example rsa;
  EXPECT_TRUE(is_usable(rsa.key()));
  EXPECT_TRUE(rs256_verify(rsa.key(), as_bytes(rsa.message), rsa.signature));
  const Es256Example ec;
  EXPECT_TRUE(is_usable(ec.key()));
  EXPECT_TRUE(es256_verify(ec.key(), as_bytes(ec.message), ec.signature));
}

TEST(Jws, ChangedMessagesAndSignaturesDoNotVerify) {
  const Rs256Example rsa;
  const Es256Example ec;
  EXPECT_FALSE(rs256_verify(rsa.key(), as_bytes(rsa.message + "x"), rsa.signature));
  EXPECT_FALSE(es256_verify(ec.key(), as_bytes(ec.message + "x"), ec.signature));
  EXPECT_FALSE(rs256_verify(rsa.key(), {}, rsa.signature));
  for (const std::size_t at : {std::size_t{0}, std::size_t{31}, std::size_t{32}, std::size_t{63}}) {
    Bytes changed = ec.signature;
    changed[at] ^= 1;
    EXPECT_FALSE(es256_verify(ec.key(), as_bytes(ec.message), changed)) << at;
    changed = rsa.signature;
    changed[at] ^= 1;
    EXPECT_FALSE(rs256_verify(rsa.key(), as_bytes(rsa.message), changed)) << at;
  }
}

TEST(Jws, SignaturesOfAnotherSizeDoNotVerify) {
  const Rs256Example rsa;
  const Es256Example ec;
  for (const int change : {-1, 1}) {
    Bytes other = rsa.signature;
    other.resize(static_cast<std::size_t>(static_cast<int>(other.size()) + change));
    EXPECT_FALSE(rs256_verify(rsa.key(), as_bytes(rsa.message), other));
    other = ec.signature;
    other.resize(static_cast<std::size_t>(static_cast<int>(other.size()) + change));
    EXPECT_FALSE(es256_verify(ec.key(), as_bytes(ec.message), other));
  }
  EXPECT_FALSE(rs256_verify(rsa.key(), as_bytes(rsa.message), {}));
  EXPECT_FALSE(es256_verify(ec.key(), as_bytes(ec.message), {}));
  EXPECT_FALSE(es256_verify(ec.key(), as_bytes(ec.message), Bytes(64, 0))) << "r = s = 0";
  EXPECT_FALSE(es256_verify(ec.key(), as_bytes(ec.message), Bytes(64, 0xff)));
}

TEST(Jws, KeysThatAreNoneAreNotUsed) {
  const Rs256Example rsa;
  const auto refuses = [&](Bytes modulus, Bytes exponent) {
    const RsaPublicKey key{modulus, exponent};
    EXPECT_FALSE(rs256_verify(key, as_bytes(rsa.message), rsa.signature));
    return !is_usable(key);
  };
  EXPECT_TRUE(refuses({}, rsa.exponent));
  EXPECT_TRUE(refuses(Bytes(rsa.modulus.begin(), rsa.modulus.begin() + 128), rsa.exponent)) << "1,024 bits";
  EXPECT_TRUE(refuses(Bytes(513, 0xff), rsa.exponent));
  EXPECT_TRUE(refuses(rsa.modulus, {}));
  EXPECT_TRUE(refuses(rsa.modulus, {1}));
  EXPECT_TRUE(refuses(rsa.modulus, {4}));
  EXPECT_TRUE(refuses(rsa.modulus, Bytes(9, 0xff)));
  EXPECT_TRUE(refuses(rsa.modulus, {0, 3}));
  Bytes padded = rsa.modulus;
  padded.insert(padded.begin(), 0);
  EXPECT_TRUE(refuses(padded, rsa.exponent)) << "a leading zero";
  const Es256Example ec;
  Bytes off_curve = ec.y;
  off_curve[31] ^= 1;
  for (const P256PublicKey& key :
       {P256PublicKey{ec.x, off_curve}, P256PublicKey{ec.x, {}}, P256PublicKey{ByteSpan(ec.x).first(31), ec.y}}) {
    EXPECT_FALSE(is_usable(key));
    EXPECT_FALSE(es256_verify(key, as_bytes(ec.message), ec.signature));
  }
}

}  // namespace
}  // namespace claviger::crypto
