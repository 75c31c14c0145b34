// Condition keys that several KMS actions have.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "api/conditions.h"
#include "api/kms/common.h"

namespace claviger::api::kms {

// kms:RequestAlias: the alias name that the request called the key by, with or without an ARN around it; absent when
// the key was named in another way.
policy::ContextValues request_alias(const ConditionQuestion& asked);

template <class Request>
inline constexpr auto kRequestAlias = std::to_array<ConditionKey<Request>>({
    {"kms:RequestAlias", [](const Request&, const ConditionQuestion& asked) { return request_alias(asked); }},
});

// What conditions see of a use of a key for encryption.
struct EncryptionFacts {
  keys::EncryptionAlgorithm algorithm;  // the default where the request has none
  const EncryptionContext& context;
};
// Up to so many pairs are looked at one by one; of more an index is made.
inline constexpr std::size_t kSearchedOneByOne = 16;
policy::ContextValues encryption_context_value(const EncryptionContext& context, const ConditionQuestion& asked);
policy::ContextValues encryption_context_keys(const EncryptionContext& context, const ConditionQuestion& asked);

// The keys of every use of a key for encryption. `kFacts(request, place)` tells of the target at `place`.
template <class Request, EncryptionFacts (*kFacts)(const Request&, std::size_t)>
inline constexpr auto kEncryptionConditions =
    std::to_array<ConditionKey<Request>>({
        {"kms:EncryptionAlgorithm",
         [](const Request& request, const ConditionQuestion& asked) {
           return asked.text(keys::name_of(kFacts(request, asked.place).algorithm));
         }},
        {"kms:EncryptionContext:",
         [](const Request& request, const ConditionQuestion& asked) {
           return encryption_context_value(kFacts(request, asked.place).context, asked);
         }},
        {"kms:EncryptionContextKeys",
         [](const Request& request, const ConditionQuestion& asked) {
           return encryption_context_keys(kFacts(request, asked.place).context, asked);
         }},
    }) +
    kRequestAlias<Request>;

// A condition key with the name of the algorithm, spec or type that a request names.
template <class Request, auto kMember>
policy::ContextValues name_condition(const Request& request, const ConditionQuestion& asked) {
  return asked.text(keys::name_of(request.*kMember));
}

policy::ContextValues tag_keys(const std::vector<keys::Tag>& tags, const ConditionQuestion& asked);

// The tags that a request gives to a key.
template <class Request, auto kTags>
inline constexpr auto kRequestTags = std::to_array<ConditionKey<Request>>({
    {"aws:RequestTag/",
     [](const Request& request, const ConditionQuestion& asked) { return find_tag(request.*kTags, asked.rest); }},
    {"aws:TagKeys",
     [](const Request& request, const ConditionQuestion& asked) { return tag_keys(request.*kTags, asked); }},
});

// kms:TrailingDaysWithoutKeyUsage, for actions whose Definition has `asks_last_use`.
template <class Request>
inline constexpr auto kDaysWithoutUse = std::to_array<ConditionKey<Request>>({
    {"kms:TrailingDaysWithoutKeyUsage",
     [](const Request&, const ConditionQuestion& asked) {
       return asked.days_without_use ? asked.number(*asked.days_without_use) : policy::ContextValues::undecidable();
     }},
});

// kms:BypassPolicyLockoutSafetyCheck; absent when the request does not say.
template <class Request, auto kBypass>
inline constexpr auto kBypassesLockoutCheck = std::to_array<ConditionKey<Request>>({
    {"kms:BypassPolicyLockoutSafetyCheck",
     [](const Request& request, const ConditionQuestion& asked) {
       return request.*kBypass ? asked.boolean(*(request.*kBypass)) : policy::ContextValues();
     }},
});

}  // namespace claviger::api::kms
