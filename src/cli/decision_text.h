// A decision told to people: what it rests on, what is missing, and everything that was looked at.
#pragma once

#include <string>

#include "base/json.h"
#include "server/decision_report.h"

namespace claviger::cli {

// Appends the lines of one decision, each ended by a line feed. Control characters of what a request or a policy says
// are escaped: they would reach a terminal.
void append_decision(const server::DecisionReport& report, std::string& text);
// The same as members of the object that `writer` is in.
void write_decision(const server::DecisionReport& report, json::Writer<std::string>& writer);

// Control characters as `\u00XX`; bytes that are not UTF-8 as U+FFFD.
std::string printable(std::string_view text);

}  // namespace claviger::cli
