// Related multi-Region keys without a server, for tests: messages between them are delivered one by one.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "keys/multi_region_rules.h"
#include "keys/test_fixtures.h"

namespace claviger::keys {

inline const Region kHere = test_scope().region;
inline const Region kThere = *Region::parse("us-east-1");
inline const Region kElsewhere = *Region::parse("ap-southeast-2");

inline KeyRecord primary_key() {
  KeyRecord key = test_key();
  key.id = test_multi_region_key_id();
  key.multi_region = {.primary = kHere, .replicas = {}, .version = 1};
  return key;
}

inline Bytes token_in(const Region& region, const Material& material) {
  Bytes token = to_bytes(as_bytes(region.view()));
  token.insert(token.end(), material.id.begin(), material.id.end());
  return token;
}

// Related keys, and messages between them that are delivered one by one.
struct Family {
  explicit Family(std::vector<Region> replicas = {}) {
    keys.emplace(kHere, primary_key());
    for (const Region& region : replicas) replicate(region);
    deliver();
  }
  KeyRecord& at(const Region& region) { return keys.at(region); }
  void change(const Region& region, const std::function<void(KeyRecord&)>& how) {
    const KeyRecord old = at(region);
    how(at(region));
    changed(old, region);
  }
  void changed(const KeyRecord& old, const Region& region) {
    count_shared_change(old, at(region));
    for (const Region& to : regions_to_tell(old, at(region))) owed.emplace(to, region);
    ASSERT_TRUE(decode_key(at(region).scope, at(region).id, encode(at(region))).has_value()) << region.view();
  }
  void replicate(const Region& to) {
    const KeyRecord old = at(kHere);
    KeyRecord replica = add_replica(at(kHere), to, {.created = kNow, .description = "replica"});
    keys.insert_or_assign(to, std::move(replica));
    changed(old, kHere);
  }
  void promote(const Region& from, const Region& to) {
    const KeyRecord old = at(from);
    begin_promotion(at(from), at(to));
    changed(old, from);
  }
  // Of all that is owed, once or until nothing is.
  void deliver() {
    while (!owed.empty() || !reports.empty()) {
      if (!owed.empty()) {
        const auto [to, from] = *owed.begin();
        owed.erase(owed.begin());
        receive(to, from);
        continue;
      }
      auto [from, to, report] = reports.back();
      reports.pop_back();
      const KeyRecord old = at(to);
      const Reported reported = apply_report(at(to), from, report, kNow);
      if (reported.forward_to) reports.insert(reports.begin(), {from, *reported.forward_to, report});
      changed(old, to);
    }
  }
  void receive(const Region& to, const Region& from) {
    SharedState state = shared_state(at(from));
    std::vector<Bytes> tokens;
    const bool travels = state.origin == KeyOrigin::kAwsKms;
    for (const Material& material : state.materials) {
      if (travels) tokens.push_back(token_in(to, material));
    }
    if (travels && state.pending_material) tokens.push_back(token_in(to, state.pending_material->material));
    const KeyRecord old = at(to);
    ASSERT_TRUE(apply_state(at(to), std::move(state), std::move(tokens), kNow).has_value());
    if (const auto report = report_due(at(to))) reports.push_back({to, at(to).multi_region->primary, *report});
    changed(old, to);
  }

  struct Report {
    Region from, to;
    ReplicaReport report;
  };
  std::map<Region, KeyRecord> keys;
  std::set<std::pair<Region, Region>> owed;  // to, from
  std::vector<Report> reports;
};

}  // namespace claviger::keys
