#include "keys/key_ref.h"

#include <fmt/format.h>

namespace claviger::keys {
namespace {

std::unexpected<Error> invalid_key_id(std::string_view text) {
  return fail(ErrorCode::kNotFound, fmt::format("Invalid keyId '{}'", text));
}

Result<KeyRef> parse_arn(std::string_view text, const Scope& caller, RefRule rule) {
  const auto malformed = [&]() -> std::unexpected<Error> {
    if (rule.invalid_arn) return fail(ErrorCode::kInvalidArn, fmt::format("Invalid ARN '{}'", text));
    return invalid_key_id(text);
  };
  const std::optional<ArnParts> arn = split_arn(text);
  if (!arn || arn->service != "kms" || arn->partition != caller.region.partition()) return malformed();
  const auto account = AccountId::parse(arn->account);
  const auto region = Region::parse(arn->region);
  if (!account || !region) return malformed();
  if (*region != caller.region) return fail(ErrorCode::kNotFound, fmt::format("Invalid arn {}", region->view()));
  constexpr std::string_view kKeyPrefix = "key/";
  if (arn->resource.starts_with(kKeyPrefix)) {
    const auto id = KeyId::parse(arn->resource.substr(kKeyPrefix.size()));
    if (!id) return malformed();
    return KeyById{*account, *id};
  }
  auto alias = AliasName::parse(arn->resource);
  if (!alias || !rule.aliases) return malformed();
  return KeyByAlias{*account, *std::move(alias)};
}

}  // namespace

Result<KeyRef> parse_key_ref(std::string_view text, const Scope& caller, RefRule rule) {
  if (text.starts_with("arn:")) return parse_arn(text, caller, rule);
  if (const auto id = KeyId::parse(text)) return KeyById{caller.account, *id};
  if (rule.aliases) {
    if (auto alias = AliasName::parse(text)) return KeyByAlias{caller.account, *std::move(alias)};
  }
  return invalid_key_id(text);
}

}  // namespace claviger::keys
