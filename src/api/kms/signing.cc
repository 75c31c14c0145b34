#include "api/kms/signing.h"

#include <fmt/format.h>

#include "base/check.h"

namespace claviger::api::kms {
namespace {

using hsm::HashAlgorithm;
using hsm::SignatureScheme;
using keys::MessageType;
using keys::SigningAlgorithm;

hsm::SignatureAlgorithm to_hsm(SigningAlgorithm algorithm) {
  switch (algorithm) {
    case SigningAlgorithm::kRsassaPssSha256:
      return {SignatureScheme::kRsaPss, HashAlgorithm::kSha256};
    case SigningAlgorithm::kRsassaPssSha384:
      return {SignatureScheme::kRsaPss, HashAlgorithm::kSha384};
    case SigningAlgorithm::kRsassaPssSha512:
      return {SignatureScheme::kRsaPss, HashAlgorithm::kSha512};
    case SigningAlgorithm::kRsassaPkcs1V15Sha256:
      return {SignatureScheme::kRsaPkcs1, HashAlgorithm::kSha256};
    case SigningAlgorithm::kRsassaPkcs1V15Sha384:
      return {SignatureScheme::kRsaPkcs1, HashAlgorithm::kSha384};
    case SigningAlgorithm::kRsassaPkcs1V15Sha512:
      return {SignatureScheme::kRsaPkcs1, HashAlgorithm::kSha512};
    case SigningAlgorithm::kEcdsaSha256:
      return {SignatureScheme::kEcdsa, HashAlgorithm::kSha256};
    case SigningAlgorithm::kEcdsaSha384:
      return {SignatureScheme::kEcdsa, HashAlgorithm::kSha384};
    case SigningAlgorithm::kEcdsaSha512:
      return {SignatureScheme::kEcdsa, HashAlgorithm::kSha512};
    case SigningAlgorithm::kMlDsaShake256:
      return {SignatureScheme::kMlDsa};
    case SigningAlgorithm::kEd25519Sha512:
      return {SignatureScheme::kEd25519};
    case SigningAlgorithm::kEd25519PhSha512:
      return {SignatureScheme::kEd25519Ph};
    case SigningAlgorithm::kSm2Dsa:
      return {SignatureScheme::kSm2};
  }
  CLAVIGER_CHECK(false);
}

// The types of message that the algorithm takes (Developer Guide, "Key spec reference").
bool takes(SignatureScheme scheme, MessageType type) {
  switch (scheme) {
    case SignatureScheme::kRsaPss:
    case SignatureScheme::kRsaPkcs1:
    case SignatureScheme::kEcdsa:
    case SignatureScheme::kSm2:
      return type != MessageType::kExternalMu;
    case SignatureScheme::kMlDsa:
      return type != MessageType::kDigest;
    case SignatureScheme::kEd25519:
      return type == MessageType::kRaw;
    case SignatureScheme::kEd25519Ph:
      return type == MessageType::kDigest;
  }
  CLAVIGER_CHECK(false);
}

// As AWS was seen to say it.
Error incompatible(const SignedMessage& message, SignatureScheme scheme) {
  const std::string_view type = keys::name_of(message.type);
  if (scheme == SignatureScheme::kMlDsa) {
    return Error::validation(
        fmt::format("Message type {} is incompatible with key spec {}.", type, keys::name_of(message.spec)));
  }
  return Error::validation(
      fmt::format("Message type {} is incompatible with algorithm {}.", type, keys::name_of(message.algorithm)));
}

}  // namespace

Result<SigningTask> signing_task(const SignedMessage& message) {
  const hsm::SignatureAlgorithm algorithm = to_hsm(message.algorithm);
  if (!takes(algorithm.scheme, message.type)) {
    return fail(incompatible(message, algorithm.scheme));
  }
  if (message.type == MessageType::kRaw) return SigningTask{algorithm, hsm::MessageForm::kRaw};
  const bool is_mu = message.type == MessageType::kExternalMu;
  if (message.message.size() != (is_mu ? hsm::kMlDsaMuBytes : hsm::digest_bytes(algorithm))) {
    return fail(Error::validation(fmt::format("{} is invalid length for algorithm {}.", is_mu ? "Mu" : "Digest",
                                              keys::name_of(message.algorithm))));
  }
  if (is_mu) return SigningTask{algorithm, hsm::MessageForm::kMu};
  // HashEdDSA hashes what it is given, here the digest: AWS KMS hashes it once more.
  const bool is_prehashed = algorithm.scheme == SignatureScheme::kEd25519Ph;
  return SigningTask{algorithm, is_prehashed ? hsm::MessageForm::kRaw : hsm::MessageForm::kDigest};
}

}  // namespace claviger::api::kms
