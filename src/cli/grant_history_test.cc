#include "cli/grant_history.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace claviger::cli {
namespace {

std::string created(std::string_view grantee, std::string_view id) {
  return fmt::format(
      R"({{"eventName":"CreateGrant","requestParameters":{{"granteePrincipal":"{}"}},"responseElements":{{"grantId":"{}"}}}})",
      grantee, id);
}
std::string revoked(std::string_view id, std::string_view more = "") {
  return fmt::format(
      R"({{"eventName":"RevokeGrant","eventTime":"t","requestID":"r","requestParameters":{{"grantId":"{}"}}{}}})", id,
      more);
}

TEST(GrantHistory, KnowsWhatWasTakenFromTheGrantee) {
  GrantHistory history({"arn:role", "111122223333"});
  for (const std::string& event :
       {created("arn:role", "1"), created("arn:other", "2"), created("111122223333", "3"), created("arn:role", "4"),
        created("arn:role", "5"), revoked("1"), revoked("2"), revoked("4", R"(,"errorCode":"AccessDenied")"),
        std::string(R"({"eventName":"RetireGrant","requestParameters":null,"additionalEventData":{"grantId":"3"}})"),
        revoked("1"), std::string("no event"), std::string("[]"), std::string(R"({"eventName":"RevokeGrant"})")}) {
    history.see(event);
  }
  ASSERT_EQ(history.gone().size(), 2u);
  EXPECT_EQ(history.gone()[0].grant_id, "1");
  EXPECT_EQ(history.gone()[0].event_name, "RevokeGrant");
  EXPECT_EQ(history.gone()[0].time, "t");
  EXPECT_EQ(history.gone()[0].request_id, "r");
  EXPECT_EQ(history.gone()[1].grant_id, "3");
  EXPECT_EQ(history.gone()[1].event_name, "RetireGrant");
}

TEST(GrantHistory, KeepsTheNewest) {
  GrantHistory history({"a"});
  for (int i = 0; i < 100; ++i) {
    history.see(created("a", std::to_string(i)));
    history.see(revoked(std::to_string(i)));
  }
  ASSERT_EQ(history.gone().size(), GrantHistory::kMaxGone);
  EXPECT_EQ(history.gone().back().grant_id, "99");
}

}  // namespace
}  // namespace claviger::cli
