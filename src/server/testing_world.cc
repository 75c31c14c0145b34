#include "server/testing_world.h"

#include <future>

#include "base/testing.h"
#include "iam/layout.h"
#include "server/deletion_sweeper.h"
#include "server/replicator.h"

namespace claviger::server {

std::string xml_element(const TestReply& reply, const std::string& name) {
  const std::size_t start = reply.body.find("<" + name + ">");
  if (start == std::string::npos) return {};
  const std::size_t begin = start + name.size() + 2;
  return reply.body.substr(begin, reply.body.find('<', begin) - begin);
}

TestWorld::TestWorld(api::Limits limits, ActionTable actions, TestWorldExtras extras) : actions_(std::move(actions)) {
  const auto key = iam::given_access_key(iam::kTestKeyId, SecretBytes::copy_of(as_bytes(iam::kTestSecret)));
  CLAVIGER_CHECK(key);
  store.set_change_listener(
      [this](const auto& changes, store::Revision at) {
        CLAVIGER_CHECK(registry_.apply(changes));
        broadcast_.publish(changes, at);
      },
      std::string(iam::layout::kAll));
  CLAVIGER_CHECK(registry_.ensure_account(deployment_.account) && registry_.put_root(deployment_.account, *key));
  pipeline_ = std::make_unique<Pipeline>(loop_, Shared{.actions = actions_,
                                                       .recorder = recorder_,
                                                       .broadcast = broadcast_,
                                                       .pool = pool_,
                                                       .computing = computing_,
                                                       .loader = loader_,
                                                       .store = store,
                                                       .registry = registry_,
                                                       .sessions = sessions,
                                                       .keyring = keyring,
                                                       .key_uses = key_uses_,
                                                       .managed_keys = managed_keys_,
                                                       .markers = markers_,
                                                       .grant_tokens = grant_tokens_,
                                                       .clock = clock,
                                                       .client_clock = client_clock,
                                                       .attestation = attestation,
                                                       .deployment = deployment_,
                                                       .endpoints = endpoints_,
                                                       .logger = logger_,
                                                       .limits = limits,
                                                       .quotas = extras.quotas,
                                                       .interference = extras.interference});
}

iam::TestRequest TestWorld::request(std::string_view action, std::string_view body) {
  iam::TestRequest request;
  request.headers = {{"Host", "127.0.0.1:4599"},
                     {"X-Amz-Target", "TrentService." + std::string(action)},
                     {"Content-Type", "application/x-amz-json-1.1"},
                     {"User-Agent", "test"}};
  request.body = body;
  return request;
}

TestReply TestWorld::call(std::string_view action, std::string_view body, std::string_view region) {
  iam::TestRequest signed_request = request(action, body);
  iam::TestSigner signer = iam::test_signer();
  signer.region = region;
  signer.sign_header(signed_request);
  return send(signed_request);
}

TestReply TestWorld::call_as(const iam::TestSigner& signer, std::string_view action, std::string_view body) {
  iam::TestRequest signed_request = request(action, body);
  if (!signer.token.empty()) signed_request.headers.emplace_back("X-Amz-Security-Token", signer.token);
  signer.sign_header(signed_request);
  return send(signed_request);
}

void TestWorld::add_account(const AccountId& account) { CLAVIGER_CHECK(registry_.ensure_account(account)); }

void TestWorld::commit_iam(store::Commit commit) {
  std::promise<bool> done;
  store.commit(std::move(commit), [&](Result<store::Revision> revision) { done.set_value(revision.has_value()); });
  CLAVIGER_CHECK(done.get_future().get());
}

class TestWorld::Sent {
 public:
  // Keeps the response, and wakes the loop for it.
  class Exchange final : public http::Exchange {
   public:
    explicit Exchange(FakeLoop& loop) : loop_(loop) {}

