#include "cli/control_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/seed_fields.h"
#include "iam/timestamp.h"
#include "server/action_models.h"
#include "server/replication_hold.h"

namespace claviger::cli {
namespace {

// More than there are to kLatestTime, and no danger to arithmetic in milliseconds.
constexpr std::int64_t kMaxSeconds = 100'000'000'000;
constexpr std::int64_t kMaxCount = 1'000'000'000;
constexpr std::int64_t kMaxHeldSeconds = 86'400;
constexpr std::size_t kMaxMessageBytes = 1024;

// A whole number of decimal digits.
std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stop != end || value < 0) return std::nullopt;
  return value;
}

// `2026-01-31T23:59:59Z`
std::optional<WallTime> parse_time(std::string_view text) {
  constexpr std::string_view kForm = "2026-01-31T23:59:59Z";
  if (text.size() != kForm.size()) return std::nullopt;
  std::string basic;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kForm[i] != '-' && kForm[i] != ':') {
      basic += text[i];
    } else if (text[i] != kForm[i]) {
      return std::nullopt;
    }
  }
  return iam::parse_basic_iso8601(basic);
}

// A whole number of a field, from `least` to `most`; nullopt when the field is not there.
Result<std::optional<std::int64_t>> read_number(std::string_view file, const SeedFields& fields, std::string_view name,
                                                std::int64_t least, std::int64_t most) {
  const yaml::Node* node = fields.find(name);
  if (node == nullptr) return std::nullopt;
  const auto number = parse_number(node->text);
  if (number && *number >= least && *number <= most) return number;
  return yaml::fail_at(file, node->place, fmt::format("{} must be a whole number from {} to {}", name, least, most));
}

Result<std::vector<std::string>> read_actions(std::string_view file, const SeedFields& fields) {
  std::vector<std::string> actions;
  CLAVIGER_ASSIGN(const auto texts, read_seed_texts(file, fields, "Actions"));
  const auto known = server::model_actions(Service::kKms);
  for (const SeedText& text : texts) {
    if (std::ranges::find(known, text.text) == known.end()) {
      return yaml::fail_at(file, text.place, fmt::format("{} is not an action of KMS", text.text));
    }
    actions.push_back(text.text);
  }
  if (!actions.empty() && actions.size() <= server::kMaxFaultActions) return actions;
  return fields.fail_here(
      fmt::format("Actions must name 1 to {} actions; leave it out for all of them", server::kMaxFaultActions));
}

Result<double> read_share(std::string_view file, const yaml::Node& node) {
  double share = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, share);
  // Written so that what is not a number is refused too.
  if (error == std::errc() && stop == end && share > 0 && share <= 1) return share;
  return yaml::fail_at(file, node.place, "Share must be a number above 0 and up to 1");
}

Result<server::Fault> read_fault(std::string_view file, const yaml::Node& node) {
  CLAVIGER_ASSIGN(const SeedFields fields,
                  SeedFields::of(file, node, "a fault",
                                 {"Actions", "KeyId", "Count", "Share", "Error", "Message", "DelayMilliseconds"}));
  server::Fault fault;
  if (fields.find("Actions") != nullptr) {
    CLAVIGER_ASSIGN(fault.actions, read_actions(file, fields));
  }
  if (const yaml::Node* key = fields.find("KeyId")) {
    fault.key = KeyId::parse(key->text);
    if (!fault.key) return yaml::fail_at(file, key->place, "KeyId must be the id of a key, without an ARN around it");
  }
  CLAVIGER_ASSIGN(const auto count, read_number(file, fields, "Count", 1, kMaxCount));
  if (count) fault.count = static_cast<std::uint64_t>(*count);
  if (const yaml::Node* share = fields.find("Share")) {
    CLAVIGER_ASSIGN(fault.share, read_share(file, *share));
  }
  if (const yaml::Node* error = fields.find("Error")) {
    fault.error = server::kms_error_named(error->text);
    if (!fault.error) return yaml::fail_at(file, error->place, "Error must be the name of an error of KMS");
  }
  CLAVIGER_ASSIGN(fault.message, fields.text("Message", ""));
  if (fault.message.size() > kMaxMessageBytes || (!fault.error && !fault.message.empty())) {
    return fields.fail_here(fmt::format("Message belongs to an Error and has at most {} bytes", kMaxMessageBytes));
  }
  CLAVIGER_ASSIGN(const auto delay, read_number(file, fields, "DelayMilliseconds", 1, server::kMaxFaultDelay.count()));
  fault.delay = std::chrono::milliseconds(delay.value_or(0));
  if (!fault.error && !delay) return fields.fail_here("a fault must have an Error, DelayMilliseconds or both");
  return fault;
}

}  // namespace

