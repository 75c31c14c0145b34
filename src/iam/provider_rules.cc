#include "iam/provider_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "iam/layout.h"
#include "iam/tag_rules.h"
#include "iam/text.h"

namespace claviger::iam {
namespace {

constexpr std::size_t kMaxClientIdBytes = 255;
constexpr std::size_t kThumbprintDigits = 40;

Result<const Provider*> provider_in_account(const RuleContext& context, const AccountId& account,
                                            std::string_view arn) {
  const Provider* provider = context.snapshot.provider_by_arn(arn);
  if (provider == nullptr || provider->record.account != account) {
    return fail(ErrorCode::kNotFound, fmt::format("OpenIDConnect Provider not found for arn {}", arn));
  }
  return provider;
}

store::Commit replaced(const Provider& provider, const ProviderRecord& record) {
  const std::string key = layout::provider(record.account, record.url);
  store::Commit commit;
  commit.preconditions.push_back({key, provider.revision});
  commit.mutations.push_back(store::Put{key, encode(record)});
  return commit;
}

Status check_client_ids(const RuleContext& context, const std::vector<std::string>& ids) {
  const std::size_t limit = context.quotas.client_ids_per_provider;
  if (ids.size() > limit) return quota_exceeded("ClientIdsPerOpenIdConnectProvider", limit);
  std::set<std::string_view> seen;
  for (const std::string& id : ids) {
    if (id.empty() || id.size() > kMaxClientIdBytes) {
      return fail(Error::validation("A client ID has 1 to 255 characters."));
    }
    if (!seen.insert(id).second) return fail(ErrorCode::kInvalidInput, "Duplicate client IDs found.");
  }
  return {};
}

Status check_thumbprints(const RuleContext& context, const std::vector<std::string>& thumbprints) {
  const std::size_t limit = context.quotas.thumbprints_per_provider;
  if (thumbprints.size() > limit) {
    return fail(ErrorCode::kInvalidInput,
                fmt::format("Thumbprint list must contain fewer than {} entries.", limit + 1));
  }
  for (const std::string& thumbprint : thumbprints) {
    if (thumbprint.size() != kThumbprintDigits || !hex_decode(thumbprint)) {
      return fail(Error::validation("A thumbprint is 40 hexadecimal digits."));
    }
  }
  return {};
}

// `https://` and a host in any case; the form in which it is kept.
Result<std::string> canonical_url(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  const bool https = url.size() > kScheme.size() && equals_ignoring_case(url.substr(0, kScheme.size()), kScheme);
  std::string rest(https ? url.substr(kScheme.size()) : std::string_view());
  std::transform(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(std::min(rest.find('/'), rest.size())),
                 rest.begin(), to_lower);
  if (!is_provider_url(rest)) return fail(Error::validation("Invalid Open ID Connect Provider URL"));
  return rest;
}

}  // namespace

Result<Planned<ProviderRecord>> create_provider(const RuleContext& context, const NewProvider& wish) {
  CLAVIGER_TRY(check_account(context.snapshot, wish.account));
  ProviderRecord record{.account = wish.account,
                        .created = context.now,
                        .client_ids = wish.client_ids,
                        .thumbprints = wish.thumbprints,
                        .tags = wish.tags};
  CLAVIGER_ASSIGN(record.url, canonical_url(wish.url));
  CLAVIGER_TRY(check_client_ids(context, wish.client_ids));
  CLAVIGER_TRY(check_thumbprints(context, wish.thumbprints));
  CLAVIGER_TRY(check_new_tags(wish.tags, context.quotas.tags));
  if (context.snapshot.provider(wish.account, record.url) != nullptr) {
    return fail(ErrorCode::kAlreadyExists, fmt::format("Provider with url https://{} already exists.", record.url));
  }
  const std::int64_t limit = context.quotas.providers;
  if (static_cast<std::int64_t>(context.snapshot.account(wish.account)->providers.size()) >= limit) {
    return quota_exceeded("OpenIdConnectProvidersPerAccount", static_cast<std::size_t>(limit));
  }
  const std::string key = layout::provider(wish.account, record.url);
  store::Commit commit;
  commit.preconditions.push_back({key, 0});
  commit.mutations.push_back(store::Put{key, encode(record)});
  commit.mutations.push_back(store::Add{layout::provider_count(wish.account), 1, limit});
  return Planned<ProviderRecord>{std::move(record), std::move(commit),
                                 "Cannot exceed quota for OpenIdConnectProvidersPerAccount."};
}

Result<store::Commit> delete_provider(const RuleContext& context, const AccountId& account, std::string_view arn) {
  CLAVIGER_ASSIGN(const Provider* provider, provider_in_account(context, account, arn));
  const std::string key = layout::provider(account, provider->record.url);
  store::Commit commit;
  commit.preconditions.push_back({key, provider->revision});
  commit.mutations.push_back(store::Delete{key});
  commit.mutations.push_back(store::Add{layout::provider_count(account), -1, context.quotas.providers});
  return commit;
}

Result<store::Commit> add_client_id(const RuleContext& context, const AccountId& account, std::string_view arn,
                                    std::string_view client_id) {
  CLAVIGER_ASSIGN(const Provider* provider, provider_in_account(context, account, arn));
  ProviderRecord record = provider->record;
  if (std::find(record.client_ids.begin(), record.client_ids.end(), client_id) == record.client_ids.end()) {
    record.client_ids.emplace_back(client_id);
    CLAVIGER_TRY(check_client_ids(context, record.client_ids));
  }
  return replaced(*provider, record);
}

Result<store::Commit> remove_client_id(const RuleContext& context, const AccountId& account, std::string_view arn,
                                       std::string_view client_id) {
  CLAVIGER_ASSIGN(const Provider* provider, provider_in_account(context, account, arn));
  ProviderRecord record = provider->record;
  std::erase(record.client_ids, client_id);
  return replaced(*provider, record);
}

Result<store::Commit> update_thumbprints(const RuleContext& context, const AccountId& account, std::string_view arn,
                                         const std::vector<std::string>& thumbprints) {
  CLAVIGER_ASSIGN(const Provider* provider, provider_in_account(context, account, arn));
  CLAVIGER_TRY(check_thumbprints(context, thumbprints));
  ProviderRecord record = provider->record;
  record.thumbprints = thumbprints;
  return replaced(*provider, record);
}

Result<store::Commit> set_key_set(const RuleContext& context, const AccountId& account, std::string_view arn,
                                  std::string_view key_set) {
  CLAVIGER_ASSIGN(const Provider* provider, provider_in_account(context, account, arn));
  CLAVIGER_TRY(KeySet::parse(key_set));
  ProviderRecord record = provider->record;
  record.key_set = key_set;
  return replaced(*provider, record);
}

Result<store::Commit> tag_provider(const RuleContext& context, const AccountId& account, std::string_view arn,
                                   const std::vector<Tag>& tags) {
  CLAVIGER_ASSIGN(const Provider* provider, provider_in_account(context, account, arn));
  ProviderRecord record = provider->record;
  CLAVIGER_ASSIGN(record.tags, merge_tags(record.tags, tags, context.quotas.tags));
  return replaced(*provider, record);
}

Result<store::Commit> untag_provider(const RuleContext& context, const AccountId& account, std::string_view arn,
                                     const std::vector<std::string>& keys) {
  CLAVIGER_ASSIGN(const Provider* provider, provider_in_account(context, account, arn));
  ProviderRecord record = provider->record;
  record.tags = remove_tags(record.tags, keys);
  return replaced(*provider, record);
}

}  // namespace claviger::iam
