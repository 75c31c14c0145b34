// Fills a Trace. Internal to this room.
#pragma once

#include "policy/decision.h"
#include "policy/trace.h"

namespace claviger::policy {

// `resource_type` is kNone for an operation without a resource policy. Grants are not looked at.
void explain(const Question& question, const Policies& policies, PolicyType resource_type, Trace& trace);

}  // namespace claviger::policy
