#include "wire/error_shape.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/testing.h"

namespace claviger::wire {
namespace {

struct Row {
  ErrorCode code;
  std::string_view type;
  int status;
  std::string_view audit_code;
  std::string_view message;  // shown to the client for an Error whose message is "m"
};

constexpr std::string_view kInternalText = "The request was rejected because an internal exception occurred.";

// Every ErrorCode, in its order.
constexpr Row kRows[] = {
    {ErrorCode::kAlreadyExists, "AlreadyExistsException", 400, "AlreadyExistsException", "m"},
    {ErrorCode::kDisabled, "DisabledException", 400, "DisabledException", "m"},
    {ErrorCode::kDryRun, "DryRunOperationException", 400, "DryRunOperationException", "m"},
    {ErrorCode::kIncorrectKey, "IncorrectKeyException", 400, "IncorrectKeyException", "m"},
    {ErrorCode::kInvalidAliasName, "InvalidAliasNameException", 400, "InvalidAliasNameException", "m"},
    {ErrorCode::kInvalidArn, "InvalidArnException", 400, "InvalidArnException", "m"},
    {ErrorCode::kInvalidCiphertext, "InvalidCiphertextException", 400, "InvalidCiphertextException", ""},
    {ErrorCode::kInvalidGrantToken, "InvalidGrantTokenException", 400, "InvalidGrantTokenException", "m"},
    {ErrorCode::kInvalidKeyUsage, "InvalidKeyUsageException", 400, "InvalidKeyUsageException", "m"},
    {ErrorCode::kInvalidMarker, "InvalidMarkerException", 400, "InvalidMarkerException", "m"},
    {ErrorCode::kKmsInvalidState, "KMSInvalidStateException", 400, "KMSInvalidStateException", "m"},
    {ErrorCode::kLimitExceeded, "LimitExceededException", 400, "LimitExceededException", "m"},
    {ErrorCode::kMalformedPolicyDocument, "MalformedPolicyDocumentException", 400, "MalformedPolicyDocumentException",
     "m"},
    {ErrorCode::kNotFound, "NotFoundException", 400, "NotFoundException", "m"},
    {ErrorCode::kTag, "TagException", 400, "TagException", "m"},
    {ErrorCode::kUnsupportedOperation, "UnsupportedOperationException", 400, "UnsupportedOperationException", "m"},
    {ErrorCode::kAccessDenied, "AccessDeniedException", 400, "AccessDenied", "m"},
    {ErrorCode::kExpiredToken, "ExpiredTokenException", 400, "ExpiredTokenException", "m"},
    {ErrorCode::kIncompleteSignature, "IncompleteSignatureException", 400, "IncompleteSignatureException", "m"},
    {ErrorCode::kInvalidSignature, "InvalidSignatureException", 400, "InvalidSignatureException", "m"},
    {ErrorCode::kMissingAuthenticationToken, "MissingAuthenticationTokenException", 400,
     "MissingAuthenticationTokenException", "m"},
    {ErrorCode::kRequestTooLarge, "RequestEntityTooLargeException", 413, "RequestEntityTooLargeException", "m"},
    {ErrorCode::kSerialization, "SerializationException", 400, "SerializationException", "m"},
    {ErrorCode::kThrottling, "ThrottlingException", 400, "ThrottlingException", "m"},
    {ErrorCode::kUnknownOperation, "UnknownOperationException", 400, "UnknownOperationException", "m"},
    {ErrorCode::kUnrecognizedClient, "UnrecognizedClientException", 400, "UnrecognizedClientException", "m"},
    {ErrorCode::kValidation, "ValidationException", 400, "ValidationException", "m"},
    {ErrorCode::kConflict, "KMSInternalException", 500, "KMSInternalException", kInternalText},
    {ErrorCode::kCorrupt, "KMSInternalException", 500, "KMSInternalException", kInternalText},
    {ErrorCode::kDependencyTimeout, "DependencyTimeoutException", 503, "DependencyTimeoutException",
     "The system timed out while trying to fulfill the request."},
    {ErrorCode::kInternal, "KMSInternalException", 500, "KMSInternalException", kInternalText},
    {ErrorCode::kIo, "KMSInternalException", 500, "KMSInternalException", kInternalText},
    {ErrorCode::kKeyUnavailable, "KeyUnavailableException", 500, "KeyUnavailableException",
     "The request was rejected because the KMS key was not available."},
    {ErrorCode::kUnknownOutcome, "KMSInternalException", 500, "KMSInternalException", kInternalText},
};

TEST(ErrorShape, OfEveryCodeIsInTheTable) {
  for (std::size_t i = 0; i < std::size(kRows); ++i) EXPECT_EQ(std::to_underlying(kRows[i].code), i);
  EXPECT_EQ(std::size(kRows), std::to_underlying(ErrorCode::kUnknownOutcome) + 1u);
}

TEST(ErrorShape, IsWhatTheTableSays) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.type);
    const ErrorShape shape = error_shape(row.code);
    EXPECT_EQ(shape.type, row.type);
    EXPECT_EQ(shape.status, row.status);
    EXPECT_EQ(shape.audit_code, row.audit_code);
    EXPECT_EQ(client_message(Error(row.code, "m", "detail")), row.message);
  }
}

std::string encoded(const Error& error) {
  SecretBytes out;
  encode_error(error, out);
  return std::string(as_text(insecure_expose(out)));
}

TEST(EncodeError, CarriesTypeAndMessage) {
  EXPECT_EQ(encoded(Error(ErrorCode::kNotFound, "Invalid keyId '\"'", "detail")),
            R"({"__type":"NotFoundException","message":"Invalid keyId '\"'"})");
}

TEST(EncodeError, HasNoMessageWhereThereIsNone) {
  EXPECT_EQ(encoded(Error(ErrorCode::kInvalidCiphertext, "tag mismatch")),
            R"({"__type":"InvalidCiphertextException"})");
  EXPECT_EQ(encoded(Error(ErrorCode::kDisabled, "")), R"({"__type":"DisabledException"})");
}

TEST(EncodeError, HidesWhatFailedOnOurSide) {
  EXPECT_EQ(encoded(Error(ErrorCode::kIo, "open /var/lib", "EIO")),
            R"({"__type":"KMSInternalException","message":"The request was rejected because an internal exception )"
            R"(occurred."})");
}

}  // namespace
}  // namespace claviger::wire
