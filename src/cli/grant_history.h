// Which grants somebody once had on a key, from the audit log.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace claviger::cli {

// A grant that was revoked or retired.
struct GoneGrant {
  std::string grant_id;
  std::string event_name;  // RevokeGrant or RetireGrant
  std::string time, request_id;
};

// Is shown the events on one key, oldest first. Not thread-safe.
class GrantHistory final {
 public:
  // Of gone grants the newest ones are kept.
  static constexpr std::size_t kMaxGone = 16;

  // `grantees` are all ways to name who the grants are for: ARNs, and the digits of an account.
  explicit GrantHistory(std::vector<std::string> grantees) : grantees_(std::move(grantees)) {}
  // Anything that is no event on grants is passed over.
  void see(std::string_view event);
  // Oldest first.
  const std::deque<GoneGrant>& gone() const { return gone_; }

 private:
  const std::vector<std::string> grantees_;
  json::Parser parser_;
  std::set<std::string, std::less<>> there_;
  std::deque<GoneGrant> gone_;
};

}  // namespace claviger::cli
