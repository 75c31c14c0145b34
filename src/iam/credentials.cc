#include "iam/credentials.h"

#include <algorithm>
#include <future>
#include <optional>
#include <utility>

#include "iam/credential_record.h"
#include "iam/layout.h"

namespace claviger::iam {
namespace {

// With the "AWS4" before it the secret then fits one block of SHA-256, and takes the same time at every length.
constexpr std::size_t kMaxSecretBytes = 60;
constexpr std::size_t kPage = 256;

SecretBytes with_aws4_prefix(SecretBytes secret) {
  constexpr std::string_view kPrefix = "AWS4";
  const auto size = static_cast<std::ptrdiff_t>(secret.size());
  secret.resize(secret.size() + kPrefix.size());
  const MutableByteSpan bytes = secret.writable();
  std::copy_backward(bytes.begin(), bytes.begin() + size, bytes.end());
  std::copy(kPrefix.begin(), kPrefix.end(), bytes.begin());
  return secret;
}

Result<store::Revision> commit_and_wait(store::Store& store, store::Commit commit) {
  std::promise<Result<store::Revision>> promise;
  auto future = promise.get_future();
  store.commit(std::move(commit), [&promise](Result<store::Revision> result) { promise.set_value(std::move(result)); });
  return future.get();
}

}  // namespace

AccessKey make_access_key(RandomSource& random) {
  std::string id = make_access_key_id(random);
  return {std::move(id), make_secret_access_key(random)};
}

Result<AccessKey> given_access_key(std::string_view id, SecretBytes secret) {
  if (!is_access_key_id(id)) {
    return fail(Error::validation("An access key id has 1 to 128 characters out of [A-Za-z0-9_]."));
  }
  if (secret.empty() || secret.size() > kMaxSecretBytes) {
    return fail(Error::validation("A secret access key has 1 to 60 bytes."));
  }
  return AccessKey{std::string(id), std::move(secret)};
}

const Credential* CredentialSnapshot::find(std::string_view access_key_id) const {
  const auto found = by_id_.find(access_key_id);
  return found == by_id_.end() ? nullptr : &found->second;
}

Credentials::Credentials(store::Store& store, CredentialSealer& sealer, const Clock& clock)
    : store_(store), sealer_(sealer), clock_(clock), current_(std::make_shared<const CredentialSnapshot>()) {}

std::shared_ptr<const CredentialSnapshot> Credentials::snapshot() const {
  return current_.with([](const auto& current) { return current; });
}

void Credentials::publish(std::shared_ptr<const CredentialSnapshot> snapshot) {
  current_.with([&](auto& current) { current = std::move(snapshot); });
  // After the swap: whoever sees the new number finds the new snapshot.
  generation_.fetch_add(1, std::memory_order_release);
}

Status Credentials::load() {
  auto loaded = std::make_shared<CredentialSnapshot>();
  std::string after;
  while (true) {
    CLAVIGER_ASSIGN(std::vector<store::Entry> entries, store_.range(layout::kCredentials, after, kPage));
    if (entries.empty()) break;
    for (const store::Entry& entry : entries) {
      const std::string id = entry.key.substr(layout::kCredentials.size());
      CLAVIGER_ASSIGN(const CredentialRecord record, decode_credential(entry.value));
      CLAVIGER_ASSIGN(SecretBytes secret,
                      sealer_.open(credential_context(id, record.account, record.user), record.sealed_secret));
      if (secret.empty() || secret.size() > kMaxSecretBytes) {
        return fail(Error::corrupt("credential record holds a secret of a wrong size"));
      }
      loaded->by_id_.emplace(id, Credential{std::make_shared<const Caller>(root_caller("aws", record.account, id)),
                                            with_aws4_prefix(std::move(secret))});
    }
    after = entries.back().key;
  }
  publish(std::move(loaded));
  return {};
}

Status Credentials::put_root(const AccountId& account, const AccessKey& key) {
  const std::string name = layout::credential(key.id);
  CLAVIGER_ASSIGN(const std::optional<store::Record> existing, store_.get(name));
  if (existing) {
    CLAVIGER_ASSIGN(const CredentialRecord record, decode_credential(existing->value));
    if (record.account != account || record.user) {
      return fail(ErrorCode::kAlreadyExists, "The access key id belongs to somebody else.");
    }
  }
  store::Commit commit;
  commit.preconditions.push_back({name, existing ? existing->revision : 0});
  CredentialRecord record{account, std::nullopt, clock_.now(),
                          sealer_.seal(credential_context(key.id, account, std::nullopt), key.secret)};
  commit.mutations.push_back(store::Put{name, encode_credential(record)});
  CLAVIGER_TRY(commit_and_wait(store_, std::move(commit)));
  return load();
}

Status Credentials::remove(std::string_view access_key_id) {
  const std::string name = layout::credential(access_key_id);
  CLAVIGER_ASSIGN(const std::optional<store::Record> existing, store_.get(name));
  if (!existing) return fail(ErrorCode::kNotFound, "There is no such access key.");
  store::Commit commit;
  commit.preconditions.push_back({name, existing->revision});
  commit.mutations.push_back(store::Delete{name});
  CLAVIGER_TRY(commit_and_wait(store_, std::move(commit)));
  return load();
}

}  // namespace claviger::iam
