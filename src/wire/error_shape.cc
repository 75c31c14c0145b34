#include "wire/error_shape.h"

#include "base/check.h"
#include "base/json.h"

namespace claviger::wire {
namespace {

constexpr ErrorShape client(std::string_view type) { return {type, 400, type, MessagePolicy::kShown}; }
constexpr ErrorShape fault(std::string_view type, int status) { return {type, status, type, MessagePolicy::kHidden}; }
constexpr ErrorShape internal_fault() { return fault("KMSInternalException", 500); }

constexpr std::string_view fixed_message(ErrorCode code) {
  if (code == ErrorCode::kKeyUnavailable) return "The request was rejected because the KMS key was not available.";
  if (code == ErrorCode::kDependencyTimeout) return "The system timed out while trying to fulfill the request.";
  return "The request was rejected because an internal exception occurred.";
}

}  // namespace

ErrorShape error_shape(ErrorCode code) {
  switch (code) {
    case ErrorCode::kAlreadyExists:
      return client("AlreadyExistsException");
    case ErrorCode::kDisabled:
      return client("DisabledException");
    case ErrorCode::kDryRun:
      return client("DryRunOperationException");
    case ErrorCode::kIncorrectKey:
      return client("IncorrectKeyException");
    case ErrorCode::kInvalidAliasName:
      return client("InvalidAliasNameException");
    case ErrorCode::kInvalidArn:
      return client("InvalidArnException");
    case ErrorCode::kInvalidCiphertext:
      return {"InvalidCiphertextException", 400, "InvalidCiphertextException", MessagePolicy::kNone};
    case ErrorCode::kInvalidGrantToken:
      return client("InvalidGrantTokenException");
    case ErrorCode::kInvalidKeyUsage:
      return client("InvalidKeyUsageException");
    case ErrorCode::kInvalidMarker:
      return client("InvalidMarkerException");
    case ErrorCode::kKmsInvalidState:
      return client("KMSInvalidStateException");
    case ErrorCode::kLimitExceeded:
      return client("LimitExceededException");
    case ErrorCode::kMalformedPolicyDocument:
      return client("MalformedPolicyDocumentException");
    case ErrorCode::kNotFound:
      return client("NotFoundException");
    case ErrorCode::kTag:
      return client("TagException");
    case ErrorCode::kUnsupportedOperation:
      return client("UnsupportedOperationException");
    case ErrorCode::kAccessDenied:
      return {"AccessDeniedException", 400, "AccessDenied", MessagePolicy::kShown};
    case ErrorCode::kExpiredToken:
      return client("ExpiredTokenException");
    case ErrorCode::kIncompleteSignature:
      return client("IncompleteSignatureException");
    case ErrorCode::kInvalidSignature:
      return client("InvalidSignatureException");
    case ErrorCode::kMissingAuthenticationToken:
      return client("MissingAuthenticationTokenException");
    case ErrorCode::kRequestTooLarge:
      return {"RequestEntityTooLargeException", 413, "RequestEntityTooLargeException", MessagePolicy::kShown};
    case ErrorCode::kSerialization:
      return client("SerializationException");
    case ErrorCode::kThrottling:
      return client("ThrottlingException");
    case ErrorCode::kUnknownOperation:
      return client("UnknownOperationException");
    case ErrorCode::kUnrecognizedClient:
      return client("UnrecognizedClientException");
    case ErrorCode::kValidation:
      return client("ValidationException");
    case ErrorCode::kDependencyTimeout:
      return fault("DependencyTimeoutException", 503);
    case ErrorCode::kKeyUnavailable:
      return fault("KeyUnavailableException", 500);
    case ErrorCode::kConflict:
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal:
    case ErrorCode::kIo:
    case ErrorCode::kUnknownOutcome:
      return internal_fault();
  }
  CLAVIGER_CHECK(false);
  return internal_fault();
}

std::string_view client_message(const Error& error) {
  switch (error_shape(error.code()).policy) {
    case MessagePolicy::kShown:
      return error.message();
    case MessagePolicy::kHidden:
      return fixed_message(error.code());
    case MessagePolicy::kNone:
      break;
  }
  return {};
}

void encode_error(const Error& error, SecretBytes& out) {
  const ErrorShape shape = error_shape(error.code());
  json::Writer writer(out);
  writer.begin_object();
  writer.name("__type");
  writer.string(shape.type);
  if (const std::string_view message = client_message(error); !message.empty()) {
    writer.name("message");
    writer.string(message);
  }
  writer.end_object();
}

}  // namespace claviger::wire
