// For tests only: texts of seeds, and what it takes to apply them.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "cli/seed_plan.h"
#include "crypto/random.h"
#include "hsm/keyring.h"
#include "iam/registry.h"
#include "iam/testing.h"
#include "server/testing.h"

namespace claviger::cli {

inline const std::string kSeedKeyId = "bc436485-5092-42b8-92a3-0aa8b93536dc";
inline const std::string kSeedMaterial = "5cdaead27fe7da2de47945d73cd6d79e36494e73802f3cd3869f1d2cb0b5d7a9";

// One account, 111122223333, with these fields.
inline std::string seed_of(const std::string& fields) {
  return "ClavigerSeed: 1\nAccounts:\n  - Account: \"111122223333\"\n" + fields;
}

class SeedApplicationTest : public testing::Test {
 protected:
  // As on a machine of a developer, or on any other.
  explicit SeedApplicationTest(bool development) : development_(development) {}

  Result<SeedChanges> apply(const std::string& text) {
    const auto seed = parse_seed("f", text, {.local_kms = scope_, .development = development_});
    if (!seed) return fail(seed.error());
    return apply_seed(*seed, {store_, log_, keyring_, deployment_, registry_, limits_, clock_, random_});
  }
  std::string error_of(const std::string& text) {
    const auto applied = apply(text);
    return applied ? "" : applied.error().detail();
  }

  const Scope scope_{*AccountId::parse("111122223333"), *Region::parse("us-east-1")};
  ManualClock clock_{from_millis(1'767'225'600'000)};
  crypto::SystemRandom random_;
  hsm::Keyring keyring_ = hsm::Keyring::create_in_memory(random_);
  server::FaultyStore store_;
  server::FaultyLog log_{clock_};
  server::Deployment deployment_{.account = scope_.account, .regions = {scope_.region, *Region::parse("us-east-2")}};
  iam::FakeSealer sealer_;
  iam::Registry registry_{store_, sealer_, clock_};
  api::Limits limits_;

 private:
  const bool development_;
};

}  // namespace claviger::cli
