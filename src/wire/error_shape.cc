#include "wire/error_shape.h"

#include "base/check.h"
#include "base/json.h"
#include "wire/xml_text.h"

namespace claviger::wire {
namespace {

constexpr ErrorShape client(std::string_view type, int status = 400) {
  return {type, status, type, MessagePolicy::kShown};
}
// Of the Query protocol: CloudTrail names an error of the model by its shape, the client reads its code.
constexpr ErrorShape modeled(std::string_view type, int status, std::string_view audit_code) {
  return {type, status, audit_code, MessagePolicy::kShown};
}
constexpr ErrorShape fault(std::string_view type, int status = 500) {
  return {type, status, type, MessagePolicy::kHidden};
}

constexpr ErrorShape kInternalOfKms = fault("KMSInternalException");
// Replaced by the name that the service has for it.
constexpr ErrorShape kInternalOfQuery = fault("InternalFailure");

// One code: how KMS tells it, and how IAM and STS do.
struct Row {
  ErrorShape kms;
  ErrorShape query;
};

constexpr Row only_kms(const ErrorShape& shape) { return {shape, kInternalOfQuery}; }
constexpr Row only_query(const ErrorShape& shape) { return {kInternalOfKms, shape}; }

// What a caller of KMS did wrong.
constexpr Row kms_row(ErrorCode code, std::string_view type) {
  const bool tells_nothing = code == ErrorCode::kInvalidCiphertext || code == ErrorCode::kKmsInvalidMac ||
                             code == ErrorCode::kKmsInvalidSignature;
  if (!tells_nothing) return only_kms(client(type));
  return only_kms({type, 400, type, MessagePolicy::kNone});
}

constexpr Row row(ErrorCode code) {
  switch (code) {
    case ErrorCode::kAlreadyExists:
      return {client("AlreadyExistsException"), modeled("EntityAlreadyExists", 409, "EntityAlreadyExistsException")};
    case ErrorCode::kDisabled:
      return kms_row(code, "DisabledException");
    case ErrorCode::kDryRun:
      return kms_row(code, "DryRunOperationException");
    case ErrorCode::kExpiredImportToken:
      return kms_row(code, "ExpiredImportTokenException");
    case ErrorCode::kIncorrectKey:
      return kms_row(code, "IncorrectKeyException");
    case ErrorCode::kIncorrectKeyMaterial:
      return kms_row(code, "IncorrectKeyMaterialException");
    case ErrorCode::kInvalidAliasName:
      return kms_row(code, "InvalidAliasNameException");
    case ErrorCode::kInvalidArn:
      return kms_row(code, "InvalidArnException");
    case ErrorCode::kInvalidCiphertext:
      return kms_row(code, "InvalidCiphertextException");
    case ErrorCode::kInvalidGrantId:
      return kms_row(code, "InvalidGrantIdException");
    case ErrorCode::kInvalidGrantToken:
      return kms_row(code, "InvalidGrantTokenException");
    case ErrorCode::kInvalidImportToken:
      return kms_row(code, "InvalidImportTokenException");
    case ErrorCode::kInvalidKeyUsage:
      return kms_row(code, "InvalidKeyUsageException");
    case ErrorCode::kInvalidMarker:
      return {client("InvalidMarkerException"), modeled("ValidationError", 400, "ValidationException")};
    case ErrorCode::kKmsInvalidMac:
      return kms_row(code, "KMSInvalidMacException");
    case ErrorCode::kKmsInvalidSignature:
      return kms_row(code, "KMSInvalidSignatureException");
    case ErrorCode::kKmsInvalidState:
      return kms_row(code, "KMSInvalidStateException");
    case ErrorCode::kLimitExceeded:
      return {client("LimitExceededException"), modeled("LimitExceeded", 409, "LimitExceededException")};
    case ErrorCode::kMalformedPolicyDocument:
      return {client("MalformedPolicyDocumentException"),
              modeled("MalformedPolicyDocument", 400, "MalformedPolicyDocumentException")};
    case ErrorCode::kNotFound:
      return {client("NotFoundException"), modeled("NoSuchEntity", 404, "NoSuchEntityException")};
    case ErrorCode::kTag:
      return kms_row(code, "TagException");
    case ErrorCode::kUnsupportedOperation:
      return {client("UnsupportedOperationException"), client("UnsupportedOperation")};

    case ErrorCode::kConcurrentModification:
      return {client("ConflictException"), modeled("ConcurrentModification", 409, "ConcurrentModificationException")};
    case ErrorCode::kDeleteConflict:
      return only_query(modeled("DeleteConflict", 409, "DeleteConflictException"));
    case ErrorCode::kIdpCommunication:
      return only_query(modeled("IDPCommunicationError", 400, "IDPCommunicationErrorException"));
    case ErrorCode::kIdpRejectedClaim:
      return only_query(modeled("IDPRejectedClaim", 403, "IDPRejectedClaimException"));
    case ErrorCode::kInvalidIdentityToken:
      return only_query(modeled("InvalidIdentityToken", 400, "InvalidIdentityTokenException"));
    case ErrorCode::kExpiredIdentityToken:
      return only_query(client("ExpiredTokenException"));
    case ErrorCode::kInvalidInput:
      return only_query(modeled("InvalidInput", 400, "InvalidInputException"));
    case ErrorCode::kPackedPolicyTooLarge:
      return only_query(modeled("PackedPolicyTooLarge", 400, "PackedPolicyTooLargeException"));
    case ErrorCode::kPolicyEvaluation:
      return only_query(modeled("PolicyEvaluation", 500, "PolicyEvaluationException"));
    case ErrorCode::kPolicyNotAttachable:
      return only_query(modeled("PolicyNotAttachable", 400, "PolicyNotAttachableException"));
    case ErrorCode::kRegionDisabled:
      return only_query(client("RegionDisabledException", 403));
    case ErrorCode::kUnmodifiableEntity:
      return only_query(modeled("UnmodifiableEntity", 400, "UnmodifiableEntityException"));

    case ErrorCode::kAccessDenied:
      return {{"AccessDeniedException", 400, "AccessDenied", MessagePolicy::kShown}, client("AccessDenied", 403)};
    case ErrorCode::kExpiredToken:
      return {client("ExpiredTokenException"), client("ExpiredToken", 403)};
    case ErrorCode::kIncompleteSignature:
      return {client("IncompleteSignatureException"), client("IncompleteSignature")};
    case ErrorCode::kInvalidSignature:
      return {client("InvalidSignatureException"), client("SignatureDoesNotMatch", 403)};
    case ErrorCode::kMissingAction:
      return only_query(client("MissingAction"));
    case ErrorCode::kMissingAuthenticationToken:
      return {client("MissingAuthenticationTokenException"), client("MissingAuthenticationToken", 403)};
    case ErrorCode::kRequestTooLarge:
      return {client("RequestEntityTooLargeException", 413), client("RequestEntityTooLarge", 413)};
    case ErrorCode::kSerialization:
      return {client("SerializationException"), client("MalformedInput")};
    case ErrorCode::kThrottling:
      return {client("ThrottlingException"), client("Throttling")};
    case ErrorCode::kUnknownOperation:
      return {client("UnknownOperationException"), client("InvalidAction")};
    case ErrorCode::kUnrecognizedClient:
      return {client("UnrecognizedClientException"), client("InvalidClientTokenId", 403)};
    case ErrorCode::kValidation:
      return {client("ValidationException"), modeled("ValidationError", 400, "ValidationException")};

    case ErrorCode::kDependencyTimeout:
      return {fault("DependencyTimeoutException", 503), fault("ServiceUnavailable", 503)};
    case ErrorCode::kKeyUnavailable:
      return only_kms(fault("KeyUnavailableException"));
    case ErrorCode::kConflict:
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal:
    case ErrorCode::kIo:
    case ErrorCode::kUnknownOutcome:
      return {kInternalOfKms, kInternalOfQuery};
  }
  CLAVIGER_CHECK(false);
}

std::string_view fixed_message(const ErrorShape& shape) {
  if (shape.type == "KeyUnavailableException") {
    return "The request was rejected because the KMS key was not available.";
  }
  if (shape.status == 503) return "The system timed out while trying to fulfill the request.";
  return "The request was rejected because an internal exception occurred.";
}

}  // namespace

ErrorShape error_shape(Service service, ErrorCode code) {
  const Row both = row(code);
  if (service == Service::kKms) return both.kms;
  if (service == Service::kIam && both.query.type == kInternalOfQuery.type) {
    return {"ServiceFailure", 500, "ServiceFailureException", MessagePolicy::kHidden};
  }
  return both.query;
}

std::string_view client_message(Service service, const Error& error) {
  const ErrorShape shape = error_shape(service, error.code());
  switch (shape.policy) {
    case MessagePolicy::kShown:
      return error.message();
    case MessagePolicy::kHidden:
      return fixed_message(shape);
    case MessagePolicy::kNone:
      break;
  }
  return {};
}

namespace {

void encode_json(const ErrorShape& shape, std::string_view message, SecretBytes& out) {
  json::Writer writer(out);
  writer.begin_object();
  writer.name("__type");
  writer.string(shape.type);
  if (!message.empty()) {
    writer.name("message");
    writer.string(message);
  }
  writer.end_object();
}

void encode_xml(Service service, const ErrorShape& shape, std::string_view message, std::string_view request_id,
                SecretBytes& out) {
  out.append("<ErrorResponse xmlns=\"");
  out.append(service_info(service).xml_namespace);
  out.append("\"><Error>");
  xml::append_element("Type", shape.status < 500 ? "Sender" : "Receiver", out);
  xml::append_element("Code", shape.type, out);
  if (!message.empty()) xml::append_element("Message", message, out);
  out.append("</Error>");
  xml::append_element("RequestId", request_id, out);
  out.append("</ErrorResponse>");
}

}  // namespace

void encode_error(Service service, const Error& error, std::string_view request_id, SecretBytes& out) {
  const ErrorShape shape = error_shape(service, error.code());
  const std::string_view message = client_message(service, error);
  if (protocol_of(service) == Protocol::kJson) {
    encode_json(shape, message, out);
  } else {
    encode_xml(service, shape, message, request_id, out);
  }
}

}  // namespace claviger::wire
