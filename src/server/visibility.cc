#include "server/visibility.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "api/kms/grant_token.h"
#include "base/json.h"

namespace claviger::server {
namespace {

namespace layout = keys::layout;

const std::string* written_key(const store::Mutation& mutation) {
  const auto* put = std::get_if<store::Put>(&mutation);
  return put == nullptr ? nullptr : &put->key;
}

const Resolved* alias_among(std::span<const Resolved> resolved, std::string_view arn) {
  const auto found = std::ranges::find(resolved, arn, &Resolved::alias_arn);
  return found == resolved.end() ? nullptr : &*found;
}

}  // namespace

std::vector<layout::GrantPlace> grants_named_by(ByteSpan body, hsm::PurposeSealer& tokens, const Region& region) {
  std::vector<layout::GrantPlace> grants;
  json::Parser parser;
  const auto request = parser.parse(body);
  if (!request || request->type() != json::Type::kObject) return grants;
  json::ObjectCursor fields = request->fields();
  std::string_view name;
  json::Value value;
  while (fields.next(name, value)) {
    if (name != "GrantTokens" || value.type() != json::Type::kArray) continue;
    json::ArrayCursor elements = value.elements();
    json::Value token;
    while (elements.next(token)) {
      if (token.type() != json::Type::kString) continue;
      if (auto place = api::kms::open_grant_token(tokens, region, token.text())) grants.push_back(*std::move(place));
    }
  }
  return grants;
}

void Visibility::set(VisibilityDelays delays) {
  held_.with([&](Held& held) { held.delays = delays; });
}

VisibilityDelays Visibility::delays() const {
  return held_.with([](const Held& held) { return held.delays; });
}

void Visibility::forget(Held& held, WallTime now) {
  std::erase_if(held.grants, [now](const auto& entry) { return entry.second <= now; });
  std::erase_if(held.aliases, [now](const auto& entry) { return entry.second.until <= now; });
  std::erase_if(held.policies, [now](const auto& entry) { return entry.second.until <= now; });
}

void Visibility::hold(const store::Commit& commit, std::span<const Resolved> resolved, bool sets_policy) {
  const WallTime now = clock_.now();
  held_.with([&](Held& held) {
    forget(held, now);
    const VisibilityDelays& delays = held.delays;
    for (const store::Mutation& mutation : commit.mutations) {
      const std::string* key = written_key(mutation);
      if (key == nullptr || held.size() >= kMaxHeld) continue;
      if (delays.grants.count() > 0 && key->starts_with("grant/")) {
        held.grants.insert_or_assign(*key, now + delays.grants);
      } else if (const auto alias = layout::parse_alias(*key); alias && delays.aliases.count() > 0) {
        const auto record = keys::decode_alias(std::get<store::Put>(mutation).value);
        if (!record) continue;
        const Resolved* before = alias_among(resolved, alias_arn(alias->scope, alias->name.view()));
        const auto [held_alias, is_new] = held.aliases.try_emplace(
            *key, HeldAlias{{}, before == nullptr ? nullptr : before->alias, *alias, record->target});
        // What was seen before the first of several changes is seen until the last is due.
        held_alias->second.until = now + delays.aliases;
        held_alias->second.now = record->target;
      }
    }
    if (sets_policy && delays.policies.count() > 0 && !resolved.empty() && resolved.front().key != nullptr &&
        held.size() < kMaxHeld) {
      const api::KeySnapshot& key = *resolved.front().key;
      const auto [policy, is_new] = held.policies.try_emplace(key.arn, HeldPolicy{{}, key.policy});
      policy->second.until = now + delays.policies;
    }
    held_any_.store(held.size() > 0, std::memory_order_release);
  });
}

bool Visibility::hides(const layout::GrantPlace& grant) const {
  const std::string key = layout::grant(grant.key.scope, grant.key.id, grant.grant);
  return held_.with([&](const Held& held) {
    const auto found = held.grants.find(key);
    return found != held.grants.end() && found->second > clock_.now();
  });
}

std::shared_ptr<const api::AliasSnapshot> Visibility::seen(const layout::AliasPlace& place,
                                                           std::shared_ptr<const api::AliasSnapshot> alias) const {
  // One that was deleted, or never came to be, is not there.
  if (alias == nullptr) return alias;
  const std::string key = layout::alias(place.scope, place.name);
  return held_.with([&](const Held& held) {
    const auto found = held.aliases.find(key);
    return found != held.aliases.end() && found->second.until > clock_.now() ? found->second.before : alias;
  });
}

std::shared_ptr<const api::KeySnapshot> Visibility::seen(std::shared_ptr<const api::KeySnapshot> key) const {
  const WallTime now = clock_.now();
  return held_.with([&](const Held& held) {
    std::shared_ptr<api::KeySnapshot> changed;
    const auto change = [&]() -> api::KeySnapshot& {
      if (changed == nullptr) changed = std::make_shared<api::KeySnapshot>(*key);
      return *changed;
    };
    if (const auto policy = held.policies.find(key->arn); policy != held.policies.end() && policy->second.until > now) {
      change().policy = policy->second.before;
    }
    for (const auto& [store_key, alias] : held.aliases) {
      if (alias.until <= now || alias.place.scope != key->record.scope) continue;
      const std::string& name = alias.place.name.text();
      const bool was = alias.before != nullptr && alias.before->record.target == key->record.id;
      const bool is = std::ranges::binary_search(key->aliases, name);
      if (is && !was) std::erase(change().aliases, name);
      if (was && !is) change().aliases.insert(std::ranges::upper_bound(change().aliases, name), name);
    }
    return changed == nullptr ? key : std::shared_ptr<const api::KeySnapshot>(std::move(changed));
  });
}

}  // namespace claviger::server
