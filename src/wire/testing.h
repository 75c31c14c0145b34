// For tests, fuzz targets and benchmarks only: declarations that use every kind and every option.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/encryption_context.h"
#include "base/secret.h"
#include "wire/members.h"

namespace claviger::wire::testing {

enum class Colour { kRed, kGreen, kBlue };

struct Tag {
  std::string key;
  std::string value;
};

struct Everything {
  std::string name;
  std::optional<std::string> alias;
  SecretBytes secret;
  Bytes blob;
  std::optional<bool> flag;
  bool dry_run = false;
  std::optional<std::int32_t> count;
  std::optional<std::int64_t> big;
  std::optional<WallTime> time;
  Colour colour = Colour::kRed;
  std::vector<Colour> colours;
  std::vector<std::string> tokens;
  std::vector<Tag> tags;
  std::vector<Bytes> blobs;
  EncryptionContext context;
  std::optional<Tag> tag;
  std::string password;
  SecretText token{};
  std::string document{};
};

inline constexpr Pattern kAliasPattern{
    .expression = "^alias/.*$",
    .matches = [](std::string_view text) { return text.starts_with("alias/"); },
};

inline constexpr Pattern kDocumentPattern{
    .expression = "[^!]+",
    .matches = [](std::string_view text) { return !text.contains('!'); },
    .complaint = "It must not contain an exclamation mark",
};

}  // namespace claviger::wire::testing

namespace claviger {

template <>
struct wire::EnumNames<wire::testing::Colour> {
  using Colour = wire::testing::Colour;
  static constexpr auto kNames = std::to_array<wire::EnumName<Colour>>(
      {{"RED", Colour::kRed}, {"GREEN", Colour::kGreen}, {"BLUE", Colour::kBlue}});
};

template <>
struct wire::Structure<wire::testing::Tag> {
  using Tag = wire::testing::Tag;
  static constexpr auto kMembers = wire::members<Tag>(wire::required<&Tag::key>("TagKey", wire::length(1, 4)),
                                                      wire::required<&Tag::value>("TagValue", wire::length(0, 4)));
};

}  // namespace claviger

namespace claviger::wire::testing {

inline constexpr auto kEverything = members<Everything>(
    required<&Everything::name>("Name", length(1, 8)),
    optional<&Everything::alias>("Alias", length(1, 12), pattern(kAliasPattern)),
    optional<&Everything::secret>("Secret", length(1, 4), sensitive), optional<&Everything::blob>("Blob", length(1, 4)),
    optional<&Everything::flag>("Flag"), optional<&Everything::dry_run>("DryRun", not_audited),
    optional<&Everything::count>("Count", range(1, 10)), optional<&Everything::big>("Big", range(-5, 5'000'000'000)),
    optional<&Everything::time>("Time"),
    optional<&Everything::colour>("Colour", audit_always, only(Colour::kRed, Colour::kGreen)),
    optional<&Everything::colours>("Colours", size(0, 2), only(Colour::kRed)),
    optional<&Everything::tokens>("Tokens", size(1, 3), each(length(1, 4)), not_audited),
    optional<&Everything::tags>("Tags", size(0, 3)), optional<&Everything::blobs>("Blobs", each(length(1, 2))),
    optional<&Everything::context>("Context", size(0, 2)), optional<&Everything::tag>("AWSTag"),
    optional<&Everything::password>("Password", length(2, 4), sensitive),
    optional<&Everything::token>("Token", length(2, 4)),
    optional<&Everything::document>("Document", length(1, 64), pattern(kDocumentPattern), url_encoded),
    unsupported("Recipient", "attested enclaves are not built"));

inline SecretBytes secret_of(std::string_view text) { return SecretBytes::copy_of(as_bytes(text)); }

// With every member of kEverything but the last two.
inline Everything full_example() {
  return {.name = "n\"\n",
          .alias = "",
          .secret = secret_of("canary"),
          .blob = {1, 2, 3},
          .flag = false,
          .dry_run = true,
          .count = -1,
          .big = 5'000'000'000,
          .time = from_millis(1747806465120),
          .colour = Colour::kBlue,
          .colours = {Colour::kRed, Colour::kGreen},
          .tokens = {"gt"},
          .tags = {{"a", "1"}, {"b", ""}},
          .blobs = {{1}, {2}},
          .context = *EncryptionContext::from_pairs({{"z", "1"}, {"a", "\u00e9"}}),
          .tag = Tag{"k", "v"},
          .password = "hunter2"};
}

}  // namespace claviger::wire::testing