Result<std::vector<server::Fault>> read_faults(std::string_view file, const yaml::Node& node) {
  if (node.kind != yaml::Kind::kList || node.children.size() > server::kMaxFaults) {
    return yaml::fail_at(file, node.place, fmt::format("Faults must be a list of at most {}", server::kMaxFaults));
  }
  std::vector<server::Fault> faults;
  for (const yaml::Node& fault : node.children) {
    CLAVIGER_ASSIGN(faults.emplace_back(), read_fault(file, fault));
  }
  return faults;
}

Result<server::VisibilityDelays> read_visibility_delays(std::string_view file, const yaml::Node& node) {
  CLAVIGER_ASSIGN(const SeedFields fields, SeedFields::of(file, node, "a visibility delay",
                                                          {"GrantsSeconds", "AliasesSeconds", "PoliciesSeconds"}));
  server::VisibilityDelays delays;
  CLAVIGER_ASSIGN(const auto grants, read_number(file, fields, "GrantsSeconds", 0, kMaxHeldSeconds));
  CLAVIGER_ASSIGN(const auto aliases, read_number(file, fields, "AliasesSeconds", 0, kMaxHeldSeconds));
  CLAVIGER_ASSIGN(const auto policies, read_number(file, fields, "PoliciesSeconds", 0, kMaxHeldSeconds));
  delays.grants = std::chrono::seconds(grants.value_or(0));
  delays.aliases = std::chrono::seconds(aliases.value_or(0));
  delays.policies = std::chrono::seconds(policies.value_or(0));
  return delays;
}

Result<std::set<KeyId>> read_held_keys(std::string_view file, const yaml::Node& node) {
  CLAVIGER_ASSIGN(const SeedFields fields, SeedFields::of(file, node, "the body", {"HeldKeys"}));
  CLAVIGER_ASSIGN(const yaml::Node* const list, fields.require("HeldKeys"));
  if (list->kind != yaml::Kind::kList || list->children.size() > server::kMaxHeldKeys) {
    return yaml::fail_at(file, list->place, fmt::format("HeldKeys must be a list of at most {}", server::kMaxHeldKeys));
  }
  std::set<KeyId> keys;
  for (const yaml::Node& entry : list->children) {
    const auto key = KeyId::parse(entry.text);
    if (!key || !key->is_multi_region()) {
      return yaml::fail_at(file, entry.place,
                           "an entry of HeldKeys must be the id of a multi-Region key, without an ARN around it");
    }
    keys.insert(*key);
  }
  return keys;
}

Result<server::ClockMove> read_clock_move(std::string_view file, const yaml::Node& node) {
  CLAVIGER_ASSIGN(const SeedFields fields, SeedFields::of(file, node, "a clock", {"MoveTo", "AdvanceSeconds"}));
  const yaml::Node* to = fields.find("MoveTo");
  const yaml::Node* by = fields.find("AdvanceSeconds");
  if ((to == nullptr) == (by == nullptr)) return fields.fail_here("a clock has one of MoveTo and AdvanceSeconds");
  if (to != nullptr) {
    const auto time = parse_time(to->text);
    if (time) return *time;
    return yaml::fail_at(file, to->place, "MoveTo must be a time in UTC, such as 2030-01-31T12:00:00Z");
  }
  const auto seconds = parse_number(by->text);
  if (seconds && *seconds > 0 && *seconds <= kMaxSeconds) return std::chrono::seconds(*seconds);
  return yaml::fail_at(file, by->place, fmt::format("AdvanceSeconds must be a whole number from 1 to {}", kMaxSeconds));
}

}  // namespace claviger::cli
