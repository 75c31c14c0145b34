#include "server/grant_sources.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/kms/common.h"
#include "api/kms/grant.h"
#include "iam/caller.h"
#include "keys/test_fixtures.h"
#include "server/resolver.h"
#include "server/testing.h"
#include "server/testing_waiter.h"
#include "store/testing_store.h"

namespace claviger::server {
namespace {

using enum keys::GrantOperation;
using api::Target;
using keys::GrantId;
using keys::GrantPrincipal;
using policy::Grantee;
using policy::PrincipalKind;

constexpr std::string_view kOwnRoot = "arn:aws:iam::111122223333:root";
constexpr std::string_view kOtherRoot = "arn:aws:iam::444455556666:root";
constexpr std::string_view kGranteeSession = "arn:aws:sts::444455556666:assumed-role/r/s";
const AccountId kGranteeAccount = *AccountId::parse("444455556666");

const policy::Principal kGranteeRoot{.kind = PrincipalKind::kRoot, .account = kGranteeAccount, .arn = kOtherRoot};
const policy::Principal kGranteeUser{.kind = PrincipalKind::kUser,
                                     .account = kGranteeAccount,
                                     .arn = "arn:aws:iam::444455556666:user/u",
                                     .unique_id = "AIDAU"};
const policy::Principal kGranteeRole{.kind = PrincipalKind::kAssumedRole,
                                     .account = kGranteeAccount,
                                     .arn = kGranteeSession,
                                     .role_arn = "arn:aws:iam::444455556666:role/r",
                                     .unique_id = "AROAR"};
const policy::Principal kGranteeService{.kind = PrincipalKind::kService, .arn = "logs.amazonaws.com"};

GrantId grant_id(std::size_t number) { return *GrantId::parse(fmt::format("{:064x}", number)); }

keys::GrantRecord grant_to(GrantPrincipal grantee, keys::GrantOperations operations) {
  keys::GrantRecord grant;
  grant.grantee = std::move(grantee);
  grant.issuer = keys::test_scope().account;
  grant.operations = operations;
  return grant;
}
GrantPrincipal account_grantee(std::string_view arn) { return {std::string(arn), ""}; }
const GrantPrincipal kUserGrantee{"arn:aws:iam::444455556666:user/u", "AIDAU"};
const GrantPrincipal kRoleGrantee{"arn:aws:iam::444455556666:role/r", "AROAR"};

TEST(GrantIdentities, AreTheCallerWhatIsBehindItAndItsAccount) {
  const Region region = keys::test_scope().region;
  const auto texts = [&](const policy::Principal& principal) {
    std::string text;
    for (const GrantIdentity& as : grant_identities(principal, region)) text += as.identity + ";";
    return text;
  };
  EXPECT_EQ(texts(kGranteeRoot), std::string(kOtherRoot) + ";;;");
  EXPECT_EQ(texts(kGranteeUser), "AIDAU;;" + std::string(kOtherRoot) + ";") << "by its id, never by its ARN";
  EXPECT_EQ(texts(kGranteeRole), std::string(kGranteeSession) + ";AROAR;" + std::string(kOtherRoot) + ";");
  EXPECT_EQ(texts(kGranteeService), ";;;");
}

// Who may retire a grant, and as what.
TEST(RetiredGrant, IsForRetiringPrincipalGranteeAndIssuer) {
  struct Row {
    const char* name;
    keys::GrantRecord grant;
    policy::Principal caller;
    std::optional<Grantee> as;
  };
  const auto with = [](keys::GrantRecord grant, std::optional<GrantPrincipal> retiring, std::string_view issuer) {
    grant.retiring = std::move(retiring);
    grant.issuer = *AccountId::parse(issuer);
    return grant;
  };
  const keys::GrantRecord plain = grant_to(kUserGrantee, {kEncrypt});
  const keys::GrantRecord retirable = grant_to(kUserGrantee, {kEncrypt, kRetireGrant});
  const Row rows[] = {
      {"grantee without RetireGrant", with(plain, {}, "111122223333"), kGranteeUser, {}},
      {"grantee with RetireGrant", with(retirable, {}, "111122223333"), kGranteeUser, Grantee::kCaller},
      {"retiring principal", with(plain, kUserGrantee, "111122223333"), kGranteeUser, Grantee::kCaller},
      {"namesake of it", with(plain, GrantPrincipal{kUserGrantee.arn, "AIDAOLD"}, "111122223333"), kGranteeUser, {}},
      {"session of the retiring role", with(plain, kRoleGrantee, "111122223333"), kGranteeRole, Grantee::kSource},
      {"that very session", with(plain, account_grantee(kGranteeSession), "111122223333"), kGranteeRole,
       Grantee::kCaller},
      {"its account retires", with(plain, account_grantee(kOtherRoot), "111122223333"), kGranteeRole,
       Grantee::kAccount},
      {"its account's root", with(plain, account_grantee(kOtherRoot), "111122223333"), kGranteeRoot, Grantee::kCaller},
      {"account that made it", with(plain, {}, "444455556666"), kGranteeRole, Grantee::kAccount},
      {"root of the account that made it", with(plain, {}, "444455556666"), kGranteeRoot, Grantee::kAccount},
      {"somebody else", with(retirable, kRoleGrantee, "111122223333"), kGranteeRoot, {}},
      {"a service", with(retirable, kRoleGrantee, "111122223333"), kGranteeService, {}},
  };
  for (const Row& row : rows) {
    const api::GrantSnapshot grant{{{keys::test_scope(), keys::test_key_id()}, grant_id(1)}, row.grant, 1};
    const auto use = RetiredGrant(row.caller, grant).find("kms:RetireGrant");
    EXPECT_EQ(use ? std::optional(use->grantee) : std::nullopt, row.as) << row.name;
  }
}

// One key of account 111122223333, with the default policy; callers of account 444455556666.
class Grants : public testing::Test {
 protected:
  Grants() {
    const keys::KeyRecord key = keys::test_key();
    store::Commit commit;
    commit.mutations.push_back(store::Put{keys::layout::key(key.scope, key.id), keys::encode(key)});
    CLAVIGER_CHECK(store::commit_now(store_, std::move(commit)).has_value());
    store_.after_range([this](std::string_view prefix) { reads_ += prefix.starts_with(keys::layout::kGrantsFor); });
  }

