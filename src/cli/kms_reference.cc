#include "cli/kms_reference.h"

#include <algorithm>
#include <array>
#include <string>

namespace claviger::cli {
namespace {

// Groups of condition keys.
constexpr std::uint32_t kCommon = 1;       // every operation on a key
constexpr std::uint32_t kContext = 2;      // the encryption context and the algorithm
constexpr std::uint32_t kRequested = 4;    // kms:RequestAlias
constexpr std::uint32_t kAttestation = 8;  // kms:RecipientAttestation:
constexpr std::uint32_t kStore = 16;       // of custom key stores
constexpr std::uint32_t kNew = 32;         // of a key that is being made
constexpr std::uint32_t kUse = kCommon | kContext | kRequested;

using enum KmsResource;
constexpr auto kPermissions = std::to_array<KmsPermission>({
    {"CancelKeyDeletion", kKey, kCommon, ""},
    {"ConnectCustomKeyStore", kNone, kStore, ""},
    {"CreateAlias", kAlias, kCommon, ""},
    {"CreateCustomKeyStore", kNone, kStore, ""},
    {"CreateGrant", kKey, kCommon,
     "kms:EncryptionContext: kms:EncryptionContextKeys kms:GrantConstraintType kms:GrantIsForAWSResource "
     "kms:GrantOperations kms:GranteePrincipal kms:RetiringPrincipal kms:GranteeServicePrincipal "
     "kms:RetiringServicePrincipal kms:GrantConstraintSourceArn"},
    {"CreateKey", kNone, kNew, "kms:BypassPolicyLockoutSafetyCheck aws:RequestTag/ aws:TagKeys"},
    {"Decrypt", kKey, kUse | kAttestation, ""},
    {"DeleteAlias", kAlias, kCommon, ""},
    {"DeleteCustomKeyStore", kNone, kStore, ""},
    {"DeleteImportedKeyMaterial", kKey, kCommon, ""},
    {"DeriveSharedSecret", kKey, kCommon | kRequested | kAttestation, "kms:KeyAgreementAlgorithm"},
    {"DescribeCustomKeyStores", kNone, kStore, ""},
    {"DescribeKey", kKey, kCommon | kRequested, ""},
    {"DisableKey", kKey, kCommon, "kms:TrailingDaysWithoutKeyUsage"},
    {"DisableKeyRotation", kKey, kCommon, ""},
    {"DisconnectCustomKeyStore", kNone, kStore, ""},
    {"EnableKey", kKey, kCommon, ""},
    {"EnableKeyRotation", kKey, kCommon, "kms:RotationPeriodInDays"},
    {"Encrypt", kKey, kUse, ""},
    {"GenerateDataKey", kKey, kUse | kAttestation, ""},
    {"GenerateDataKeyPair", kKey, kUse | kAttestation, "kms:DataKeyPairSpec"},
    {"GenerateDataKeyPairWithoutPlaintext", kKey, kUse, "kms:DataKeyPairSpec"},
    {"GenerateDataKeyWithoutPlaintext", kKey, kUse, ""},
    {"GenerateMac", kKey, kCommon | kRequested, "kms:MacAlgorithm"},
    {"GenerateRandom", kNone, kAttestation, ""},
    {"GetKeyLastUsage", kKey, kCommon, ""},
    {"GetKeyPolicy", kKey, kCommon, ""},
    {"GetKeyRotationStatus", kKey, kCommon, ""},
    {"GetParametersForImport", kKey, kCommon, "kms:WrappingAlgorithm kms:WrappingKeySpec"},
    {"GetPublicKey", kKey, kCommon | kRequested, ""},
    {"ImportKeyMaterial", kKey, kCommon, "kms:ExpirationModel kms:ValidTo"},
    {"ListAliases", kNone, 0, ""},
    {"ListGrants", kKey, kCommon, "kms:GrantIsForAWSResource"},
    {"ListKeyPolicies", kKey, kCommon, ""},
    {"ListKeyRotations", kKey, kCommon, ""},
    {"ListKeys", kNone, 0, ""},
    {"ListResourceTags", kKey, kCommon, ""},
    {"ListRetirableGrants", kNone, 0, ""},
    {"PutKeyPolicy", kKey, kCommon, "kms:BypassPolicyLockoutSafetyCheck"},
    {"ReEncryptFrom", kKey, kUse, "kms:ReEncryptOnSameKey"},
    {"ReEncryptTo", kKey, kUse, "kms:ReEncryptOnSameKey"},
    {"ReplicateKey", kKey, kCommon, "kms:ReplicaRegion"},
    {"RetireGrant", kKey, kCommon, ""},
    {"RevokeGrant", kKey, kCommon, "kms:GrantIsForAWSResource"},
    {"RotateKeyOnDemand", kKey, kCommon, ""},
    {"ScheduleKeyDeletion", kKey, kCommon,
     "kms:ScheduleKeyDeletionPendingWindowInDays kms:TrailingDaysWithoutKeyUsage"},
    {"Sign", kKey, kCommon | kRequested, "kms:SigningAlgorithm kms:MessageType"},
    {"SynchronizeMultiRegionKey", kKey, kCommon, ""},
    {"TagResource", kKey, kCommon, "aws:RequestTag/ aws:TagKeys"},
    {"UntagResource", kKey, kCommon, "aws:RequestTag/ aws:TagKeys"},
    {"UpdateAlias", kAlias, kCommon, ""},
    {"UpdateCustomKeyStore", kNone, kStore, ""},
    {"UpdateKeyDescription", kKey, kCommon, ""},
    {"UpdatePrimaryRegion", kKey, kCommon, "kms:PrimaryRegion"},
    {"Verify", kKey, kCommon | kRequested, "kms:SigningAlgorithm kms:MessageType"},
    {"VerifyMac", kKey, kCommon | kRequested, "kms:MacAlgorithm"},
});

struct Entry {
  ConditionKeyInfo info;
  std::uint32_t groups = 0;  // whose requests carry it; of none and not named by a permission: global
  bool global = false;
};
using enum ConditionType;
constexpr std::uint32_t kAllKeys = kCommon | kNew;
constexpr auto kKeys = std::to_array<Entry>({
    {{"kms:BypassPolicyLockoutSafetyCheck", kBool}},
    {{"kms:CallerAccount", kString}, kAllKeys | kStore},
    {{"kms:CustomerMasterKeySpec", kString}, kAllKeys},
    {{"kms:CustomerMasterKeyUsage", kString}, kAllKeys},
    {{"kms:DataKeyPairSpec", kString}},
    {{"kms:EncryptionAlgorithm", kString}, kContext},
    {{"kms:EncryptionContext:", kString}, kContext},
    {{"kms:EncryptionContextKeys", kString, true}, kContext},
    {{"kms:ExpirationModel", kString}},
    {{"kms:GrantConstraintSourceArn", kArn}},
    {{"kms:GrantConstraintType", kString}},
    {{"kms:GrantIsForAWSResource", kBool}},
    {{"kms:GrantOperations", kString, true}},
    {{"kms:GranteePrincipal", kArn}},
    {{"kms:GranteeServicePrincipal", kString}},
    {{"kms:KeyAgreementAlgorithm", kString}},
    {{"kms:KeyOrigin", kString}, kAllKeys},
    {{"kms:KeySpec", kString}, kAllKeys},
    {{"kms:KeyUsage", kString}, kAllKeys},
    {{"kms:MacAlgorithm", kString}},
    {{"kms:MessageType", kString}},
    {{"kms:MultiRegion", kBool}, kAllKeys},
    {{"kms:MultiRegionKeyType", kString}, kAllKeys},
    {{"kms:PrimaryRegion", kString}},
    {{"kms:ReEncryptOnSameKey", kBool}},
    {{"kms:RecipientAttestation:", kString}, kAttestation},
    {{"kms:ReplicaRegion", kString}},
    {{"kms:RequestAlias", kString}, kRequested},
    {{"kms:ResourceAliases", kString, true}, kCommon},
    {{"kms:RetiringPrincipal", kArn}},
    {{"kms:RetiringServicePrincipal", kString}},
    {{"kms:RotationPeriodInDays", kNumeric}},
    {{"kms:ScheduleKeyDeletionPendingWindowInDays", kNumeric}},
    {{"kms:SigningAlgorithm", kString}},
    {{"kms:TrailingDaysWithoutKeyUsage", kNumeric}},
    {{"kms:ValidTo", kDate}},
    {{"kms:ViaService", kString}, kAllKeys},
    {{"kms:WrappingAlgorithm", kString}},
    {{"kms:WrappingKeySpec", kString}},
    {{"aws:RequestTag/", kString}},
    {{"aws:ResourceTag/", kString}, kAllKeys},
    {{"aws:TagKeys", kString, true}},
    {{"aws:CalledVia", kString, true}, 0, true},
    {{"aws:CalledViaFirst", kString}, 0, true},
    {{"aws:CalledViaLast", kString}, 0, true},
    {{"aws:CurrentTime", kDate}, 0, true},
    {{"aws:EpochTime", kDate}, 0, true},
    {{"aws:FederatedProvider", kString}, 0, true},
    {{"aws:MultiFactorAuthAge", kNumeric}, 0, true},
    {{"aws:MultiFactorAuthPresent", kBool}, 0, true},
    {{"aws:PrincipalAccount", kString}, 0, true},
    {{"aws:PrincipalArn", kArn}, 0, true},
    {{"aws:PrincipalIsAWSService", kBool}, 0, true},
    {{"aws:PrincipalOrgID", kString}, 0, true},
    {{"aws:PrincipalOrgPaths", kString, true}, 0, true},
    {{"aws:PrincipalServiceName", kString}, 0, true},
    {{"aws:PrincipalServiceNamesList", kString, true}, 0, true},
    {{"aws:PrincipalTag/", kString}, 0, true},
    {{"aws:PrincipalType", kString}, 0, true},
    {{"aws:Referer", kString}, 0, true},
    {{"aws:RequestedRegion", kString}, 0, true},
    {{"aws:ResourceAccount", kString}, 0, true},
    {{"aws:ResourceOrgID", kString}, 0, true},
    {{"aws:ResourceOrgPaths", kString, true}, 0, true},
    {{"aws:SecureTransport", kBool}, 0, true},
    {{"aws:SourceAccount", kString}, 0, true},
    {{"aws:SourceArn", kArn}, 0, true},
    {{"aws:SourceIdentity", kString}, 0, true},
    {{"aws:SourceIp", kIp}, 0, true},
    {{"aws:SourceOrgID", kString}, 0, true},
    {{"aws:SourceOrgPaths", kString, true}, 0, true},
    {{"aws:SourceVpc", kString}, 0, true},
    {{"aws:SourceVpce", kString}, 0, true},
    {{"aws:TokenIssueTime", kDate}, 0, true},
    {{"aws:UserAgent", kString}, 0, true},
    {{"aws:ViaAWSService", kBool}, 0, true},
    {{"aws:VpcSourceIp", kIp}, 0, true},
    {{"aws:userid", kString}, 0, true},
    {{"aws:username", kString}, 0, true},
});

bool is_family(std::string_view name) { return name.ends_with(':') || name.ends_with('/'); }

bool lists(std::string_view names, std::string_view wanted) {
  while (!names.empty()) {
    const std::size_t blank = names.find(' ');
    if (names.substr(0, blank) == wanted) return true;
    names.remove_prefix(blank == std::string_view::npos ? names.size() : blank + 1);
  }
  return false;
}

}  // namespace

std::span<const KmsPermission> kms_permissions() { return kPermissions; }

const ConditionKeyInfo* find_condition_key(const policy::ContextKey& key) {
  for (const Entry& entry : kKeys) {
    const std::string lower = policy::to_lower_case(entry.info.name);
    if (is_family(lower) ? !key.after(lower).empty() : key.name() == lower) return &entry.info;
  }
  return nullptr;
}

bool carries(const KmsPermission& permission, const ConditionKeyInfo& key) {
  const auto entry =
      std::find_if(kKeys.begin(), kKeys.end(), [&key](const Entry& one) { return one.info.name == key.name; });
  if (entry == kKeys.end()) return false;
  return entry->global || (entry->groups & permission.groups) != 0 || lists(permission.others, key.name);
}

}  // namespace claviger::cli
