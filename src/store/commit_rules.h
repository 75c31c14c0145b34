// What a commit means, written once for every implementation of Store: its limits, its
// preconditions, and the arithmetic of Add.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "store/store.h"

namespace claviger::store {

// Answers from the state that a commit is applied to: everything earlier commits of the same batch
// did is visible. Used by one thread at a time.
class CommitView {
 public:
  virtual ~CommitView() = default;
  // The revision of the key's record; 0 when there is none.
  [[nodiscard]] virtual Result<Revision> revision_of(std::string_view key) = 0;
  // The value of the key's record. kCorrupt when it does not open.
  [[nodiscard]] virtual Result<std::optional<Bytes>> value_of(std::string_view key) = 0;
};

// One key's new value; nullopt deletes it.
struct Write {
  std::string key;
  std::optional<Bytes> value;
};

// Ends the process when the commit exceeds the limits of store.h, names an empty key, or mutates a
// key twice: broken invariants of the caller.
void check_commit(const Commit& commit);

// Checks the preconditions in order, then works out every mutation, without writing anything.
// kConflict, kLimitExceeded, kCorrupt (an Add to a record that is not eight bytes), or what `view`
// failed with.
[[nodiscard]] Result<std::vector<Write>> resolve_commit(Commit&& commit, CommitView& view);

// Whether the change of `key` carries its value; see Store::set_change_listener().
inline bool carries_value(std::string_view values_of, std::string_view key) {
  return !values_of.empty() && key.starts_with(values_of);
}

// The record of a counter; see Add.
Bytes encode_counter(std::int64_t value);
std::optional<std::int64_t> decode_counter(ByteSpan record);

}  // namespace claviger::store
