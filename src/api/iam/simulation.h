// What the simulations of policies have in common (IAM API reference, SimulateCustomPolicy, SimulatePrincipalPolicy and
// the two GetContextKeysFor... actions).
//
// A simulation decides as a request is decided, by the same functions; only the context is what the caller says.
// Nothing is asked of any key: its policy counts where it is handed in as ResourcePolicy.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/context.h"
#include "api/iam/fields.h"
#include "policy/document.h"
#include "wire/members.h"

namespace claviger::api::iam_actions {

enum class ContextKeyType : std::uint8_t {
  kString,
  kStringList,
  kNumeric,
  kNumericList,
  kBoolean,
  kBooleanList,
  kIp,
  kIpList,
  kBinary,
  kBinaryList,
  kDate,
  kDateList,
};
struct ContextEntry {
  std::string name;
  std::vector<std::string> values;
  std::optional<ContextKeyType> type;
};

// What both simulations ask.
struct SimulationRequest {
  std::string source_arn;  // of SimulatePrincipalPolicy
  std::vector<std::string> policies;
  std::vector<std::string> boundaries;
  std::vector<std::string> action_names;
  std::vector<std::string> resource_arns;
  std::optional<std::string> resource_policy;
  std::optional<std::string> resource_owner;
  std::optional<std::string> caller_arn;
  std::vector<ContextEntry> context_entries;
  std::optional<std::int32_t> max_items;
  std::optional<std::string> marker;
};

enum class SimulatedDecision : std::uint8_t { kAllowed, kExplicitDeny, kImplicitDeny };
// What AWS answers; its model has other names, which it does not use (`user`, `aws-managed`, `resource`, ...).
enum class SourceType : std::uint8_t { kIamPolicy, kResourcePolicy };
// A place in the text of a policy, in lines and characters from 1 on.
struct Position {
  std::int32_t line = 1;
  std::int32_t column = 1;
  friend bool operator==(const Position&, const Position&) = default;
};
// Where AWS's parser stood when a statement began and when it ended: a statement begins behind the bracket of the list
// or behind the statement before it, one that is not in a list behind its own brace, and each ends behind its last
// brace.
struct StatementSpan {
  Position start, end;
};
struct MatchedStatement {
  std::string policy_id;
  SourceType type = SourceType::kIamPolicy;
  Position start = {};
  Position end = {};
};
struct BoundaryDetail {
  bool allowed = false;
};
// What each type of policy says by itself, by the names of SourceType; of a request from one account to another.
class DecisionDetails final {
 public:
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  static Result<DecisionDetails> from_pairs(Pairs pairs);
  const Pairs& pairs() const { return pairs_; }

 private:
  Pairs pairs_;
};
// An evaluation result as it stands for one resource: the same again.
struct ResourceResult {
  std::string resource;
  SimulatedDecision decision = SimulatedDecision::kImplicitDeny;
  std::vector<MatchedStatement> matched;
  std::vector<std::string> missing_context;
  std::optional<DecisionDetails> details;
  std::optional<BoundaryDetail> boundary;
};
struct EvaluationResult {
  std::string action;
  std::string resource;
  SimulatedDecision decision = SimulatedDecision::kImplicitDeny;
  std::vector<MatchedStatement> matched;
  std::vector<std::string> missing_context;
  std::optional<BoundaryDetail> boundary;
  // Both where a resource is named.
  std::optional<DecisionDetails> details;
  std::optional<std::vector<ResourceResult>> of_resources;
};
struct SimulationResponse {
  std::vector<EvaluationResult> results;
  bool is_truncated = false;
  std::optional<std::string> marker;
};

// An identity policy and how an answer calls it.
struct SimulatedPolicy {
  std::string id;
  std::shared_ptr<const policy::Document> document;
};
// Whose policies are simulated.
struct SimulatedPrincipal {
  std::vector<SimulatedPolicy> policies;
  std::shared_ptr<const policy::Document> boundary;
  std::string arn;  // of a user; else empty
};

// The places of the statements of a policy's text, in their order. Empty when the text is not that of a policy.
std::vector<StatementSpan> statement_spans(std::string_view text);

// Every policy of a user, group or role of the caller's account, by its ARN. kNotFound; kInvalidInput for an ARN that
// is none of these; kUnsupportedOperation for an identity whose policies could not be read.
[[nodiscard]] Result<SimulatedPrincipal> simulated_principal(const Context& context, std::string_view arn);
// The documents of a request, called `PolicyInputList.1` and so on. kInvalidInput.
[[nodiscard]] Result<std::vector<SimulatedPolicy>> parse_policies(const std::vector<std::string>& texts,
                                                                  std::string_view list);

// Decides every action on every resource, one page of them. kInvalidInput.
[[nodiscard]] Result<SimulationResponse> simulate(const Context& context, const SimulationRequest& request,
                                                  SimulatedPrincipal principal);

// The names of the condition keys that the documents use, in conditions and variables, each once, sorted.
std::vector<std::string> context_keys(const std::vector<SimulatedPolicy>& policies);

}  // namespace claviger::api::iam_actions

