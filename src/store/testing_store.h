// For tests only: committing and waiting, and the shortest way to write a commit.
#pragma once

#include <filesystem>
#include <future>
#include <string>
#include <utility>

#include "base/check.h"
#include "store/store.h"

namespace claviger::store {

inline std::future<Result<Revision>> commit_later(Store& store, Commit commit) {
  auto promise = std::make_shared<std::promise<Result<Revision>>>();
  std::future<Result<Revision>> future = promise->get_future();
  store.commit(std::move(commit), [promise](Result<Revision> result) { promise->set_value(std::move(result)); });
  return future;
}

inline Result<Revision> commit_now(Store& store, Commit commit) { return commit_later(store, std::move(commit)).get(); }

inline Commit put(std::string key, std::string_view value) {
  Commit commit;
  commit.mutations.push_back(Put{std::move(key), to_bytes(as_bytes(value))});
  return commit;
}
inline Commit del(std::string key) {
  Commit commit;
  commit.mutations.push_back(Delete{std::move(key)});
  return commit;
}
inline Commit add(std::string key, std::int64_t delta, std::int64_t maximum) {
  Commit commit;
  commit.mutations.push_back(Add{std::move(key), delta, maximum});
  return commit;
}

// A directory that goes with the test.
class TemporaryDirectory final {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "claviger-store-XXXXXX").string();
    CLAVIGER_CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string file(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace claviger::store
