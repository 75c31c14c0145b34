#include "http/server.h"

#include <sched.h>

#include <boost/asio/ip/address.hpp>
#include <condition_variable>
#include <csignal>
#include <thread>
#include <vector>

#include "base/check.h"
#include "http/event_loop.h"
#include "http/tls.h"

namespace claviger::http {
namespace {

using boost::asio::ip::tcp;

std::size_t usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<std::size_t>(std::max(CPU_COUNT(&set), 1));
}

// Signals are for the thread that waits for them, never for a loop.
class BlockedSignals final {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &old_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t old_{};
};

}  // namespace

class Server::Impl final {
 public:
  Impl(Options options, const Clock& clock, HandlerFactory factory)
      : shared_(std::make_shared<Shared>(std::move(options), clock)), factory_(std::move(factory)) {}

  ~Impl() {
    for (const auto& loop : loops_) loop->post([&loop = *loop] { loop.stop(); });
    join();
    // Handlers go before the loops that they know.
    handlers_.clear();
  }

  Status start() {
    CLAVIGER_CHECK(loops_.empty());
    CLAVIGER_TRY(check_options());
    CLAVIGER_ASSIGN(const tcp::endpoint wanted, endpoint());
    if (options().tls) CLAVIGER_TRY(load_certificate());
    const Status listening = listen(wanted);
    if (!listening) {
      loops_.clear();
      return listening;
    }
    for (const auto& loop : loops_) {
      handlers_.push_back(factory_(*loop));
      loop->set_handler(*handlers_.back());
    }
    const BlockedSignals blocked;
    for (const auto& loop : loops_) {
      threads_.emplace_back([this, &loop = *loop] {
        loop.run();
        std::lock_guard lock(mutex_);
        ++stopped_;
        all_stopped_.notify_all();
      });
    }
    return {};
  }

  bool drain(std::chrono::milliseconds limit) {
    if (threads_.empty()) return true;
    for (const auto& loop : loops_) loop->post([&loop = *loop] { loop.drain(); });
    bool clean = false;
    {
      std::unique_lock lock(mutex_);
      clean = all_stopped_.wait_for(lock, limit, [this] { return stopped_ == loops_.size(); });
    }
    if (!clean) {
      for (const auto& loop : loops_) loop->post([&loop = *loop] { loop.stop(); });
    }
    join();
    return clean;
  }

  Status load_certificate() {
    if (!options().tls) return fail(Error::validation("This server has no TLS."));
    CLAVIGER_ASSIGN(auto context, make_tls_context(*options().tls));
    shared_->tls.with([&context](auto& current) { current.swap(context); });
    return {};
  }

  Counters counters() const {
    Counters sum;
    for (const auto& loop : loops_) {
      const LoopCounters& one = std::as_const(*loop).counters();
      sum.connections_open += one.open.get();
      sum.connections_accepted += one.accepted.get();
      sum.connections_refused += one.refused.get();
      sum.requests += one.requests.get();
      sum.responses_dropped += one.dropped.get();
      sum.handler_failures += one.handler_failures.get();
      sum.bytes_read += one.bytes_read.get();
      sum.bytes_written += one.bytes_written.get();
      sum.timeouts += one.timeouts.get();
      sum.tls_handshake_failures += one.tls_failures.get();
      for (std::size_t i = 0; i < kParseErrorCount; ++i) sum.parse_errors[i] += one.parse_errors[i].get();
    }
    return sum;
  }

  std::uint16_t port_ = 0;
  std::vector<std::shared_ptr<EventLoop>> loops_;

 private:
  const Options& options() const { return shared_->options; }

  Status check_options() const {
    if (options().tick <= std::chrono::milliseconds::zero() || options().body_bytes_per_second == 0 ||
        options().max_connections == 0 || options().limits.header_bytes == 0 || !options().monotonic) {
      return fail(Error::validation("tick, body_bytes_per_second, max_connections and header_bytes must not be zero."));
    }
    return {};
  }

  Result<tcp::endpoint> endpoint() const {
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(options().address, ec);
    if (ec) return fail(Error::validation("Not a numeric IP address: " + options().address));
    return tcp::endpoint(address, options().port);
  }

  Status listen(tcp::endpoint endpoint) {
    const std::size_t count = options().loops ? options().loops : usable_processors();
    if (endpoint.port() != 0 && count > 1) {
      // Sockets that share a port do so with those of any other process of this user as well; half of
      // the requests would go to whoever runs there. A socket that does not share finds out.
      CLAVIGER_TRY(EventLoop(0, shared_).listen(endpoint, false));
    }
    for (std::size_t i = 0; i < count; ++i) {
      loops_.push_back(std::make_shared<EventLoop>(i, shared_));
      CLAVIGER_ASSIGN(endpoint, loops_.back()->listen(endpoint, count > 1));
    }
    port_ = endpoint.port();
    return {};
  }

  void join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  const std::shared_ptr<Shared> shared_;
  const HandlerFactory factory_;
  std::vector<std::unique_ptr<Handler>> handlers_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable all_stopped_;
  std::size_t stopped_ = 0;
};

Server::Server(Options options, const Clock& clock, HandlerFactory factory)
    : impl_(std::make_unique<Impl>(std::move(options), clock, std::move(factory))) {}
Server::~Server() = default;

Status Server::start() { return impl_->start(); }
std::uint16_t Server::port() const { return impl_->port_; }
std::size_t Server::loop_count() const { return impl_->loops_.size(); }
Loop& Server::loop(std::size_t index) { return *impl_->loops_.at(index); }
bool Server::drain(std::chrono::milliseconds limit) { return impl_->drain(limit); }
Status Server::reload_certificate() { return impl_->load_certificate(); }
Counters Server::counters() const { return impl_->counters(); }

}  // namespace claviger::http
