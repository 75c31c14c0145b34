// Parameters that many actions of IAM share, with the names and constraints of AWS's model (IAM API reference).
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "iam/names.h"
#include "iam/record_parts.h"
#include "wire/members.h"

namespace claviger::api::iam_actions {

// The model's constraints that have an upper bound only.
inline constexpr std::int64_t kNoMinimum = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t kNoMaximum = std::numeric_limits<std::int64_t>::max();

namespace patterns {

// Up to U+00FF, and of the control characters only tab, line feed and carriage return.
bool is_document_text(std::string_view text);
// The same without U+007F to U+00A0.
bool is_description_text(std::string_view text);
// Letters, digits and separators of any script, and _.:/=+-@.
bool is_tag_text(std::string_view text);
bool is_path_prefix(std::string_view text);
bool is_word(std::string_view text);
bool is_marker(std::string_view text);
bool is_version_id(std::string_view text);

inline constexpr wire::Pattern kName{
    .expression = R"([\w+=,.@-]+)",
    .matches = [](std::string_view text) { return iam::is_name(text, text.size()); },
    .complaint = "It must contain only alphanumeric characters and/or the following: +=,.@_-"};
inline constexpr wire::Pattern kPath{
    .expression = R"((\u002F)|(\u002F[\u0021-\u007E]+\u002F))",
    .matches = iam::is_path,
    .complaint = "It must begin and end with / and contain only alphanumeric characters and/or / characters."};
inline constexpr wire::Pattern kPathPrefix{
    .expression = R"(\u002F[\u0021-\u007F]*)", .matches = is_path_prefix, .complaint = "It must begin with /"};
inline constexpr wire::Pattern kPolicyPath{
    .expression = R"(((/[A-Za-z0-9\.,\+@=_-]+)*)/)", .matches = iam::is_policy_path, .complaint = kPath.complaint};
inline constexpr wire::Pattern kAccountAlias{.expression = R"(^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$)",
                                             .matches = iam::is_account_alias};
inline constexpr wire::Pattern kDocument{
    .expression = R"([\u0009\u000A\u000D\u0020-\u00FF]+)",
    .matches = is_document_text,
    .complaint = "It must contain only printable ASCII characters or characters of Latin-1."};
inline constexpr wire::Pattern kDescription{.expression = R"([\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*)",
                                            .matches = is_description_text};
inline constexpr wire::Pattern kMarker{.expression = R"([\u0020-\u00FF]+)", .matches = is_marker};
inline constexpr wire::Pattern kTagKey{.expression = R"([\p{L}\p{Z}\p{N}_.:/=+\-@]+)", .matches = is_tag_text};
inline constexpr wire::Pattern kTagValue{.expression = R"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", .matches = is_tag_text};
inline constexpr wire::Pattern kWord{.expression = R"([\w]+)", .matches = is_word};
inline constexpr wire::Pattern kVersionId{.expression = R"(v[1-9][0-9]*(\.[A-Za-z0-9-]*)?)", .matches = is_version_id};

}  // namespace patterns

// ---- Members. new_user_name() is for names of the length that a new one may have; AWS asks for it in some others,
// too. ----

template <auto kPointer>
constexpr auto new_user_name(std::string_view name = "UserName") {
  return wire::required<kPointer>(name, wire::length(1, 64), wire::pattern(patterns::kName));
}
template <auto kPointer>
constexpr auto user_name(std::string_view name = "UserName") {
  return wire::required<kPointer>(name, wire::length(1, 128), wire::pattern(patterns::kName));
}
// Left out, it is the caller's own.
template <auto kPointer>
constexpr auto own_user_name() {
  return wire::optional<kPointer>("UserName", wire::length(1, 128), wire::pattern(patterns::kName));
}
template <auto kPointer>
constexpr auto group_name() {
  return wire::required<kPointer>("GroupName", wire::length(1, 128), wire::pattern(patterns::kName));
}
template <auto kPointer>
constexpr auto role_name() {
  return wire::required<kPointer>("RoleName", wire::length(1, 64), wire::pattern(patterns::kName));
}
template <auto kPointer>
constexpr auto policy_name() {
  return wire::required<kPointer>("PolicyName", wire::length(1, 128), wire::pattern(patterns::kName));
}
template <auto kPointer>
constexpr auto path(std::string_view name = "Path") {
  return wire::optional<kPointer>(name, wire::length(1, 512), wire::pattern(patterns::kPath));
}
template <auto kPointer>
constexpr auto path_prefix() {
  return wire::optional<kPointer>("PathPrefix", wire::length(1, 512), wire::pattern(patterns::kPathPrefix));
}
template <auto kPointer>
constexpr auto policy_path(std::string_view name) {
  return wire::optional<kPointer>(name, wire::length(1, 512), wire::pattern(patterns::kPolicyPath));
}
template <auto kPointer>
constexpr auto arn(std::string_view name) {
  return wire::required<kPointer>(name, wire::length(20, 2048));
}
template <auto kPointer>
constexpr auto policy_arn() {
  return arn<kPointer>("PolicyArn");
}
template <auto kPointer>
constexpr auto document(std::string_view name = "PolicyDocument") {
  return wire::required<kPointer>(name, wire::length(1, 131'072), wire::pattern(patterns::kDocument));
}
template <auto kPointer>
constexpr auto version_id() {
  return wire::required<kPointer>("VersionId", wire::pattern(patterns::kVersionId));
}
template <auto kPointer>
constexpr auto access_key_id() {
  return wire::required<kPointer>("AccessKeyId", wire::length(16, 128), wire::pattern(patterns::kWord));
}
template <auto kPointer>
constexpr auto tags() {
  return wire::optional<kPointer>("Tags", wire::size(kNoMinimum, 50));
}
template <auto kPointer>
constexpr auto required_tags() {
  return wire::required<kPointer>("Tags", wire::size(kNoMinimum, 50));
}
template <auto kPointer>
constexpr auto tag_keys() {
  return wire::required<kPointer>("TagKeys", wire::size(kNoMinimum, 50),
                                  wire::each(wire::length(1, 128), wire::pattern(patterns::kTagKey)));
}

// Of a listing.
template <auto kPointer>
constexpr auto marker() {
  return wire::optional<kPointer>("Marker", wire::length(1, 320), wire::pattern(patterns::kMarker));
}
template <auto kPointer>
constexpr auto max_items() {
  return wire::optional<kPointer>("MaxItems", wire::range(1, 1000));
}
template <auto kPointer>
constexpr auto is_truncated() {
  return wire::required<kPointer>("IsTruncated");
}
template <auto kPointer>
constexpr auto next_marker() {
  return wire::optional<kPointer>("Marker");
}

}  // namespace claviger::api::iam_actions

namespace claviger::wire {
template <>
struct Structure<iam::Tag> {
  static constexpr auto kMembers = wire::members<iam::Tag>(
      wire::required<&iam::Tag::key>("Key", wire::length(1, 128), wire::pattern(api::iam_actions::patterns::kTagKey)),
      wire::required<&iam::Tag::value>("Value", wire::length(0, 256),
                                       wire::pattern(api::iam_actions::patterns::kTagValue)));
};
}  // namespace claviger::wire
