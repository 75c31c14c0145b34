#include "http/event_loop.h"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "http/connection.h"
#include "http/response_writer.h"

namespace claviger::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Refused clients that may be told so at the same time; beyond it they are just closed.
constexpr std::size_t kMaxRefusedOpen = 64;
constexpr int kBacklog = 4096;
// Pieces of work that come before what is to be done when there are none.
constexpr std::size_t kMaxBeforeIdle = 64;

}  // namespace

EventLoop::EventLoop(std::size_t index, std::shared_ptr<Shared> shared)
    : index_(index), shared_(std::move(shared)), work_(context_.get_executor()) {}

EventLoop::~EventLoop() = default;

void EventLoop::post(std::move_only_function<void()> work) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;  // `work` goes with the caller's frame, outside the lock
    wake = posted_.empty();
    posted_.push_back(std::move(work));
  }
  if (wake) asio::post(context_, [this] { run_posted(); });
}

void EventLoop::run_posted() {
  {
    std::lock_guard lock(mutex_);
    running_.swap(posted_);
  }
  for (auto& work : running_) {
    work();
    work = nullptr;  // what it owns goes now, not when the batch ends
  }
  running_.clear();
}

Result<tcp::endpoint> EventLoop::listen(const tcp::endpoint& endpoint, bool share_port) {
  error_code ec;
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
  const int on = 1;
  if (!ec && share_port && setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    ec.assign(errno, boost::system::system_category());
  }
  if (!ec) acceptor_.bind(endpoint, ec);
  if (!ec) acceptor_.listen(kBacklog, ec);
  tcp::endpoint bound;
  if (!ec) bound = acceptor_.local_endpoint(ec);
  if (ec) {
    error_code ignored;
    acceptor_.close(ignored);
    return fail(Error::io("cannot listen on " + endpoint.address().to_string() + " port " +
                          std::to_string(endpoint.port()) + ": " + ec.message()));
  }
  return bound;
}

void EventLoop::run() {
  thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  tick();
  accept();
  run_until_done();
  thread_.store(std::thread::id(), std::memory_order_relaxed);
  std::vector<std::move_only_function<void()>> left;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    left.swap(posted_);
  }
}

void EventLoop::run_until_done() {
  while (!context_.stopped()) {
    std::size_t count = 0;
    while (!when_idle_.empty() && count < kMaxBeforeIdle && context_.poll_one() > 0) ++count;
    run_idle();
    context_.run_one();
  }
  run_idle();
}

void EventLoop::run_idle() {
  running_idle_.swap(when_idle_);
  for (auto& work : running_idle_) work();
  running_idle_.clear();
}

void EventLoop::accept() {
  acceptor_.async_accept([this](const error_code& ec, tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    if (!ec) {
      admit(std::move(socket));
    } else if (ec != asio::error::connection_aborted) {
      // Out of descriptors or memory, most likely: trying again at once would only spin.
      accept_paused_ = true;
      return;
    }
    accept();
  });
}

void EventLoop::admit(tcp::socket socket) {
  const bool full = shared_->open_connections.load(std::memory_order_relaxed) >= options().max_connections;
  auto tls = shared_->tls.with([](const auto& context) { return context; });
  if (full) {
    counters_.refused.add();
    if (tls || refused_open_ >= kMaxRefusedOpen) return;
    ++refused_open_;
  } else {
    counters_.accepted.add();
    counters_.open.add();
    shared_->open_connections.fetch_add(1, std::memory_order_relaxed);
  }
  auto connection = std::make_shared<Connection>(shared_from_this(), std::move(socket), std::move(tls), full);
  connection->set_place(connections_.size());
  connections_.push_back(connection);
  connection->start();
}

void EventLoop::remove(Connection& connection) {
  const std::size_t place = connection.place();
  if (connection.is_refused()) {
    --refused_open_;
  } else {
    counters_.open.subtract_one();
    shared_->open_connections.fetch_sub(1, std::memory_order_relaxed);
  }
  const std::shared_ptr<Connection> keep = std::move(connections_[place]);
  if (place + 1 != connections_.size()) {
    connections_[place] = std::move(connections_.back());
    connections_[place]->set_place(place);
  }
  connections_.pop_back();
  finish_if_empty();
}

void EventLoop::tick() {
  now_ = options().monotonic();
  const WallTime wall = shared_->clock.now();
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(wall).time_since_epoch().count();
  if (second != std::exchange(date_second_, second)) date_ = format_http_date(wall);
  // Backwards, because a connection that is removed is replaced by the last one.
  for (std::size_t i = connections_.size(); i > 0; --i) {
    const std::shared_ptr<Connection> connection = connections_[i - 1];
    connection->check_deadline();
  }
  if (accept_paused_ && acceptor_.is_open()) {
    accept_paused_ = false;
    accept();
  }
  if (!finished_) schedule_tick();
}

void EventLoop::schedule_tick() {
  timer_.expires_after(options().tick);
  timer_.async_wait([this](const error_code& ec) {
    if (!ec) tick();
  });
}

void EventLoop::drain() {
  draining_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  for (std::size_t i = connections_.size(); i > 0; --i) {
    const std::shared_ptr<Connection> connection = connections_[i - 1];
    connection->close_if_idle();
  }
  finish_if_empty();
}

void EventLoop::stop() {
  draining_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  while (!connections_.empty()) {
    const std::shared_ptr<Connection> connection = connections_.back();
    connection->close();
  }
  finish_if_empty();
}

// With nothing left to wait for, context_.run() returns by itself, and no handler is left in it that
// would keep a connection alive.
void EventLoop::finish_if_empty() {
  if (!draining_ || finished_ || !connections_.empty()) return;
  finished_ = true;
  timer_.cancel();
  work_.reset();
}

}  // namespace claviger::http
