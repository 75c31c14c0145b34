#include "iam/access_key_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "iam/credential_record.h"
#include "iam/layout.h"

namespace claviger::iam {
namespace {

std::unexpected<Error> no_such_key(std::string_view id) {
  return fail(ErrorCode::kNotFound, fmt::format("The Access Key with id {} cannot be found.", id));
}

auto find_key(std::vector<AccessKeyEntry>& keys, std::string_view id) {
  return std::find_if(keys.begin(), keys.end(), [&](const AccessKeyEntry& key) { return key.id == id; });
}

}  // namespace

Result<NewAccessKey> create_access_key(const RuleContext& context, CredentialSealer& sealer, const AccountId& account,
                                       std::string_view user, std::optional<AccessKey> given) {
  CLAVIGER_ASSIGN(const User* owner, find_user(context.snapshot, account, user));
  Draft draft;
  UserRecord& record = draft.edit(*owner);
  const std::size_t limit = context.quotas.access_keys_per_user;
  if (record.access_keys.size() >= limit) return quota_exceeded("AccessKeysPerUser", limit);
  AccessKey key = given ? *std::move(given) : make_access_key(context.random);
  if (context.snapshot.account_of_access_key(key.id) != nullptr) {
    return fail(ErrorCode::kAlreadyExists, fmt::format("The Access Key with id {} already exists.", key.id));
  }
  const AccessKeyEntry entry{key.id, AccessKeyStatus::kActive, context.now};
  record.access_keys.push_back(entry);
  const std::string place = layout::credential(key.id);
  const CredentialRecord credential{account, record.id, context.now,
                                    sealer.seal(credential_context(key.id, account, record.id), key.secret)};
  draft.extra().preconditions.push_back({place, 0});
  draft.extra().mutations.push_back(store::Put{place, encode_credential(credential)});
  CLAVIGER_ASSIGN(store::Commit commit, draft.finish());
  return NewAccessKey{entry, std::move(key), std::move(commit)};
}

Result<store::Commit> update_access_key(const RuleContext& context, const AccountId& account, std::string_view user,
                                        std::string_view access_key_id, AccessKeyStatus status) {
  CLAVIGER_ASSIGN(const User* owner, find_user(context.snapshot, account, user));
  Draft draft;
  auto& keys = draft.edit(*owner).access_keys;
  const auto key = find_key(keys, access_key_id);
  if (key == keys.end()) return no_such_key(access_key_id);
  key->status = status;
  return draft.finish();
}

Result<store::Commit> delete_access_key(const RuleContext& context, const AccountId& account, std::string_view user,
                                        std::string_view access_key_id) {
  CLAVIGER_ASSIGN(const User* owner, find_user(context.snapshot, account, user));
  Draft draft;
  auto& keys = draft.edit(*owner).access_keys;
  const auto key = find_key(keys, access_key_id);
  if (key == keys.end()) return no_such_key(access_key_id);
  keys.erase(key);
  draft.extra().mutations.push_back(store::Delete{layout::credential(access_key_id)});
  return draft.finish();
}

}  // namespace claviger::iam
