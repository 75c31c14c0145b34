// What decisions and their parts are called, for people. Internal to cli/.
#pragma once

#include <string_view>

#include "policy/decision.h"
#include "server/decision_report.h"

namespace claviger::cli {

std::string_view name_of(policy::Verdict verdict);
std::string_view name_of(policy::PolicyType type);
std::string_view name_of(policy::ConditionResult result);
// A sentence without its full stop; `trust`: of a decision whether a role may be assumed.
std::string_view sentence_of(policy::Reason reason, bool trust = false);
std::string_view sentence_of(server::Undecided why);

}  // namespace claviger::cli
