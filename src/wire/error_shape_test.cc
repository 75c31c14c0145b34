#include "wire/error_shape.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/testing.h"

namespace claviger::wire {
namespace {

struct Row {
  ErrorCode code;
  // Of KMS.
  std::string_view type;
  int status;
  std::string_view audit_code;
  std::string_view message;  // shown to the client for an Error whose message is "m"
  // Of IAM; STS has the same unless a test below says otherwise.
  std::string_view iam_type;
  int iam_status;
  std::string_view iam_audit_code;
};

constexpr std::string_view kInternalText = "The request was rejected because an internal exception occurred.";
constexpr std::string_view kTimedOutText = "The system timed out while trying to fulfill the request.";

// A row whose code KMS does not have.
constexpr Row query(ErrorCode code, std::string_view type, int status, std::string_view audit_code) {
  return {code, "KMSInternalException", 500, "KMSInternalException", kInternalText, type, status, audit_code};
}
// One that only KMS has.
constexpr Row kms(ErrorCode code, std::string_view type, std::string_view message = "m") {
  return {code, type, 400, type, message, "ServiceFailure", 500, "ServiceFailureException"};
}
constexpr Row ours(ErrorCode code) { return query(code, "ServiceFailure", 500, "ServiceFailureException"); }

using enum ErrorCode;

// Every ErrorCode, in its order.
constexpr Row kRows[] = {
    {kAlreadyExists, "AlreadyExistsException", 400, "AlreadyExistsException", "m", "EntityAlreadyExists", 409,
     "EntityAlreadyExistsException"},
    kms(kDisabled, "DisabledException"),
    kms(kDryRun, "DryRunOperationException"),
    kms(kExpiredImportToken, "ExpiredImportTokenException"),
    kms(kIncorrectKey, "IncorrectKeyException"),
    kms(kIncorrectKeyMaterial, "IncorrectKeyMaterialException"),
    kms(kInvalidAliasName, "InvalidAliasNameException"),
    kms(kInvalidArn, "InvalidArnException"),
    kms(kInvalidCiphertext, "InvalidCiphertextException", ""),
    kms(kInvalidGrantId, "InvalidGrantIdException"),
    kms(kInvalidGrantToken, "InvalidGrantTokenException"),
    kms(kInvalidImportToken, "InvalidImportTokenException"),
    kms(kInvalidKeyUsage, "InvalidKeyUsageException"),
    {kInvalidMarker, "InvalidMarkerException", 400, "InvalidMarkerException", "m", "ValidationError", 400,
     "ValidationException"},
    kms(kKmsInvalidMac, "KMSInvalidMacException", ""),
    kms(kKmsInvalidSignature, "KMSInvalidSignatureException", ""),
    kms(kKmsInvalidState, "KMSInvalidStateException"),
    {kLimitExceeded, "LimitExceededException", 400, "LimitExceededException", "m", "LimitExceeded", 409,
     "LimitExceededException"},
    {kMalformedPolicyDocument, "MalformedPolicyDocumentException", 400, "MalformedPolicyDocumentException", "m",
     "MalformedPolicyDocument", 400, "MalformedPolicyDocumentException"},
    {kNotFound, "NotFoundException", 400, "NotFoundException", "m", "NoSuchEntity", 404, "NoSuchEntityException"},
    kms(kTag, "TagException"),
    {kUnsupportedOperation, "UnsupportedOperationException", 400, "UnsupportedOperationException", "m",
     "UnsupportedOperation", 400, "UnsupportedOperation"},
    {kConcurrentModification, "ConflictException", 400, "ConflictException", "m", "ConcurrentModification", 409,
     "ConcurrentModificationException"},
    query(kDeleteConflict, "DeleteConflict", 409, "DeleteConflictException"),
    query(kIdpCommunication, "IDPCommunicationError", 400, "IDPCommunicationErrorException"),
    query(kIdpRejectedClaim, "IDPRejectedClaim", 403, "IDPRejectedClaimException"),
    query(kInvalidIdentityToken, "InvalidIdentityToken", 400, "InvalidIdentityTokenException"),
    query(kExpiredIdentityToken, "ExpiredTokenException", 400, "ExpiredTokenException"),
    query(kInvalidInput, "InvalidInput", 400, "InvalidInputException"),
    query(kPackedPolicyTooLarge, "PackedPolicyTooLarge", 400, "PackedPolicyTooLargeException"),
    query(kPolicyEvaluation, "PolicyEvaluation", 500, "PolicyEvaluationException"),
    query(kPolicyNotAttachable, "PolicyNotAttachable", 400, "PolicyNotAttachableException"),
    query(kRegionDisabled, "RegionDisabledException", 403, "RegionDisabledException"),
    query(kUnmodifiableEntity, "UnmodifiableEntity", 400, "UnmodifiableEntityException"),
    {kAccessDenied, "AccessDeniedException", 400, "AccessDenied", "m", "AccessDenied", 403, "AccessDenied"},
    {kExpiredToken, "ExpiredTokenException", 400, "ExpiredTokenException", "m", "ExpiredToken", 403, "ExpiredToken"},
    {kIncompleteSignature, "IncompleteSignatureException", 400, "IncompleteSignatureException", "m",
     "IncompleteSignature", 400, "IncompleteSignature"},
    {kInvalidSignature, "InvalidSignatureException", 400, "InvalidSignatureException", "m", "SignatureDoesNotMatch",
     403, "SignatureDoesNotMatch"},
    query(kMissingAction, "MissingAction", 400, "MissingAction"),
    {kMissingAuthenticationToken, "MissingAuthenticationTokenException", 400, "MissingAuthenticationTokenException",
     "m", "MissingAuthenticationToken", 403, "MissingAuthenticationToken"},
    {kRequestTooLarge, "RequestEntityTooLargeException", 413, "RequestEntityTooLargeException", "m",
     "RequestEntityTooLarge", 413, "RequestEntityTooLarge"},
    {kSerialization, "SerializationException", 400, "SerializationException", "m", "MalformedInput", 400,
     "MalformedInput"},
    {kThrottling, "ThrottlingException", 400, "ThrottlingException", "m", "Throttling", 400, "Throttling"},
    {kUnknownOperation, "UnknownOperationException", 400, "UnknownOperationException", "m", "InvalidAction", 400,
     "InvalidAction"},
    {kUnrecognizedClient, "UnrecognizedClientException", 400, "UnrecognizedClientException", "m",
     "InvalidClientTokenId", 403, "InvalidClientTokenId"},
    {kValidation, "ValidationException", 400, "ValidationException", "m", "ValidationError", 400,
     "ValidationException"},
    ours(kConflict),
    ours(kCorrupt),
    {kDependencyTimeout, "DependencyTimeoutException", 503, "DependencyTimeoutException", kTimedOutText,
     "ServiceUnavailable", 503, "ServiceUnavailable"},
    ours(kInternal),
    ours(kIo),
    {kKeyUnavailable, "KeyUnavailableException", 500, "KeyUnavailableException",
     "The request was rejected because the KMS key was not available.", "ServiceFailure", 500,
     "ServiceFailureException"},
    ours(kUnknownOutcome),
};

TEST(ErrorShape, OfEveryCodeIsInTheTable) {
  for (std::size_t i = 0; i < std::size(kRows); ++i) EXPECT_EQ(std::to_underlying(kRows[i].code), i);
  EXPECT_EQ(std::size(kRows), std::to_underlying(ErrorCode::kUnknownOutcome) + 1u);
}

TEST(ErrorShape, OfKmsIsWhatTheTableSays) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.type);
    const ErrorShape shape = error_shape(Service::kKms, row.code);
    EXPECT_EQ(shape.type, row.type);
    EXPECT_EQ(shape.status, row.status);
    EXPECT_EQ(shape.audit_code, row.audit_code);
    EXPECT_EQ(client_message(Service::kKms, Error(row.code, "m", "detail")), row.message);
  }
}

