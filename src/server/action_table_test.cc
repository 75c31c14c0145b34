#include "server/action_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace claviger::server {
namespace {

// API version 2014-11-01 of the service model.
constexpr std::size_t kActionsOfTheModel = 54;

TEST(ActionTable, IsSortedAndFindsEachActionAtItsPlace) {
  const ActionTable table;
  ASSERT_EQ(table.all().size(), 24u);
  for (std::size_t i = 0; i < table.all().size(); ++i) {
    const api::Action& action = *table.all()[i];
    const ActionTable::Found found = table.find(action.name());
    EXPECT_EQ(found.action, &action) << action.name();
    EXPECT_EQ(found.index, i);
    if (i > 0) {
      EXPECT_LT(table.all()[i - 1]->name(), action.name());
    }
  }
}

TEST(ActionTable, BuiltAndMissingActionsAreTheWholeModelWithoutOverlap) {
  const ActionTable table;
  EXPECT_TRUE(std::is_sorted(missing_actions().begin(), missing_actions().end()));
  std::set<std::string_view> names(missing_actions().begin(), missing_actions().end());
  EXPECT_EQ(names.size(), missing_actions().size());
  for (const auto& action : table.all()) EXPECT_TRUE(names.insert(action->name()).second) << action->name();
  EXPECT_EQ(names.size(), kActionsOfTheModel);
}

TEST(ActionTable, UnknownNamesAreNotFound) {
  const ActionTable table;
  for (const std::string_view name : {"", "encrypt", "Encrypt ", "EncryptX", "Encryp", "Zzz", "CreateGrant"}) {
    EXPECT_EQ(table.find(name).action, nullptr) << name;
  }
}

TEST(ActionTable, PermissionOfAnActionIsItsName) {
  const ActionTable table;
  for (const auto& action : table.all()) {
    if (action->name() == "ReEncrypt") {
      EXPECT_EQ(action->permission(), "kms:ReEncryptFrom");
    } else {
      EXPECT_EQ(action->permission(), "kms:" + std::string(action->name()));
    }
  }
}

}  // namespace
}  // namespace claviger::server
