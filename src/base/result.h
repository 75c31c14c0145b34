// Errors are values. Every function that can fail for a reason outside the program returns
// Result<T>.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace claviger {

// The closed set of failures. Domain codes know nothing of HTTP; wire/error_shape.h maps each to
// its AWS name and status in one exhaustive switch.
enum class ErrorCode : std::uint8_t {
  // What a caller did wrong, as AWS KMS names it. IAM and STS have names of their own for some: kAlreadyExists is
  // EntityAlreadyExists there, kNotFound NoSuchEntity.
  kAlreadyExists,
  kDisabled,
  kDryRun,
  kExpiredImportToken,
  kIncorrectKey,
  kIncorrectKeyMaterial,
  kInvalidAliasName,
  kInvalidArn,
  kInvalidCiphertext,
  kInvalidGrantId,
  kInvalidGrantToken,
  kInvalidImportToken,
  kInvalidKeyUsage,
  kInvalidMarker,
  kKmsInvalidMac,
  kKmsInvalidSignature,  // of a message; that of a request is kInvalidSignature
  kKmsInvalidState,
  kLimitExceeded,
  kMalformedPolicyDocument,
  kNotFound,
  kTag,
  kUnsupportedOperation,
  // The same, as only AWS IAM and STS name it.
  kConcurrentModification,  // for a handler that finds one itself; a lost commit is kConflict
  kDeleteConflict,
  kIdpCommunication,
  kIdpRejectedClaim,
  kInvalidIdentityToken,
  kExpiredIdentityToken,
  kInvalidInput,
  kPackedPolicyTooLarge,
  kPolicyEvaluation,
  kPolicyNotAttachable,
  kRegionDisabled,
  kUnmodifiableEntity,
  // What is wrong before an action is reached.
  kAccessDenied,
  kExpiredToken,
  kIncompleteSignature,
  kInvalidSignature,
  kMissingAction,  // of the Query protocol
  kMissingAuthenticationToken,
  kRequestTooLarge,
  kSerialization,
  kThrottling,
  kUnknownOperation,
  kUnrecognizedClient,
  kValidation,
  // What is wrong on our side. Callers of KMS see KMSInternalException, KeyUnavailableException or
  // DependencyTimeoutException and nothing else, callers of IAM ServiceFailure, of STS InternalFailure.
  kConflict,  // a precondition of a commit did not hold; nothing was written
  kCorrupt,   // stored bytes failed a check
  kDependencyTimeout,
  kInternal,
  kIo,  // a system call failed; nothing was acknowledged
  kKeyUnavailable,
  kUnknownOutcome,  // a commit may or may not have happened; ask with Store::find_commit
};

// A failure. `message` may be shown to the client and holds nothing the client did not send or may
// not know; `detail` is for the server's log only. Neither ever holds a secret.
class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message, std::string detail = {})
      : code_(code), message_(std::move(message)), detail_(std::move(detail)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& detail() const { return detail_; }

  // An error on our side: the client is told nothing, the log gets `detail`.
  static Error internal(std::string detail) { return Error(ErrorCode::kInternal, {}, std::move(detail)); }
  static Error corrupt(std::string detail) { return Error(ErrorCode::kCorrupt, {}, std::move(detail)); }
  static Error io(std::string detail) { return Error(ErrorCode::kIo, {}, std::move(detail)); }
  static Error validation(std::string message) { return Error(ErrorCode::kValidation, std::move(message)); }

 private:
  ErrorCode code_;
  std::string message_;
  std::string detail_;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }
inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string detail = {}) {
  return std::unexpected<Error>(Error(code, std::move(message), std::move(detail)));
}

}  // namespace claviger

// CLAVIGER_TRY(expression): returns the error of a Result from the enclosing function, or goes on.
// CLAVIGER_ASSIGN(declaration, expression): the same, and binds the value.
#define CLAVIGER_JOIN_(a, b) a##b
#define CLAVIGER_JOIN(a, b) CLAVIGER_JOIN_(a, b)
#define CLAVIGER_TRY(expression)                                                      \
  do {                                                                                \
    auto claviger_status = (expression);                                              \
    if (!claviger_status) return std::unexpected(std::move(claviger_status).error()); \
  } while (false)
#define CLAVIGER_ASSIGN(declaration, expression)                                          \
  auto CLAVIGER_JOIN(claviger_result_, __LINE__) = (expression);                          \
  if (!CLAVIGER_JOIN(claviger_result_, __LINE__))                                         \
    return std::unexpected(std::move(CLAVIGER_JOIN(claviger_result_, __LINE__)).error()); \
  declaration = *std::move(CLAVIGER_JOIN(claviger_result_, __LINE__))  // NOLINT(bugprone-macro-parentheses): declares
