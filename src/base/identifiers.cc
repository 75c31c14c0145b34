#include "base/identifiers.h"

#include <array>

#include "base/encoding.h"

namespace claviger {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_lower_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !is_lower_hex(text[i])) return false;
  }
  return true;
}

// A partition is told by the first words of its Regions' names; the list is AWS's own partition
// metadata.
struct PartitionRule {
  std::string_view prefix, partition, dns_suffix;
};
constexpr std::array<PartitionRule, 6> kPartitions{{
    {"cn-", "aws-cn", "amazonaws.com.cn"},
    {"us-gov-", "aws-us-gov", "amazonaws.com"},
    {"us-isob-", "aws-iso-b", "sc2s.sgov.gov"},
    {"us-iso-", "aws-iso", "c2s.ic.gov"},
    {"eusc-", "aws-eusc", "amazonaws.eu"},
    {"", "aws", "amazonaws.com"},
}};

const PartitionRule& partition_rule(std::string_view region) {
  return *std::find_if(kPartitions.begin(), kPartitions.end(),
                       [region](const PartitionRule& rule) { return region.starts_with(rule.prefix); });
}

}  // namespace

std::optional<AccountId> AccountId::parse(std::string_view text) {
  if (text.size() != 12 || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  return AccountId(text);
}

std::optional<Region> Region::parse(std::string_view text) {
  if (text.empty() || text.size() > 32) return std::nullopt;
  int words = 0;
  std::size_t start = 0;
  while (true) {
    const std::size_t end = std::min(text.find('-', start), text.size());
    const std::string_view word = text.substr(start, end - start);
    ++words;
    const bool last = end == text.size();
    if (word.empty()) return std::nullopt;
    if (last ? !std::all_of(word.begin(), word.end(), is_digit) : !std::all_of(word.begin(), word.end(), is_lower)) {
      return std::nullopt;
    }
    if (last) break;
    start = end + 1;
  }
  if (words < 3) return std::nullopt;
  return Region(text);
}

std::string_view Region::partition() const { return partition_rule(view()).partition; }
std::string_view Region::dns_suffix() const { return partition_rule(view()).dns_suffix; }

std::optional<KeyId> KeyId::parse(std::string_view text) {
  if (is_uuid(text)) return KeyId(text);
  if (text.size() == 36 && text.starts_with("mrk-") && std::all_of(text.begin() + 4, text.end(), is_lower_hex)) {
    return KeyId(text);
  }
  return std::nullopt;
}

KeyId KeyId::make(RandomSource& random) { return KeyId(make_uuid(random)); }

std::optional<AliasName> AliasName::parse(std::string_view text) {
  constexpr std::string_view kPrefix = "alias/";
  if (!text.starts_with(kPrefix) || text.size() == kPrefix.size() || text.size() > 256) return std::nullopt;
  const auto allowed = [](char c) {
    return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z') || c == '/' || c == '_' || c == '-';
  };
  if (!std::all_of(text.begin(), text.end(), allowed)) return std::nullopt;
  return AliasName(std::string(text));
}

std::optional<ArnParts> split_arn(std::string_view text) {
  if (!text.starts_with("arn:")) return std::nullopt;
  std::array<std::string_view, 4> head;
  std::size_t start = 4;
  for (std::string_view& part : head) {
    const std::size_t colon = text.find(':', start);
    if (colon == std::string_view::npos) return std::nullopt;
    part = text.substr(start, colon - start);
    start = colon + 1;
  }
  return ArnParts{head[0], head[1], head[2], head[3], text.substr(start)};
}

namespace {
std::string kms_arn(const Scope& scope, std::string_view kind, std::string_view name) {
  std::string arn = "arn:";
  arn.reserve(96 + name.size());
  arn.append(scope.region.partition()).append(":kms:").append(scope.region.view());
  arn.append(":").append(scope.account.view()).append(":").append(kind).append(name);
  return arn;
}
}  // namespace

std::string key_arn(const Scope& scope, const KeyId& key) { return kms_arn(scope, "key/", key.view()); }

std::string alias_arn(const Scope& scope, std::string_view alias_name) { return kms_arn(scope, "", alias_name); }

std::string account_root_arn(std::string_view partition, const AccountId& account) {
  std::string arn = "arn:";
  arn.append(partition).append(":iam::").append(account.view()).append(":root");
  return arn;
}

std::string make_uuid(RandomSource& random) {
  std::array<std::uint8_t, 16> bytes;
  random.fill(bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string text(36, '-');
  const ByteSpan all(bytes);
  char* at = text.data();
  std::size_t done = 0;
  for (const std::size_t group : {4uz, 2uz, 2uz, 2uz, 6uz}) {
    at = hex_into(all.subspan(done, group), at) + 1;
    done += group;
  }
  return text;
}

}  // namespace claviger