  static void append(store::Commit& commit, const GrantId& id, const keys::GrantRecord& grant) {
    const KeyId key = keys::test_key_id();
    const Bytes bytes = keys::encode(grant);
    commit.mutations.emplace_back(store::Put{keys::layout::grant(keys::test_scope(), key, id), bytes});
    commit.mutations.emplace_back(
        store::Put{keys::layout::grant_for(keys::test_scope(), key, grant.grantee.identity(), id), bytes});
  }
  // As the broadcast does.
  void apply(store::Commit commit) {
    std::vector<store::Change> changes;
    for (const store::Mutation& mutation : commit.mutations) {
      std::visit([&](const auto& change) { changes.push_back({change.key, 0, false}); }, mutation);
    }
    CLAVIGER_CHECK(store::commit_now(store_, std::move(commit)).has_value());
    directory_.apply(changes);
  }
  void put(std::size_t number, const keys::GrantRecord& grant) {
    store::Commit commit;
    append(commit, grant_id(number), grant);
    apply(std::move(commit));
  }
  void remove(std::size_t number, const keys::GrantRecord& grant) {
    store::Commit commit;
    api::kms::append_deletion({{keys::test_scope(), keys::test_key_id()}, grant_id(number)}, grant, commit.mutations);
    apply(std::move(commit));
  }

  static iam::Caller root() { return iam::root_caller("aws", kGranteeAccount, "AKIAIOSFODNN7EXAMPLE"); }

