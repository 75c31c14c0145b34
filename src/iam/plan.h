// What the rules about IAM's entities share: what they are given, what they return, and how a commit comes about.
//
// A rule takes a snapshot and a wish, and returns the commit that fulfils it, with preconditions on everything it
// looked at. It does no I/O and changes nothing. A commit that fails as a conflict is planned anew on the next
// snapshot.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "iam/quotas.h"
#include "iam/snapshot.h"
#include "store/store.h"

namespace claviger::iam {

// Everything outlives the call.
struct RuleContext {
  const Snapshot& snapshot;
  WallTime now;
  RandomSource& random;
  const Quotas& quotas;
};

// A new or changed entity, and the commit that makes it so.
template <class Record>
struct Planned {
  Record record;
  store::Commit commit;
  // What the client reads when the commit goes beyond a quota because somebody else was faster.
  std::string_view limit_message = {};
};

// A user, group or role of an account.
struct Holder {
  EntityKind kind = EntityKind::kUser;
  AccountId account;
  std::string_view name;
};

// kNotFound with AWS's text.
std::unexpected<Error> no_such(EntityKind kind, std::string_view name);
std::unexpected<Error> no_such_policy(std::string_view arn);
// The entity, or kNotFound.
[[nodiscard]] Result<const User*> find_user(const Snapshot& snapshot, const AccountId& account, std::string_view name);
[[nodiscard]] Result<const Group*> find_group(const Snapshot& snapshot, const AccountId& account,
                                              std::string_view name);
[[nodiscard]] Result<const Role*> find_role(const Snapshot& snapshot, const AccountId& account, std::string_view name);
// A managed policy of `account`: one of another account cannot be used.
[[nodiscard]] Result<const ManagedPolicy*> find_policy(const Snapshot& snapshot, const AccountId& account,
                                                       std::string_view arn);

// kValidation unless well-formed.
[[nodiscard]] Status check_name(EntityKind kind, std::string_view name);
[[nodiscard]] Status check_path(EntityKind kind, std::string_view path);
// kNotFound unless there is a record of the account.
[[nodiscard]] Status check_account(const Snapshot& snapshot, const AccountId& account);
// kLimitExceeded, naming the quota as AWS does.
std::unexpected<Error> quota_exceeded(std::string_view quota, std::size_t limit);

// Copies of the records that a rule changes. Each record is in the commit once, however often it was edited.
class Draft final {
 public:
  // The record for editing. The reference lives as long as the draft.
  UserRecord& edit(const User& user) { return users_.edit(user.record, user.revision); }
  GroupRecord& edit(const Group& group) { return groups_.edit(group.record, group.revision); }
  RoleRecord& edit(const Role& role) { return roles_.edit(role.record, role.revision); }
  PolicyRecord& edit(const ManagedPolicy& policy) { return policies_.edit(policy.record, policy.revision); }

  // A record that must not be there yet.
  void create(UserRecord record) { users_.create(std::move(record)); }
  void create(GroupRecord record) { groups_.create(std::move(record)); }
  void create(RoleRecord record) { roles_.create(std::move(record)); }
  void create(PolicyRecord record) { policies_.create(std::move(record)); }

  // Deletes what edit() was called for before, or now.
  void remove(const User& user) { users_.remove(user.record, user.revision); }
  void remove(const Group& group) { groups_.remove(group.record, group.revision); }
  void remove(const Role& role) { roles_.remove(role.record, role.revision); }
  void remove(const ManagedPolicy& policy) { policies_.remove(policy.record, policy.revision); }

  // For what else belongs into the commit.
  store::Commit& extra() { return extra_; }

  // The commit. kLimitExceeded when a record would be larger than can be stored.
  [[nodiscard]] Result<store::Commit> finish() const;

 private:
  template <class Record>
  struct Edited {
    std::string old_key;  // empty: it is new
    store::Revision revision = 0;
    std::optional<Record> record;  // none: it is deleted
  };
  template <class Record>
  class Edits {
   public:
    Record& edit(const Record& record, store::Revision revision);
    void create(Record record);
    void remove(const Record& record, store::Revision revision);
    [[nodiscard]] Status append_to(store::Commit& commit) const;

   private:
    std::map<UniqueId, Edited<Record>> all_;
  };

  Edits<UserRecord> users_;
  Edits<GroupRecord> groups_;
  Edits<RoleRecord> roles_;
  Edits<PolicyRecord> policies_;
  store::Commit extra_;
};

}  // namespace claviger::iam
