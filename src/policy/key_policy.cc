#include "policy/key_policy.h"

#include <fmt/format.h>

#include "policy/bindings.h"

namespace claviger::policy {

std::string default_key_policy(std::string_view partition, const AccountId& account) {
  return fmt::format(R"({{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {{
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "{}"
    }},
    "Action" : "kms:*",
    "Resource" : "*"
  }} ]
}})",
                     account_root_arn(partition, account));
}

Status check_lockout(const Document& document, const KeyPolicySubmission& submission) {
  const Question question{submission.submitter, "kms:PutKeyPolicy", submission.key_arn, submission.context};
  const Decision decision = decide_on_key(question, {.owner = submission.owner,
                                                     .resource_policy = &document,
                                                     .boundary = submission.boundary,
                                                     .session = submission.session,
                                                     .usable_across_accounts = false});
  if (decision.allowed() || decision.reason == Reason::kAccountDelegates) return {};
  return fail(ErrorCode::kMalformedPolicyDocument,
              "The new key policy will not allow you to update the key policy in the future.");
}

Result<Document> accept_key_policy(const KeyPolicySubmission& submission, const PrincipalDirectory& directory) {
  CLAVIGER_ASSIGN(Document document, Document::parse(DocumentKind::kKeyPolicy, submission.json));
  CLAVIGER_TRY(check_principals(document, directory));
  CLAVIGER_ASSIGN(std::vector<Binding> bindings, bind_principals(document, directory));
  // Once more, so that the check below and whoever evaluates the document sees the principals that are meant.
  if (!bindings.empty()) {
    CLAVIGER_ASSIGN(document, Document::parse(DocumentKind::kKeyPolicy, submission.json, std::move(bindings)));
  }
  if (!submission.bypass_lockout_safety_check) {
    CLAVIGER_TRY(check_lockout(document, submission));
  }
  return document;
}

}  // namespace claviger::policy
