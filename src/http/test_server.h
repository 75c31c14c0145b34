// For tests only: a server whose handler does what the target says.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "http/server.h"
#include "http/test_client.h"

namespace claviger::http {

// What the handlers of all loops and the test share.
struct TestState {
  std::atomic<int> calls = 0;
  std::array<std::atomic<int>, 8> calls_by_loop{};
  Guarded<std::vector<Responder>> held;
  Guarded<std::vector<std::thread>> threads;

  std::size_t held_count() {
    return held.with([](auto& responders) { return responders.size(); });
  }
  std::vector<Responder> take_held() {
    return held.with([](auto& responders) { return std::exchange(responders, {}); });
  }
};

inline Response text_response(std::string_view text) {
  Response response{.status = 200, .content_type = "text/plain", .headers = {}, .body = {}};
  response.body.append(text);
  return response;
}

class TestHandler final : public Handler {
 public:
  TestHandler(TestState& state, Loop& loop) : state_(state), loop_(loop) {}

  void handle(const Request& request, Responder responder) override {
    ++state_.calls;
    ++state_.calls_by_loop.at(loop_.index());
    if (request.target == "/hold") {
      state_.held.with([&responder](auto& held) { held.push_back(std::move(responder)); });
    } else if (request.target == "/thread") {
      state_.threads.with([&](auto& threads) {
        // The views stay valid until the response is sent.
        threads.emplace_back([body = request.body, responder = std::move(responder)]() mutable {
          responder.send(text_response("thread " + std::string(as_text(body))));
        });
      });
    } else if (request.target == "/throw") {
      throw std::runtime_error("a bug");
    } else if (request.target == "/big") {
      responder.send(text_response(std::string(8 * 1024 * 1024, 'x')));
    } else if (request.target == "/close") {
      Response response = text_response("bye");
      response.close = true;
      responder.send(std::move(response));
    } else if (request.target == "/no-content") {
      responder.send(Response{.status = 204, .content_type = {}, .headers = {}, .body = {}});
    } else if (request.target != "/drop") {
      echo(request, std::move(responder));
    }
  }

 private:
  static void echo(const Request& request, Responder responder) {
    Response response{.status = 200, .content_type = "text/plain", .headers = {}, .body = responder.take_buffer()};
    response.headers.add("x-amzn-RequestId", "1234");
    response.body.append(request.method);
    response.body.append(std::string_view(" "));
    response.body.append(request.target);
    if (const std::string_view* tag = request.header("x-tag")) response.body.append(*tag);
    response.body.append(std::string_view("|"));
    response.body.append(request.peer_ip);
    if (request.tls) {
      for (const std::string& part : {request.tls->version, request.tls->cipher_suite, request.tls->server_name}) {
        response.body.append("|" + part);
      }
    }
    response.body.append(std::string_view("|"));
    response.body.append(request.body);
    responder.send(std::move(response));
  }

  TestState& state_;
  Loop& loop_;
};

class TestServer final {
 public:
  explicit TestServer(Options options = one_loop())
      : server_(std::in_place, with_clock(std::move(options)), clock_, factory()) {
    started = server_->start();
  }
  ~TestServer() {
    server_.reset();
    state.threads.with([](auto& threads) {
      for (std::thread& thread : threads) thread.join();
    });
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  static Options one_loop() {
    Options options;
    options.loops = 1;
    options.tick = std::chrono::milliseconds(2);
    return options;
  }

  Server& operator*() { return *server_; }
  Server* operator->() { return &*server_; }
  void destroy() { server_.reset(); }
  // Moves the clock of the deadlines, which otherwise stands still; when this returns the only loop has seen to all
  // that were over by then. While it runs.
  void advance(std::chrono::milliseconds by) {
    millis_ += by.count();
    // The look that is under way may not have seen it; the next but one begins after the next has ended.
    const std::uint64_t seen = looks_;
    wait_until([&] { return looks_ >= seen + 2; });
  }

  TestState state;
  Status started;

 private:
  Options with_clock(Options options) {
    options.monotonic = [this] {
      ++looks_;
      return std::chrono::steady_clock::time_point(std::chrono::milliseconds(millis_.load()));
    };
    return options;
  }
  HandlerFactory factory() {
    return [this](Loop& loop) { return std::make_unique<TestHandler>(state, loop); };
  }

  ManualClock clock_{from_millis(784111777000)};  // the example of RFC 9110 section 5.6.7
  std::atomic<std::int64_t> millis_ = 1'000'000;
  std::atomic<std::uint64_t> looks_ = 0;
  std::optional<Server> server_;
};

}  // namespace claviger::http
