// The names of things: accounts, Regions, keys, aliases, ARNs. Each comes only from parsing or from
// being made here, so whoever holds one knows that it is well-formed.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace claviger {

// Up to N characters without an allocation.
template <std::size_t N>
class FixedText {
 public:
  constexpr std::string_view view() const { return {data_.data(), size_}; }
  friend bool operator==(const FixedText& a, const FixedText& b) { return a.view() == b.view(); }
  friend auto operator<=>(const FixedText& a, const FixedText& b) { return a.view() <=> b.view(); }

 protected:
  constexpr FixedText() = default;
  // `text` is at most N characters long; the parser has checked.
  explicit FixedText(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
    std::copy(text.begin(), text.end(), data_.begin());
  }

 private:
  static_assert(N <= 255);
  std::array<char, N> data_{};
  std::uint8_t size_ = 0;
};

// Twelve decimal digits.
class AccountId final : public FixedText<12> {
 public:
  static std::optional<AccountId> parse(std::string_view text);

 private:
  using FixedText::FixedText;
};

// An AWS Region name such as `eu-central-1`: lower-case words and a number joined by hyphens, at
// most 32 characters.
class Region final : public FixedText<32> {
 public:
  static std::optional<Region> parse(std::string_view text);
  // `aws`, `aws-cn`, `aws-us-gov`, ... by the Region's prefix.
  std::string_view partition() const;
  // The DNS suffix of the partition's services.
  std::string_view dns_suffix() const;

 private:
  using FixedText::FixedText;
};

// The identifier of a KMS key inside its account and Region: a lower-case UUID, or `mrk-` and 32
// hexadecimal digits.
class KeyId final : public FixedText<36> {
 public:
  // Accepts the canonical lower-case form only.
  static std::optional<KeyId> parse(std::string_view text);
  // A new random single-Region id (a version 4 UUID, RFC 9562).
  static KeyId make(RandomSource& random);
  bool is_multi_region() const { return view().starts_with("mrk-"); }

 private:
  using FixedText::FixedText;
};

// `alias/` and a name of 1 to 250 characters out of [a-zA-Z0-9/_-].
class AliasName final {
 public:
  static std::optional<AliasName> parse(std::string_view text);
  const std::string& text() const { return text_; }
  std::string_view view() const { return text_; }
  // `alias/aws/...`, which only the service itself may make.
  bool is_reserved() const { return view().starts_with("alias/aws/"); }
  friend bool operator==(const AliasName&, const AliasName&) = default;
  friend auto operator<=>(const AliasName&, const AliasName&) = default;

 private:
  explicit AliasName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// Whose and where: the space in which key ids and alias names are unique.
struct Scope {
  AccountId account;
  Region region;
  friend bool operator==(const Scope&, const Scope&) = default;
  friend auto operator<=>(const Scope&, const Scope&) = default;
};

// `arn:<partition>:<service>:<region>:<account>:<resource>`, split; views into the text it was
// parsed from.
struct ArnParts {
  std::string_view partition, service, region, account, resource;
};
// nullopt unless the text starts with `arn:` and has six parts; the parts themselves are not
// checked.
std::optional<ArnParts> split_arn(std::string_view text);

// A user or role that a stored policy names, and the unique id (`AIDA...`, `AROA...`) that it had when the policy was
// stored.
struct PrincipalBinding {
  std::string arn;
  std::string unique_id;
  friend bool operator==(const PrincipalBinding&, const PrincipalBinding&) = default;
};

std::string key_arn(const Scope& scope, const KeyId& key);
std::string alias_arn(const Scope& scope, std::string_view alias_name);
std::string account_root_arn(std::string_view partition, const AccountId& account);

// A random version 4 UUID in lower case (RFC 9562).
std::string make_uuid(RandomSource& random);

}  // namespace claviger

namespace std {
template <>
struct hash<claviger::AccountId> {
  size_t operator()(const claviger::AccountId& v) const { return hash<string_view>()(v.view()); }
};
template <>
struct hash<claviger::Region> {
  size_t operator()(const claviger::Region& v) const { return hash<string_view>()(v.view()); }
};
template <>
struct hash<claviger::KeyId> {
  size_t operator()(const claviger::KeyId& v) const { return hash<string_view>()(v.view()); }
};
template <>
struct hash<claviger::Scope> {
  size_t operator()(const claviger::Scope& v) const {
    return hash<claviger::AccountId>()(v.account) * 1099511628211u ^ hash<claviger::Region>()(v.region);
  }
};
}  // namespace std