TEST(ErrorShape, OfIamAndStsIsWhatTheTableSays) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.iam_type);
    const ErrorShape shape = error_shape(Service::kIam, row.code);
    EXPECT_EQ(shape.type, row.iam_type);
    EXPECT_EQ(shape.status, row.iam_status);
    EXPECT_EQ(shape.audit_code, row.iam_audit_code);
    const bool ours = row.iam_type == "ServiceFailure";
    EXPECT_EQ(client_message(Service::kIam, Error(row.code, "m", "detail")),
              ours ? kInternalText : (row.iam_status == 503 ? kTimedOutText : "m"));
    const ErrorShape sts = error_shape(Service::kSts, row.code);
    EXPECT_EQ(sts.type, ours ? "InternalFailure" : row.iam_type);
    EXPECT_EQ(sts.status, row.iam_status);
    EXPECT_EQ(sts.audit_code, ours ? "InternalFailure" : row.iam_audit_code);
  }
}

std::string encoded(const Error& error, Service service = Service::kKms) {
  SecretBytes out;
  encode_error(service, error, "the-request", out);
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

TEST(EncodeError, IsXmlInTheNamespaceOfTheService) {
  EXPECT_EQ(
      encoded(Error(ErrorCode::kNotFound, "The user with name <a&'b'> cannot be found.", "detail"), Service::kIam),
      "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>"
      "<Code>NoSuchEntity</Code><Message>The user with name &lt;a&amp;&#39;b&#39;&gt; cannot be found.</Message>"
      "</Error><RequestId>the-request</RequestId></ErrorResponse>");
  EXPECT_EQ(encoded(Error(ErrorCode::kIo, "open /var/lib", "EIO"), Service::kSts),
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Receiver</Type>"
            "<Code>InternalFailure</Code><Message>The request was rejected because an internal exception occurred."
            "</Message></Error><RequestId>the-request</RequestId></ErrorResponse>");
}

}  // namespace
}  // namespace claviger::wire
