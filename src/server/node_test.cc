#include "server/node.h"

#include <gtest/gtest.h>

#include "http/test_client.h"
#include "iam/testing.h"
#include "keys/test_fixtures.h"
#include "server/testing.h"
#include "store/testing_store.h"

namespace claviger::server {
namespace {

// A node on a free port, with one loop.
class NodeTest : public testing::Test {
 protected:
  NodeTest() {
    const auto key = iam::given_access_key(iam::kTestKeyId, SecretBytes::copy_of(as_bytes(iam::kTestSecret)));
    CLAVIGER_CHECK(key && registry_.put_root(*AccountId::parse(iam::kTestAccount), *key));
  }
  std::unique_ptr<Node> make(const Clock* client_clock = nullptr) {
    NodeOptions options;
    options.http.loops = 1;
    return std::make_unique<Node>(NodeDependencies{store_,
                                                   log_,
                                                   keyring_,
                                                   registry_,
                                                   clock_,
                                                   logger_,
                                                   {.account = *AccountId::parse(iam::kTestAccount), .regions = {}},
                                                   [] {},
                                                   client_clock},
                                  options);
  }
  static std::string call_text(std::string_view action, std::string_view body) {
    iam::TestRequest request = iam::test_request();
    *request.header("x-amz-target") = "TrentService." + std::string(action);
    request.body = body;
    iam::test_signer().sign_header(request);
    std::string text = "POST / HTTP/1.1\r\n";
    for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }
  static std::string get_text(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  }

