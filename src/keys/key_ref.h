// What a client wrote to name a key: an id, a key ARN, an alias name or an alias ARN.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/identifiers.h"
#include "base/result.h"

namespace claviger::keys {

// A key by id; `account` is the one named by an ARN, or the caller's.
struct KeyById {
  AccountId account;
  KeyId id;
};
// A key by alias.
struct KeyByAlias {
  AccountId account;
  AliasName name;
};
using KeyRef = std::variant<KeyById, KeyByAlias>;

// Which forms an operation takes, and how it names a bad ARN (API reference: the KeyId parameter of each operation).
struct RefRule {
  bool aliases = false;      // alias names and alias ARNs are accepted
  bool invalid_arn = false;  // the operation's model has InvalidArnException
};

// Reads `text` as it stands in a request from `caller` to an endpoint in `caller.region`. kNotFound
// `Invalid keyId '...'` or `Invalid arn <region>`; kInvalidArn for a malformed ARN where the rule has it. Says nothing
// about whether the key exists.
[[nodiscard]] Result<KeyRef> parse_key_ref(std::string_view text, const Scope& caller, RefRule rule);

}  // namespace claviger::keys
