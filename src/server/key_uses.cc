#include "server/key_uses.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

#include "server/commit_and_wait.h"

namespace claviger::server {
namespace {

constexpr std::chrono::seconds kPatience{1};
constexpr std::size_t kKeysPerCommit = 500;

}  // namespace

void LoopKeyUses::note(const keys::layout::KeyPlace& key, const Use& use) {
  keys::LastUse& noted = noted_[key];
  noted.time = use.time;
  noted.operation = use.operation;
  noted.event_id = use.event_id;
  noted.request_id = use.request_id;
  if (noted_.size() >= KeyUses::kMaxKeysOfLoop) shared_.take(std::exchange(noted_, {}));
}

KeyUses::KeyUses(store::Store& store, const Clock& clock) : store_(store), clock_(clock), written_(clock.now()) {}

void KeyUses::attach(http::Loop& loop, LoopKeyUses& uses) { sources_.push_back({&loop, &uses}); }

void KeyUses::take(Uses uses) {
  waiting_.with([&](Uses& waiting) {
    for (auto& [key, use] : uses) {
      const auto [at, is_new] = waiting.try_emplace(key, use);
      if (!is_new && at->second.time <= use.time) at->second = std::move(use);
    }
  });
}

void KeyUses::gather() {
  struct Answers {
    std::mutex mutex;
    std::condition_variable all;
    std::size_t missing = 0;
  };
  const auto answers = std::make_shared<Answers>();
  answers->missing = sources_.size();
  for (const Source& source : sources_) {
    source.loop->post([this, answers, uses = source.uses] {
      take(std::exchange(uses->noted_, {}));
      std::lock_guard lock(answers->mutex);
      if (--answers->missing == 0) answers->all.notify_all();
    });
  }
  std::unique_lock lock(answers->mutex);
  answers->all.wait_for(lock, kPatience, [&] { return answers->missing == 0; });
}

Result<std::optional<keys::LastUse>> KeyUses::find(const keys::layout::KeyPlace& key) {
  gather();
  std::optional<keys::LastUse> known = waiting_.with([&](const Uses& waiting) {
    const auto at = waiting.find(key);
    return at == waiting.end() ? std::nullopt : std::optional(at->second);
  });
  if (known) return known;
  CLAVIGER_ASSIGN(const auto stored, store_.get(keys::layout::last_use(key.scope, key.id)));
  if (!stored) return std::nullopt;
  CLAVIGER_ASSIGN(keys::LastUse use, keys::decode_last_use(stored->value));
  return use;
}

Status KeyUses::begin() {
  const std::string place(keys::layout::kUsesSince);
  CLAVIGER_ASSIGN(const std::uint64_t known, store_.count(place));
  if (known > 0) return {};
  store::Commit commit;
  commit.mutations.push_back(store::Put{place, keys::encode_time(clock_.now())});
  return commit_and_wait(store_, std::move(commit));
}

Status KeyUses::write_down_when_due() {
  const std::size_t waiting = waiting_.with([](const Uses& uses) { return uses.size(); });
  const bool due = clock_.now() - written_ >= kWriteInterval || clock_.now() < written_;
  if (!due && waiting < kMaxKeysWaiting) return {};
  return write_down();
}

Status KeyUses::write_down(bool loops_stopped) {
  if (loops_stopped) {
    for (const Source& source : sources_) take(std::exchange(source.uses->noted_, {}));
  } else {
    gather();
  }
  written_ = clock_.now();
  // They stay until they are in the store, so that find() sees them all the time.
  const auto all =
      waiting_.with([](const Uses& uses) { return std::vector<Uses::value_type>(uses.begin(), uses.end()); });
  for (std::size_t begin = 0; begin < all.size(); begin += kKeysPerCommit) {
    const std::size_t end = std::min(all.size(), begin + kKeysPerCommit);
    CLAVIGER_TRY(write_group(
        {all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(end)}));
  }
  return {};
}

Status KeyUses::write_group(const std::vector<Uses::value_type>& group) {
  store::Commit commit;
  for (const auto& [key, use] : group) {
    CLAVIGER_ASSIGN(const auto keys, store_.count(keys::layout::key(key.scope, key.id)));
    // Of a key that was deleted nothing stays.
    if (keys == 0) continue;
    commit.mutations.push_back(store::Put{keys::layout::last_use(key.scope, key.id), keys::encode(use)});
  }
  if (!commit.mutations.empty()) CLAVIGER_TRY(commit_and_wait(store_, std::move(commit)));
  waiting_.with([&](Uses& waiting) {
    for (const auto& [key, use] : group) {
      const auto at = waiting.find(key);
      if (at != waiting.end() && at->second == use) waiting.erase(at);
    }
  });
  return {};
}

Result<std::optional<store::Record>> StoreWithUses::get(std::string_view key) {
  const auto place = keys::layout::parse_last_use(key);
  if (!place) return ForwardingStore::get(key);
  CLAVIGER_ASSIGN(const auto use, uses_.find(*place));
  if (!use) return std::nullopt;
  return store::Record{.value = keys::encode(*use)};
}

}  // namespace claviger::server
