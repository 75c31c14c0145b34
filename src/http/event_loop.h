// Internal to http/: one loop with its acceptor, its connections and its clock.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/guarded.h"
#include "http/handler.h"
#include "http/server.h"

namespace claviger::http {

class Connection;

// What all loops of a server share. Connections keep it alive through their loop.
struct Shared {
  Shared(Options the_options, const Clock& the_clock) : options(std::move(the_options)), clock(the_clock) {}

  const Options options;
  const Clock& clock;
  std::atomic<std::size_t> open_connections = 0;
  Guarded<std::shared_ptr<boost::asio::ssl::context>> tls;
};

// A counter with one writer.
class Counter final {
 public:
  void add(std::uint64_t by = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  void subtract_one() { value_.store(value_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

struct LoopCounters {
  Counter open, accepted, refused, requests, dropped, handler_failures, bytes_read, bytes_written, timeouts,
      tls_failures;
  std::array<Counter, kParseErrorCount> parse_errors;
};

// Functions are for the loop's own thread unless they say otherwise. Lives as long as the server and
// every Responder of its connections.
class EventLoop final : public Loop, public std::enable_shared_from_this<EventLoop> {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  EventLoop(std::size_t index, std::shared_ptr<Shared> shared);
  ~EventLoop() override;

  void post(std::move_only_function<void()> work) override;  // any thread
  void when_idle(std::move_only_function<void()> work) override { when_idle_.push_back(std::move(work)); }
  std::size_t index() const override { return index_; }
  bool is_current() const override { return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

  // Before run(). Binds and listens; the endpoint tells the port that was chosen.
  Result<boost::asio::ip::tcp::endpoint> listen(const boost::asio::ip::tcp::endpoint& endpoint, bool share_port);
  void set_handler(Handler& handler) { handler_ = &handler; }
  // Serves until stop(), or until the last connection is gone after drain().
  void run();
  void drain();
  void stop();

  const LoopCounters& counters() const { return counters_; }  // any thread

  // For the connections.
  LoopCounters& counters() { return counters_; }
  const Options& options() const { return shared_->options; }
  Handler& handler() { return *handler_; }
  Steady now() const { return now_; }  // as of the last tick
  std::string_view date() const { return date_; }
  bool draining() const { return draining_; }
  void remove(Connection& connection);

 private:
  void run_until_done();
  void run_idle();
  void run_posted();
  void accept();
  void admit(boost::asio::ip::tcp::socket socket);
  void tick();
  void schedule_tick();
  void finish_if_empty();

  const std::size_t index_;
  const std::shared_ptr<Shared> shared_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::ip::tcp::acceptor acceptor_{context_};
  boost::asio::steady_timer timer_{context_};
  Handler* handler_ = nullptr;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::size_t refused_open_ = 0;
  bool accept_paused_ = false;
  bool draining_ = false;
  bool finished_ = false;
  Steady now_{};
  std::int64_t date_second_ = -1;
  std::string date_;
  LoopCounters counters_;
  std::atomic<std::thread::id> thread_{};

  std::mutex mutex_;  // guards the two below
  std::vector<std::move_only_function<void()>> posted_;
  bool closed_ = false;
  std::vector<std::move_only_function<void()>> running_;  // the loop's own; keeps its memory
  std::vector<std::move_only_function<void()>> when_idle_;
  std::vector<std::move_only_function<void()>> running_idle_;  // as running_
};

}  // namespace claviger::http