    void send(http::Response response) override {
      TestReply reply{
          .status = response.status, .body = std::string(as_text(insecure_expose(response.body))), .request_id = {}};
      constexpr std::string_view kName = "x-amzn-RequestId: ";
      const std::string_view fields = response.headers.text();
      if (const std::size_t at = fields.find(kName); at != std::string_view::npos) {
        reply.request_id = fields.substr(at + kName.size(), fields.find('\r', at) - at - kName.size());
      }
      const bool first = reply_.with([&](auto& kept) {
        if (kept) return false;
        kept = std::move(reply);
        return true;
      });
      CLAVIGER_CHECK(first);
      loop_.post([] {});
    }
    SecretBytes take_buffer() override { return {}; }

    std::optional<TestReply> reply() const {
      return reply_.with([](const auto& kept) { return kept; });
    }

   private:
    FakeLoop& loop_;
    Guarded<std::optional<TestReply>> reply_;
  };

  Sent(FakeLoop& loop, const iam::TestRequest& sent)
      : exchange(std::make_shared<Exchange>(loop)),
        request(sent),
        target(sent.path + (sent.query.empty() ? "" : "?" + sent.query)),
        headers(request.headers.begin(), request.headers.end()) {}
  const std::shared_ptr<Exchange> exchange;
  const iam::TestRequest request;
  const std::string target;
  const std::vector<http::Header> headers;
};

std::unique_ptr<TestWorld::Sent> TestWorld::begin(const iam::TestRequest& request, const ServiceCall* by) {
  auto sent = std::make_unique<Sent>(loop_, request);
  const http::Request received{.method = sent->request.method,
                               .target = sent->target,
                               .headers = sent->headers,
                               .body = as_bytes(sent->request.body),
                               .peer_ip = "192.0.2.1"};
  http::Responder responder(sent->exchange);
  if (by != nullptr) {
    pipeline_->handle_for_service(received, std::move(responder), *by);
  } else {
    pipeline_->handle(received, std::move(responder));
  }
  return sent;
}

TestReply TestWorld::finish(const Sent& sent) {
  while (!sent.exchange->reply()) loop_.run_next();
  return *sent.exchange->reply();
}

TestReply TestWorld::send(const iam::TestRequest& request) { return finish(*begin(request)); }

std::vector<TestReply> TestWorld::send_together(const std::vector<iam::TestRequest>& requests) {
  std::vector<std::unique_ptr<Sent>> all;
  for (const iam::TestRequest& request : requests) all.push_back(begin(request));
  std::vector<TestReply> replies;
  for (const auto& sent : all) replies.push_back(finish(*sent));
  return replies;
}

TestReply TestWorld::call_via(std::string_view service, iam::Caller caller, std::string_view action,
                              std::string_view body, std::string_view region) {
  const ServiceCall by{std::make_shared<const iam::Caller>(std::move(caller)), Region::parse(region).value(), service};
  return finish(*begin(request(action, body), &by));
}

std::string TestWorld::create_key(std::string_view body) {
  const TestReply reply = call("CreateKey", body);
  CLAVIGER_CHECK(reply.status == 200);
  return text_member(reply.body, "KeyId");
}

Result<std::size_t> TestWorld::replicate() {
  return run_beside_the_loop(
      [this] { return Replicator(recorder_, store, keyring, clock, random, logger_).run_once(); });
}

Result<std::size_t> TestWorld::sweep() {
  return run_beside_the_loop([this] { return DeletionSweeper(recorder_, store, clock, random, logger_).run_once(); });
}

keys::KeyRecord TestWorld::record(std::string_view key_id, std::string_view region) {
  const Scope scope{deployment_.account, Region::parse(region).value()};
  const KeyId id = KeyId::parse(key_id).value();
  const auto stored = store.get(keys::layout::key(scope, id)).value();
  CLAVIGER_CHECK(stored.has_value());
  return keys::decode_key(scope, id, stored->value).value();
}

}  // namespace claviger::server
