#include "store/commit_rules.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace claviger::store {
namespace {

const std::string& key_of(const Mutation& mutation) {
  return std::visit([](const auto& m) -> const std::string& { return m.key; }, mutation);
}

void check_key(std::string_view key) { CLAVIGER_CHECK(!key.empty() && key.size() <= kMaxKeyBytes); }

Result<Write> resolve_add(Add&& add, CommitView& view) {
  CLAVIGER_ASSIGN(const std::optional<Bytes> stored, view.value_of(add.key));
  std::int64_t current = 0;
  if (stored) {
    const std::optional<std::int64_t> decoded = decode_counter(*stored);
    if (!decoded) return fail(Error::corrupt("counter is not eight bytes"));
    current = *decoded;
  }
  std::int64_t sum = 0;
  if (__builtin_add_overflow(current, add.delta, &sum) || sum < 0 || sum > add.maximum) {
    return fail(ErrorCode::kLimitExceeded, {}, "counter would leave its bounds");
  }
  return Write{std::move(add.key), encode_counter(sum)};
}

struct Resolver {
  CommitView& view;
  Result<Write> operator()(Put&& put) const { return Write{std::move(put.key), std::move(put.value)}; }
  Result<Write> operator()(Delete&& del) const { return Write{std::move(del.key), std::nullopt}; }
  Result<Write> operator()(Add&& add) const { return resolve_add(std::move(add), view); }
};

}  // namespace

Bytes encode_counter(std::int64_t value) {
  Bytes result;
  ByteWriter(result).u64(std::bit_cast<std::uint64_t>(value));
  return result;
}

std::optional<std::int64_t> decode_counter(ByteSpan record) {
  ByteReader reader(record);
  const std::uint64_t value = reader.u64();
  if (!reader.done()) return std::nullopt;
  return std::bit_cast<std::int64_t>(value);
}

void check_commit(const Commit& commit) {
  CLAVIGER_CHECK(commit.mutations.size() <= kMaxMutationsPerCommit);
  for (const Precondition& precondition : commit.preconditions) check_key(precondition.key);
  std::vector<std::string_view> keys;
  keys.reserve(commit.mutations.size());
  for (const Mutation& mutation : commit.mutations) {
    check_key(key_of(mutation));
    if (const Put* put = std::get_if<Put>(&mutation)) CLAVIGER_CHECK(put->value.size() <= kMaxValueBytes);
    keys.push_back(key_of(mutation));
  }
  std::sort(keys.begin(), keys.end());
  CLAVIGER_CHECK(std::adjacent_find(keys.begin(), keys.end()) == keys.end());
}

Result<std::vector<Write>> resolve_commit(Commit&& commit, CommitView& view) {
  for (const Precondition& precondition : commit.preconditions) {
    CLAVIGER_ASSIGN(const Revision found, view.revision_of(precondition.key));
    if (found != precondition.revision) return fail(ErrorCode::kConflict, {}, "a precondition did not hold");
  }
  std::vector<Write> writes;
  writes.reserve(commit.mutations.size());
  for (Mutation& mutation : commit.mutations) {
    CLAVIGER_ASSIGN(Write write, std::visit(Resolver{view}, std::move(mutation)));
    writes.push_back(std::move(write));
  }
  return writes;
}

}  // namespace claviger::store
