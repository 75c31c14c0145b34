// A map for snapshots: cheap to copy, and a change copies only the part that it touches.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace claviger::iam {

// Copies share their parts; whoever changes a shared part gets one of its own first. A copy that nobody changes any
// more may be read from any number of threads, and copied by them.
template <class Value>
class ShardedMap final {
 public:
  // nullptr when there is none. Valid until this map is changed or goes.
  const Value* find(std::string_view key) const {
    const auto& shard = shards_[index_of(key)];
    if (shard == nullptr) return nullptr;
    const auto found = shard->find(key);
    return found == shard->end() ? nullptr : &found->second;
  }
  void set(std::string_view key, Value value) {
    Shard& shard = own(index_of(key));
    const auto found = shard.find(key);
    if (found == shard.end()) {
      shard.emplace(std::string(key), std::move(value));
      ++size_;
    } else {
      found->second = std::move(value);
    }
  }
  void erase(std::string_view key) {
    if (find(key) == nullptr) return;
    Shard& shard = own(index_of(key));
    shard.erase(shard.find(key));
    --size_;
  }
  std::size_t size() const { return size_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Shard = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
  static constexpr std::size_t kShards = 64;

  static std::size_t index_of(std::string_view key) { return (Hash()(key) >> 32) % kShards; }
  // The shard for changing. Shared ones are copied; one that only this map holds nobody else can come to hold
  // meanwhile, because nobody else may copy a map that is being changed.
  Shard& own(std::size_t index) {
    std::shared_ptr<Shard>& shard = shards_[index];
    if (shard == nullptr) {
      shard = std::make_shared<Shard>();
    } else if (shard.use_count() > 1) {
      shard = std::make_shared<Shard>(*shard);
    }
    return *shard;
  }

  std::array<std::shared_ptr<Shard>, kShards> shards_;
  std::size_t size_ = 0;
};

}  // namespace claviger::iam
