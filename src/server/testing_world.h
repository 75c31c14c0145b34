// For tests only: everything that a pipeline needs, in memory, and requests signed as an SDK signs them.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/random.h"
#include "hsm/keyring.h"
#include "iam/testing.h"
#include "server/pipeline.h"
#include "server/session_sealer.h"
#include "server/testing.h"

namespace claviger::server {

// The root of the account that tests have.
inline constexpr std::string_view kTestRootArn = "arn:aws:iam::111122223333:root";
// A call of STS, as a form.
inline constexpr std::string_view kGetCallerIdentity = "Action=GetCallerIdentity&Version=2011-06-15";

struct TestReply {
  int status = 0;
  std::string body;
  std::string request_id;  // of the header
  // The error's name; empty for a success.
  std::string error() const { return text_member(body, "__type"); }
  std::string message() const { return text_member(body, "message"); }
};

// The text of the first element of that name in a reply of the Query protocol; empty when there is none.
std::string xml_element(const TestReply& reply, const std::string& name);

// What most worlds do not have. Outlives the world.
struct TestWorldExtras {
  RequestQuotas* quotas = nullptr;
  Interference* interference = nullptr;
};

// A pipeline on a loop that the calls drive.
class TestWorld final {
 public:
  explicit TestWorld(api::Limits limits = {}, ActionTable actions = {}, TestWorldExtras extras = {});

  // The request as an SDK sends it, not signed yet.
  static iam::TestRequest request(std::string_view action, std::string_view body);
  // Signed with the root's key.
  TestReply call(std::string_view action, std::string_view body, std::string_view region = "us-east-1");
  // Signed by somebody else.
  TestReply call_as(const iam::TestSigner& signer, std::string_view action, std::string_view body);
  // Plans with `rule`, which takes an iam::RuleContext, and commits what comes of it.
  template <class Rule>
  void change_iam(Rule rule) {
    const auto snapshot = registry_.snapshot();
    auto planned = rule(iam::RuleContext{*snapshot, clock.now(), random, quotas_});
    CLAVIGER_CHECK(planned);
    commit_iam(std::move(*planned));
  }
  // Another account, with nobody in it.
  void add_account(const AccountId& account);
  // Made by a service, with its name as kms:ViaService has it, for `caller`.
  TestReply call_via(std::string_view service, iam::Caller caller, std::string_view action, std::string_view body,
                     std::string_view region = "us-east-1");
  // The root of the account.
  iam::Caller root() const { return iam::root_caller("aws", deployment_.account, iam::kTestKeyId); }
  // As it is.
  TestReply send(const iam::TestRequest& request);
  // All of them are begun before any of them goes on.
  std::vector<TestReply> send_together(const std::vector<iam::TestRequest>& requests);
  // What `work` returns, which blocks until the loop has applied changes: it runs on a thread of its own meanwhile.
  template <class Work>
  auto run_beside_the_loop(Work work) {
    bool done = false;
    auto result = std::async(std::launch::async, [&] {
      auto value = work();
      loop_.post([&done] { done = true; });
      return value;
    });
    while (!done) loop_.run_next();
    return result.get();
  }
  // The key id of a new key.
  std::string create_key(std::string_view body = "{}");
  keys::KeyRecord record(std::string_view key_id, std::string_view region = "us-east-1");
  // Delivers what related keys owe each other, and deletes the keys that are due.
  Result<std::size_t> replicate();
  Result<std::size_t> sweep();

  ManualClock clock{iam::test_time()};
  // What requests are signed by; it stands still when the other is moved.
  ManualClock client_clock{iam::test_time()};
  hsm::AttestationVerifier attestation;
  crypto::SystemRandom random;
  hsm::Keyring keyring = hsm::Keyring::create_in_memory(random);
  SessionSealer session_sealer{keyring, random};
  const iam::SessionTokens sessions{session_sealer};
  FaultyStore store;
  FaultyLog log{clock};
  iam::FakeSealer credential_sealer;

 private:
  // A request on its way; as a service's when there is one.
  class Sent;
  std::unique_ptr<Sent> begin(const iam::TestRequest& request, const ServiceCall* by = nullptr);
  TestReply finish(const Sent& sent);
  void commit_iam(store::Commit commit);
  template <class Planned>
  void commit_iam(Planned planned) {
    commit_iam(std::move(planned.commit));
  }

  const iam::Quotas quotas_;
  iam::Registry registry_{store, credential_sealer, clock};
  const Deployment deployment_{
      .account = *AccountId::parse(iam::kTestAccount),
      .regions = {*Region::parse("us-east-1"), *Region::parse("eu-west-1"), *Region::parse("ap-southeast-2")}};
  const ActionTable actions_;
  hsm::PurposeSealer markers_{keyring, "marker", random};
  hsm::PurposeSealer grant_tokens_{keyring, "grant-token", random};
  SnapshotLoader loader_{store};
  Logger logger_;
  Endpoints endpoints_{{{"audit", [this] { return log.failure(); }}}, [] { return std::string("metrics\n"); }};
  ChangeBroadcast broadcast_;
  KeyUses key_uses_{store, clock};
  ManagedKeyMaker managed_keys_{recorder_, clock};
  FakeLoop loop_;
  std::unique_ptr<Pipeline> pipeline_;
  // Below the pipeline: both wait, when they go, for what is under way.
  Recorder recorder_{log, store, broadcast_, [] {}};
  BlockingPool pool_{2, 100};
  ComputingPool computing_{keyring, 1, 100};

 public:
  const iam::Registry& registry() const { return registry_; }
  Recorder& recorder() { return recorder_; }
  Logger& logger() { return logger_; }
  KeyUses& key_uses() { return key_uses_; }
  const ActionTable& actions() const { return actions_; }
  const CallCounts& counts() const { return pipeline_->counts(); }
};

}  // namespace claviger::server