  ManualClock clock_{iam::test_time()};
  crypto::SystemRandom random_;
  hsm::Keyring keyring_ = hsm::Keyring::create_in_memory(random_);
  FaultyStore store_;
  FaultyLog log_{clock_};
  iam::FakeSealer sealer_;
  iam::Registry registry_{store_, sealer_, clock_};
  Logger logger_;
};

TEST_F(NodeTest, ServesCallsHealthAndMetrics) {
  const auto node = make();
  ASSERT_TRUE(node->start().has_value());
  http::TestClient client(node->port());
  ASSERT_TRUE(client.send(call_text("CreateKey", "{}")) && client.receive());
  EXPECT_EQ(client.status, 200);
  EXPECT_NE(client.body.find("\"KeyMetadata\""), std::string::npos);
  ASSERT_TRUE(client.send(get_text("/health/live")) && client.receive());
  EXPECT_EQ(client.body, R"({"live":true})");
  ASSERT_TRUE(client.send(get_text("/health/ready")) && client.receive());
  EXPECT_EQ(client.status, 200);
  EXPECT_EQ(client.body, R"({"ready":true})");
  ASSERT_TRUE(client.send(get_text("/metrics")) && client.receive());
  EXPECT_EQ(client.status, 200);
  for (const char* line : {"claviger_calls_total{service=\"kms\",action=\"CreateKey\",outcome=\"success\"} 1\n",
                           "claviger_calls_total{service=\"unknown\",action=\"unknown\",outcome=\"refused\"} 0\n",
                           "claviger_ready 1\n", "claviger_http_connections 1\n", "claviger_store_revision 3\n"}) {
    EXPECT_NE(client.body.find(line), std::string::npos) << line << client.body;
  }
  EXPECT_EQ(client.body.find(iam::kTestAccount), std::string::npos) << "no label names an account";
  EXPECT_TRUE(node->drain(kTestPatience));
}

TEST_F(NodeTest, ReadinessNamesEachPartThatFails) {
  const auto node = make();
  ASSERT_TRUE(node->start().has_value());
  log_.set_failure("no space");
  store_.set_failure("EIO");
  http::TestClient client(node->port());
  ASSERT_TRUE(client.send(get_text("/health/ready")) && client.receive());
  EXPECT_EQ(client.status, 503);
  EXPECT_EQ(client.body, R"({"ready":false,"reasons":{"audit":"no space","store":"EIO"}})");
  ASSERT_TRUE(client.send(get_text("/metrics")) && client.receive());
  EXPECT_NE(client.body.find("claviger_ready 0\n"), std::string::npos);
}

TEST_F(NodeTest, StartCompletesOpenIntentsAndRefusesARolledBackStore) {
  log_.set_open_intents({{3, {}, "r-3", "done\nnot done"}});
  ASSERT_TRUE(make()->start().has_value());
  ASSERT_EQ(log_.events().size(), 1u);
  EXPECT_EQ(log_.events()[0].json, "not done");
  log_.set_open_intents({});
  log_.set_last_anchor(store_.revision() + 1);
  const Status rolled_back = make()->start();
  ASSERT_FALSE(rolled_back.has_value());
  EXPECT_EQ(rolled_back.error().code(), ErrorCode::kCorrupt);
}

TEST_F(NodeTest, KeyThatIsDueGoesWithoutBeingAskedFor) {
  std::promise<void> deleted;
  log_.on_append([&](const audit::Frame& frame) -> std::optional<Error> {
    if (frame.kind == audit::FrameKind::kEvent && text_member(frame.json, "eventName") == "DeleteKey") {
      deleted.set_value();
    }
    return std::nullopt;
  });
  keys::KeyRecord key = keys::test_key();
  key.state = keys::KeyState::kPendingDeletion;
  key.deletion_date = clock_.now();
  store::Commit commit;
  commit.mutations.push_back(store::Put{keys::layout::key(key.scope, key.id), keys::encode(key)});
  commit.mutations.push_back(store::Put{keys::layout::due(*key.deletion_date, key.scope, key.id), {}});
  commit.mutations.push_back(store::Add{keys::layout::key_count(key.scope), 1, 10});
  ASSERT_TRUE(store::commit_now(store_, std::move(commit)).has_value());
  const auto node = make();
  ASSERT_TRUE(node->start().has_value());
  EXPECT_EQ(deleted.get_future().wait_for(kTestPatience), std::future_status::ready);
  EXPECT_TRUE(node->drain(kTestPatience));
  EXPECT_FALSE(store_.get(keys::layout::key(key.scope, key.id)).value().has_value());
}

TEST_F(NodeTest, WhatIsDueAfterTheClockMovedGoesWhenItIsAskedFor) {
  keys::KeyRecord key = keys::test_key();
  key.state = keys::KeyState::kPendingDeletion;
  key.deletion_date = clock_.now() + std::chrono::days(7);
  store::Commit commit;
  commit.mutations.push_back(store::Put{keys::layout::key(key.scope, key.id), keys::encode(key)});
  commit.mutations.push_back(store::Put{keys::layout::due(*key.deletion_date, key.scope, key.id), {}});
  commit.mutations.push_back(store::Add{keys::layout::key_count(key.scope), 1, 10});
  ASSERT_TRUE(store::commit_now(store_, std::move(commit)).has_value());
  const auto node = make();
  ASSERT_TRUE(node->start().has_value());
  EXPECT_EQ(node->sweep_now().value(), 0u);
  clock_.advance(std::chrono::days(7));
  EXPECT_EQ(node->sweep_now().value(), 1u);
  EXPECT_FALSE(store_.get(keys::layout::key(key.scope, key.id)).value().has_value());
  EXPECT_TRUE(node->drain(kTestPatience));
  EXPECT_EQ(node->sweep_now().error().code(), ErrorCode::kIo) << "a node that stops sweeps no more";
}

TEST_F(NodeTest, RepliesAreDatedByTheClientsClock) {
  const ManualClock real(clock_.now());
  clock_.advance(std::chrono::days(365));
  const auto node = make(&real);
  ASSERT_TRUE(node->start().has_value());
  http::TestClient client(node->port());
  ASSERT_TRUE(client.send(call_text("CreateKey", "{}")) && client.receive());
  EXPECT_EQ(client.status, 200) << client.body;
  EXPECT_NE(client.head.find("\r\nDate: Sat, 31 Jan 2026 "), std::string::npos) << client.head;
  EXPECT_TRUE(node->drain(kTestPatience));
}

// A client that goes away leaves a call behind: its commit is under way when the node ends.
TEST_F(NodeTest, EndWaitsForCallsWhoseClientsAreGone) {
  std::promise<void> committing;
  std::promise<void> open;
  std::shared_future<void> opened = open.get_future().share();
  auto node = make();
  ASSERT_TRUE(node->start().has_value());
  log_.on_append([&](const audit::Frame& frame) -> std::optional<Error> {
    if (frame.kind == audit::FrameKind::kIntent) committing.set_value();
    return std::nullopt;
  });
  // Called on the log's thread: the commit waits there.
  store_.on_commit([opened](const store::Commit&) -> std::optional<Error> {
    opened.wait();
    return std::nullopt;
  });
  {
    http::TestClient client(node->port());
    ASSERT_TRUE(client.send(call_text("CreateKey", "{}")));
    committing.get_future().wait();
  }
  std::thread opener([&] { open.set_value(); });
  node->drain(std::chrono::milliseconds(0));
  node.reset();
  opener.join();
  EXPECT_EQ(log_.events().size(), 1u) << "the change has its record";
}

}  // namespace
}  // namespace claviger::server