  Target target(std::string_view permission, const EncryptionContext* context = nullptr) {
    Target target = api::kms::used_key(key_arn_, permission, keys::EncryptionAlgorithm::kSymmetricDefault);
    target.encryption_context = context;
    return target;
  }
  // Resolves and decides, waiting for the store as often as it must. Keeps the resolver.
  Status decide(const iam::Caller& caller, std::vector<Target> targets) {
    const Scope scope{caller.account, keys::test_scope().region};
    const RequestFacts facts{caller, scope, request_, clock_};
    resolver_.emplace(directory_, caller, scope);
    while (true) {
      Result<bool> done = resolver_->resolve(targets, waiter_);
      if (done && *done) done = resolver_->authorize(waiter_, facts, "kms:None");
      if (!done) return std::unexpected(done.error());
      if (*done) return {};
      loop_.run_next();
    }
  }
  bool allowed(const iam::Caller& caller, const Target& target) { return decide(caller, {target}).has_value(); }
  const std::string key_arn_ = keys::test_key().arn();
  FaultyStore store_;
  int reads_ = 0;
  SnapshotLoader loader_{store_};
  FakeLoop loop_;
  BlockingPool pool_{1, 10};
  Directory directory_{loop_, pool_, loader_, 1000};
  CountingWaiter waiter_;
  const http::Request request_;
  const ManualClock clock_{from_millis(0)};
  std::optional<Resolver> resolver_;
};

TEST_F(Grants, AllowWhatNoPolicyAllowsUntilTheyAreGone) {
  const iam::Caller caller = root();
  const keys::GrantRecord grant = grant_to(account_grantee(kOtherRoot), {kEncrypt});
  EXPECT_FALSE(allowed(caller, target("kms:Encrypt")));
  put(1, grant);
  EXPECT_TRUE(allowed(caller, target("kms:Encrypt")));
  ASSERT_NE(resolver_->resolved()[0].grant, nullptr);
  EXPECT_EQ(resolver_->resolved()[0].grant->place.grant, grant_id(1));
  EXPECT_FALSE(allowed(caller, target("kms:Decrypt")));
  remove(1, grant);
  EXPECT_FALSE(allowed(caller, target("kms:Encrypt")));
}

TEST_F(Grants, AreNotAskedWhereAPolicyAllows) {
  const iam::Caller owner = iam::root_caller("aws", keys::test_scope().account, "AKIAIOSFODNN7EXAMPLE");
  put(1, grant_to(account_grantee(kOwnRoot), {kEncrypt}));
  EXPECT_TRUE(allowed(owner, target("kms:Encrypt")));
  EXPECT_EQ(resolver_->resolved()[0].grant, nullptr);
  EXPECT_EQ(reads_, 0);
}

TEST_F(Grants, OfEachTargetOfACallAreItsOwn) {
  const EncryptionContext from = EncryptionContext::from_pairs({{"a", "1"}}).value();
  const EncryptionContext to = EncryptionContext::from_pairs({{"b", "2"}}).value();
  keys::GrantRecord source = grant_to(account_grantee(kOtherRoot), {kReEncryptFrom});
  source.constraint = {keys::ConstraintType::kEquals, from};
  keys::GrantRecord destination = grant_to(account_grantee(kOtherRoot), {kReEncryptTo});
  destination.constraint = {keys::ConstraintType::kSubset, to};
  put(1, source);
  put(2, destination);
  const auto re_encrypt = [&](const EncryptionContext& source_context, const EncryptionContext& destination_context) {
    return decide(root(),
                  {target("kms:ReEncryptFrom", &source_context), target("kms:ReEncryptTo", &destination_context)})
        .has_value();
  };
  EXPECT_TRUE(re_encrypt(from, to));
  EXPECT_EQ(resolver_->resolved()[0].grant->place.grant, grant_id(1));
  EXPECT_EQ(resolver_->resolved()[1].grant->place.grant, grant_id(2));
  EXPECT_FALSE(re_encrypt(to, from));
  EXPECT_FALSE(re_encrypt(from, from));
  EXPECT_FALSE(re_encrypt(to, to));
}

TEST_F(Grants, OfACreatorCoverWhatIsCreated) {
  keys::GrantRecord narrow = grant_to(account_grantee(kOtherRoot), {kCreateGrant, kDecrypt});
  narrow.constraint = {keys::ConstraintType::kSubset, EncryptionContext::from_pairs({{"a", "1"}}).value()};
  put(1, narrow);
  Target create = target("kms:CreateGrant");
  create.child = {.operations = {kDecrypt}};
  EXPECT_FALSE(allowed(root(), create)) << "without the constraint";
  put(2, grant_to(account_grantee(kOtherRoot), {kCreateGrant, kDecrypt}));
  EXPECT_TRUE(allowed(root(), create)) << "another grant of the same caller is wide enough";
  EXPECT_EQ(resolver_->resolved()[0].grant->place.grant, grant_id(2));
  create.child.operations.add(kEncrypt);
  EXPECT_FALSE(allowed(root(), create));
}

TEST_F(Grants, ThatThereAreNoneIsRememberedToo) {
  EXPECT_FALSE(allowed(root(), target("kms:Encrypt")));
  EXPECT_EQ(reads_, 1);
  EXPECT_FALSE(allowed(root(), target("kms:Encrypt")));
  EXPECT_EQ(reads_, 1);
}

// 100,000 grants to others change nothing for one grantee: neither how often the store is read, nor what.
TEST_F(Grants, OfOthersCostNothing) {
  put(1, grant_to(account_grantee(kOtherRoot), {kEncrypt}));
  EXPECT_TRUE(allowed(root(), target("kms:Encrypt")));
  EXPECT_EQ(reads_, 1);
  // Below a sanitizer making them takes seconds; ten pages of the store tell the same.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr std::size_t kGrants = 10'000;
#else
  constexpr std::size_t kGrants = 100'000;
#endif
  for (std::size_t made = 2; made < kGrants;) {
    store::Commit commit;
    for (; made < kGrants && commit.mutations.size() + 2 <= store::kMaxMutationsPerCommit; ++made) {
      append(commit, grant_id(made),
             grant_to({"arn:aws:iam::444455556666:role/x", fmt::format("AROA{}", made)}, {kEncrypt}));
    }
    apply(std::move(commit));
  }
  EXPECT_TRUE(allowed(root(), target("kms:Encrypt")));
  EXPECT_EQ(reads_, 1) << "others' grants do not even empty what is remembered";
  directory_.apply(
      {{keys::layout::grant_for(keys::test_scope(), keys::test_key_id(), kOtherRoot, grant_id(1)), 0, false}});
  EXPECT_TRUE(allowed(root(), target("kms:Encrypt")));
  EXPECT_EQ(reads_, 2) << "one page of the store";
}

TEST_F(Grants, ThatCannotBeReadAreRefused) {
  store::Commit commit;
  const std::string place = keys::layout::grant_for(keys::test_scope(), keys::test_key_id(), kOtherRoot, grant_id(1));
  commit.mutations.emplace_back(store::Put{place, Bytes{9, 9}});
  apply(std::move(commit));
  const Status status = decide(root(), {target("kms:Encrypt")});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kCorrupt);
}

TEST_F(Grants, ToRetireAreFoundByTheirIdAndDecidedByThemselves) {
  const std::string id(grant_id(1).view());
  Target retire = api::kms::managed_key(key_arn_, "kms:RetireGrant", keys::StateRule::kAny);
  retire.cross_account = true;
  retire.grant_id = id;
  const Status missing = decide(root(), {retire});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  keys::GrantRecord grant = grant_to(account_grantee(kOtherRoot), {kEncrypt});
  put(1, grant);
  EXPECT_EQ(decide(root(), {retire}).error().code(), ErrorCode::kAccessDenied);
  grant.operations.add(kRetireGrant);
  put(1, grant);
  EXPECT_TRUE(allowed(root(), retire));
  EXPECT_EQ(resolver_->resolved()[0].grant->record, grant);
  remove(1, grant);
  EXPECT_EQ(decide(root(), {retire}).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace claviger::server