namespace claviger::wire {

template <>
struct EnumNames<api::iam_actions::ContextKeyType> {
  using E = api::iam_actions::ContextKeyType;
  static constexpr auto kNames = std::to_array<EnumName<E>>({{"string", E::kString},
                                                             {"stringList", E::kStringList},
                                                             {"numeric", E::kNumeric},
                                                             {"numericList", E::kNumericList},
                                                             {"boolean", E::kBoolean},
                                                             {"booleanList", E::kBooleanList},
                                                             {"ip", E::kIp},
                                                             {"ipList", E::kIpList},
                                                             {"binary", E::kBinary},
                                                             {"binaryList", E::kBinaryList},
                                                             {"date", E::kDate},
                                                             {"dateList", E::kDateList}});
};

template <>
struct EnumNames<api::iam_actions::SimulatedDecision> {
  using E = api::iam_actions::SimulatedDecision;
  static constexpr auto kNames = std::to_array<EnumName<E>>(
      {{"allowed", E::kAllowed}, {"explicitDeny", E::kExplicitDeny}, {"implicitDeny", E::kImplicitDeny}});
};

template <>
struct EnumNames<api::iam_actions::SourceType> {
  using E = api::iam_actions::SourceType;
  static constexpr auto kNames =
      std::to_array<EnumName<E>>({{"IAM Policy", E::kIamPolicy}, {"Resource Policy", E::kResourcePolicy}});
};

template <>
struct Structure<api::iam_actions::ContextEntry> {
  using M = api::iam_actions::ContextEntry;
  static constexpr auto kMembers =
      members<M>(optional<&M::name>("ContextKeyName", length(5, 256)), optional<&M::values>("ContextKeyValues"),
                 optional<&M::type>("ContextKeyType"));
};

template <>
struct Structure<api::iam_actions::Position> {
  using M = api::iam_actions::Position;
  static constexpr auto kMembers = members<M>(required<&M::line>("Line"), required<&M::column>("Column"));
};

template <>
struct Structure<api::iam_actions::MatchedStatement> {
  using M = api::iam_actions::MatchedStatement;
  static constexpr auto kMembers =
      members<M>(required<&M::policy_id>("SourcePolicyId"), required<&M::type>("SourcePolicyType"),
                 required<&M::start>("StartPosition"), required<&M::end>("EndPosition"));
};

template <>
struct Structure<api::iam_actions::BoundaryDetail> {
  using M = api::iam_actions::BoundaryDetail;
  static constexpr auto kMembers = members<M>(required<&M::allowed>("AllowedByPermissionsBoundary"));
};

template <>
struct Structure<api::iam_actions::ResourceResult> {
  using M = api::iam_actions::ResourceResult;
  static constexpr auto kMembers = members<M>(
      required<&M::resource>("EvalResourceName"), required<&M::decision>("EvalResourceDecision"),
      required<&M::matched>("MatchedStatements"), required<&M::missing_context>("MissingContextValues"),
      optional<&M::details>("EvalDecisionDetails"), optional<&M::boundary>("PermissionsBoundaryDecisionDetail"));
};

template <>
struct Structure<api::iam_actions::EvaluationResult> {
  using M = api::iam_actions::EvaluationResult;
  static constexpr auto kMembers =
      members<M>(required<&M::action>("EvalActionName"), required<&M::resource>("EvalResourceName"),
                 required<&M::decision>("EvalDecision"), required<&M::matched>("MatchedStatements"),
                 required<&M::missing_context>("MissingContextValues"),
                 unsupported("OrganizationsDecisionDetail", "there are no organizations"),
                 optional<&M::boundary>("PermissionsBoundaryDecisionDetail"),
                 optional<&M::details>("EvalDecisionDetails"), optional<&M::of_resources>("ResourceSpecificResults"));
};

}  // namespace claviger::wire

namespace claviger::api::iam_actions {

inline constexpr auto kSimulationResponse = wire::members<SimulationResponse>(
    wire::required<&SimulationResponse::results>("EvaluationResults"),
    is_truncated<&SimulationResponse::is_truncated>(), next_marker<&SimulationResponse::marker>());

// ---- Members. ----

template <auto kPointer, bool kRequired>
constexpr auto policy_list(std::string_view name) {
  const auto each = wire::each(wire::length(1, 131'072), wire::pattern(patterns::kDocument));
  if constexpr (kRequired) {
    return wire::required<kPointer>(name, each);
  } else {
    return wire::optional<kPointer>(name, each);
  }
}

struct ContextKeysResponse {
  std::vector<std::string> names;
};
inline constexpr auto kContextKeysResponse =
    wire::members<ContextKeysResponse>(wire::required<&ContextKeysResponse::names>("ContextKeyNames"));

}  // namespace claviger::api::iam_actions
