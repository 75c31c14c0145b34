// A store that is another one but for what a class derived from it does otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/store.h"

namespace claviger::server {

// Every function is the other store's, which outlives the calls.
class ForwardingStore : public store::Store {
 public:
  Result<std::optional<store::Record>> get(std::string_view key) override { return other_.get(key); }
  Result<std::vector<store::Entry>> range(std::string_view prefix, std::string_view after, std::size_t limit) override {
    return other_.range(prefix, after, limit);
  }
  Result<std::uint64_t> count(std::string_view prefix) override { return other_.count(prefix); }
  void commit(store::Commit commit, store::CommitDone done) override {
    other_.commit(std::move(commit), std::move(done));
  }
  Result<std::optional<store::Revision>> find_commit(std::uint64_t tag) override { return other_.find_commit(tag); }
  Result<store::Changes> changes_after(store::Revision revision, std::size_t limit) override {
    return other_.changes_after(revision, limit);
  }
  void set_change_listener(store::ChangeListener listener, std::string values_of) override {
    other_.set_change_listener(std::move(listener), std::move(values_of));
  }
  store::Revision revision() const override { return other_.revision(); }
  Status scrub() override { return other_.scrub(); }
  std::string failure() const override { return other_.failure(); }
  bool is_stalled() const override { return other_.is_stalled(); }

 protected:
  // Keeps the reference and does not use it yet: `other` may be a member of what derives from this.
  explicit ForwardingStore(store::Store& other) : other_(other) {}

 private:
  store::Store& other_;
};

}  // namespace claviger::server
