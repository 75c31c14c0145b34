#include "keys/managed_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "keys/rotation_rules.h"

namespace claviger::keys {
namespace {

constexpr std::string_view kReservedAliasPrefix = "alias/aws/";

// Aliases as accounts show them that use these services; endpoints by the table of services that kms:ViaService has
// (Developer Guide, "kms:ViaService").
constexpr auto kServices = std::to_array<ManagedKeyService>({
    {"acm", "acm", "ACM", "ACM private keys", true},
    {"backup", "backup", "AWS Backup", "Backup data", true},
    {"cloud9", "cloud9", "AWS Cloud9", "Cloud9 data"},
    {"codecommit", "codecommit", "AWS CodeCommit", "CodeCommit repositories"},
    {"connect", "connect", "Amazon Connect", "Connect data"},
    {"dms", "dms", "AWS DMS", "DMS replication instance volumes", true},
    {"dynamodb", "dynamodb", "Amazon DynamoDB", "DynamoDB data", true},
    {"ebs", "ec2", "Amazon EBS", "EBS volumes", true},
    {"elasticfilesystem", "elasticfilesystem", "Amazon EFS", "EFS filesystems", true},
    {"es", "es", "Amazon OpenSearch Service", "Elasticsearch data", true},
    {"fsx", "fsx", "Amazon FSx", "FSx resources", true},
    {"glue", "glue", "AWS Glue", "Glue data", true},
    {"kafka", "kafka", "Amazon MSK", "MSK data", true},
    {"kinesis", "kinesis", "Amazon Kinesis", "Kinesis data"},
    {"kinesisvideo", "kinesisvideo", "Amazon Kinesis Video Streams", "Kinesis Video Stream data"},
    {"lambda", "lambda", "AWS Lambda", "Lambda functions", true},
    {"lightsail", "lightsail", "Amazon Lightsail", "Lightsail signing keys"},
    {"rds", "rds", "Amazon RDS", "RDS database volumes", true},
    {"redshift", "redshift", "Amazon Redshift", "Redshift clusters", true},
    {"s3", "s3", "Amazon S3", "S3 objects"},
    {"secretsmanager", "secretsmanager", "AWS Secrets Manager", "Secrets Manager data", true},
    {"ses", "ses", "Amazon SES", "SES mail"},
    {"sns", "sns", "Amazon SNS", "SNS data"},
    {"sqs", "sqs", "Amazon SQS", "SQS messages"},
    {"ssm", "ssm", "AWS Systems Manager", "SSM parameters", true},
    {"workmail", "workmail", "Amazon WorkMail", "WorkMail data", true},
    {"workspaces", "workspaces", "Amazon WorkSpaces", "WorkSpaces volumes", true},
    {"xray", "xray", "AWS X-Ray", "X-Ray data"},
});
static_assert(std::ranges::is_sorted(kServices, {}, &ManagedKeyService::name));

}  // namespace

std::span<const ManagedKeyService> managed_key_services() { return kServices; }

const ManagedKeyService* managed_key_service(const AliasName& alias) {
  if (!alias.is_reserved()) return nullptr;
  const std::string_view name = alias.view().substr(kReservedAliasPrefix.size());
  const auto found = std::ranges::lower_bound(kServices, name, {}, &ManagedKeyService::name);
  return found != kServices.end() && found->name == name ? &*found : nullptr;
}

AliasName predefined_alias(const ManagedKeyService& service) {
  const auto alias = AliasName::parse(std::string(kReservedAliasPrefix) + std::string(service.name));
  CLAVIGER_CHECK(alias.has_value());
  return *alias;
}

std::string via_service(std::string_view endpoint, const Region& region) {
  return fmt::format("{}.{}.amazonaws.com", endpoint, region.view());
}

std::string managed_key_policy(const ManagedKeyService& service, const Scope& scope) {
  return fmt::format(R"({{
  "Version" : "2012-10-17",
  "Id" : "auto-{name}-1",
  "Statement" : [ {{
    "Sid" : "Use by principals of the account through {title}",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "*"
    }},
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", {grant}"kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {{
      "StringEquals" : {{
        "kms:CallerAccount" : "{account}",
        "kms:ViaService" : "{via}"
      }}
    }}
  }}, {{
    "Sid" : "Metadata for the account",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "{root}"
    }},
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*"{revoke} ],
    "Resource" : "*"
  }} ]
}})",
                     fmt::arg("name", service.name), fmt::arg("title", service.title),
                     fmt::arg("grant", service.grants ? "\"kms:CreateGrant\", " : ""),
                     fmt::arg("account", scope.account.view()),
                     fmt::arg("via", via_service(service.endpoint, scope.region)),
                     fmt::arg("root", account_root_arn(scope.region.partition(), scope.account)),
                     fmt::arg("revoke", service.grants ? ", \"kms:RevokeGrant\"" : ""));
}

KeyRecord new_managed_key(const ManagedKeyService& service, const Scope& scope, const KeyId& id, WallTime now) {
  KeyRecord record{.scope = scope, .id = id, .manager = KeyManager::kAws};
  record.created = now;
  record.description = fmt::format("Default key that protects my {} when no other key is defined", service.protects);
  record.policy = managed_key_policy(service, scope);
  enable_rotation(record, kDefaultRotationPeriodDays, now);
  return record;
}

}  // namespace claviger::keys
