// The condition keys that an action's requests have: each action says in its own file which they are, in a table.
//
//   constexpr auto kConditions = std::to_array<ConditionKey<ScheduleKeyDeletionRequest>>({
//       {"kms:ScheduleKeyDeletionPendingWindowInDays",
//        [](const ScheduleKeyDeletionRequest& request, const ConditionQuestion& asked) {
//          return asked.number(request.pending_window_in_days);
//        }},
//   });
//
// and `.conditions = kConditions` in its Definition. What is common to all operations on a key, and AWS's global keys,
// are answered in server/request_context.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/snapshot.h"
#include "api/target.h"
#include "iam/caller.h"
#include "iam/snapshot.h"
#include "policy/context.h"

namespace claviger::api {

// Keeps the values that a request does not hold as text itself, as long as one decision. Allocates nothing before its
// first use. Not thread-safe.
class ConditionMemory final {
 public:
  std::string_view keep(std::string text) { return texts_.emplace_front(std::move(text)); }
  // The values of the multi-valued key `name`, made once however often a policy asks.
  template <class Make>
  policy::ContextValues list(std::string_view name, Make make) {
    for (const auto& [known, values] : lists_) {
      if (known == name) return policy::ContextValues::many(values);
    }
    return policy::ContextValues::many(lists_.emplace_front(name, make()).second);
  }
  // Pairs by their names in lower case, sorted by them; made once.
  struct FoldedPair {
    std::string_view name;
    std::string_view value;
  };
  template <class Make>
  const std::vector<FoldedPair>& folded(Make make) {
    if (!folded_) folded_ = make();
    return *folded_;
  }

 private:
  std::optional<std::vector<FoldedPair>> folded_;
  std::forward_list<std::string> texts_;
  std::forward_list<std::pair<std::string_view, std::vector<std::string_view>>> lists_;
};

// What a value depends on besides the request. The views live as long as the decision.
struct ConditionQuestion {
  std::string_view name;  // as the table has it
  // Of a name that ends in `:` or `/`, such as `kms:EncryptionContext:`: the rest of what is asked for, in lower case.
  std::string_view rest;
  // The target that is decided on, and its place among the action's; null for a decision without a target.
  const Target* target = nullptr;
  std::size_t place = 0;
  std::string_view caller_account;
  // What all targets turned out to be; null for aliases.
  std::span<const KeySnapshot* const> keys;
  ConditionMemory& memory;
  // Of actions of IAM and STS: what is known, and who calls. Null for the others.
  const iam::Snapshot* iam = nullptr;
  const iam::Caller* caller = nullptr;
  // A service of ours calls for the caller.
  bool via_service = false;
  // Of actions that ask for it: see keys::days_without_use(); nullopt when it could not be read.
  std::optional<std::int64_t> days_without_use = std::nullopt;

  // Ways to answer.
  policy::ContextValues text(std::string_view value) const { return policy::ContextValues::single(value); }
  policy::ContextValues number(std::int64_t value) const { return text(memory.keep(std::to_string(value))); }
  policy::ContextValues boolean(bool value) const { return text(value ? "true" : "false"); }
  template <class Make>
  policy::ContextValues list(Make make) const {
    return memory.list(name, std::move(make));
  }
};

template <class Request>
struct ConditionKey {
  // As AWS writes it. With a final `:` or `/` it stands for all names that begin so and go on.
  std::string_view name;
  // Default-made values: the request does not have the key.
  policy::ContextValues (*value)(const Request&, const ConditionQuestion&);
};

// Tables put together.
template <class Request, std::size_t A, std::size_t B>
constexpr std::array<ConditionKey<Request>, A + B> operator+(const std::array<ConditionKey<Request>, A>& a,
                                                             const std::array<ConditionKey<Request>, B>& b) {
  std::array<ConditionKey<Request>, A + B> sum{};
  for (std::size_t i = 0; i < A; ++i) sum[i] = a[i];
  for (std::size_t i = 0; i < B; ++i) sum[A + i] = b[i];
  return sum;
}

// Whether `text` is `lower` but for the case of ASCII letters; `lower` has none in upper case.
bool is_in_lower_case(std::string_view text, std::string_view lower);

// Whether the table's `name` covers the key `asked` (see ConditionKey::name): then the part of `asked` that `name`
// leaves open, else nullopt.
std::optional<std::string_view> covered_rest(std::string_view name, const policy::ContextKey& asked);

// The value for a key whose name ends in that of a tag or of a pair, which is compared without case. When several pairs
// differ in case only, nobody can say which is meant (AWS: the outcome is unpredictable), and no condition on them can
// be judged.
template <class Pairs, class Key, class Value>
policy::ContextValues find_ignoring_case(const Pairs& pairs, std::string_view lower, Key key, Value value) {
  policy::ContextValues found;
  for (const auto& pair : pairs) {
    if (!is_in_lower_case(key(pair), lower)) continue;
    if (found.present()) return policy::ContextValues::undecidable();
    found = policy::ContextValues::single(value(pair));
  }
  return found;
}
// The tags of a key, a principal or a request.
template <class Tags>
policy::ContextValues find_tag(const Tags& tags, std::string_view lower_key) {
  return find_ignoring_case(
      tags, lower_key, [](const auto& tag) -> std::string_view { return tag.key; },
      [](const auto& tag) -> std::string_view { return tag.value; });
}

}  // namespace claviger::api
