#include "server/request_quotas.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace claviger::server {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

Scope scope(std::string_view account, std::string_view region = "us-east-1") {
  return {*AccountId::parse(account), *Region::parse(region)};
}
const Scope kScope = scope("111122223333");
const QuotaId kCreateKey = *find_quota("CreateKey");

QuotaSet set_of(std::initializer_list<QuotaId> quotas) {
  QuotaSet set;
  for (const QuotaId quota : quotas) set.add(quota);
  return set;
}

// On a clock that stands still until it is moved.
class RequestQuotasTest : public testing::Test {
 protected:
  int taken(LoopQuotas& loop, const Scope& where, const QuotaSet& set) {
    int count = 0;
    while (count < 1000 && loop.take(where, set)) ++count;
    return count;
  }

  steady_clock::time_point now_{seconds(1000)};
  RequestQuotas quotas_{{.enabled = true, .rates = {{*find_quota("EnableKey"), 7}}}, [this] { return now_; }};
};

TEST_F(RequestQuotasTest, EachAccountRegionAndQuotaHasItsOwn) {
  LoopQuotas loop(quotas_);
  EXPECT_EQ(taken(loop, kScope, set_of({kCreateKey})), 5);
  EXPECT_EQ(taken(loop, scope("444455556666"), set_of({kCreateKey})), 5);
  EXPECT_EQ(taken(loop, scope("111122223333", "us-west-2"), set_of({kCreateKey})), 5);
  EXPECT_EQ(taken(loop, kScope, set_of({*find_quota("EnableKey")})), 7) << "as it was set";
  EXPECT_EQ(taken(loop, kScope, set_of({kCreateKey})), 0);
  now_ += seconds(1);
  EXPECT_EQ(taken(loop, kScope, set_of({kCreateKey})), 5);
}

TEST_F(RequestQuotasTest, ACallOfTwoQuotasNeedsBoth) {
  LoopQuotas loop(quotas_);
  const QuotaId tag = *find_quota("TagResource");
  EXPECT_EQ(taken(loop, kScope, set_of({kCreateKey, tag})), 5);
  EXPECT_GT(taken(loop, kScope, set_of({tag})), 0);
  EXPECT_EQ(taken(loop, kScope, set_of({kCreateKey, tag})), 0);
}

TEST_F(RequestQuotasTest, LoopsShareThem) {
  LoopQuotas a(quotas_);
  LoopQuotas b(quotas_);
  EXPECT_TRUE(a.take(kScope, set_of({kCreateKey})));
  EXPECT_EQ(taken(b, kScope, set_of({kCreateKey})), 4);
}

TEST_F(RequestQuotasTest, TogetherThreadsTakeNoMoreThanThereIs) {
  const QuotaId rsa = *find_quota("RSA");
  std::atomic<int> count = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      LoopQuotas loop(quotas_);
      while (loop.take(kScope, set_of({rsa}))) ++count;
    });
  }
  threads.clear();
  EXPECT_EQ(count, 1000);
}

TEST_F(RequestQuotasTest, LoopsForgetNoneWhenTheyRememberAnother) {
  LoopQuotas loop(quotas_);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 300; ++i) {
      EXPECT_TRUE(loop.take(scope(std::to_string(100'000'000'000 + i)), set_of({kCreateKey})));
    }
  }
  EXPECT_FALSE(loop.take(scope("100000000007"), set_of({kCreateKey})));
}

TEST_F(RequestQuotasTest, BeyondABoundTheyAreShared) {
  RequestQuotas::Buckets* first = &quotas_.buckets(kScope);
  for (std::size_t i = 1; i < RequestQuotas::kMaxScopes; ++i) {
    ASSERT_NE(&quotas_.buckets(scope(std::to_string(200'000'000'000 + i))), first);
  }
  RequestQuotas::Buckets* others = &quotas_.buckets(scope("300000000000"));
  EXPECT_EQ(&quotas_.buckets(scope("300000000001")), others);
  EXPECT_NE(others, first);
  EXPECT_EQ(&quotas_.buckets(kScope), first);
}

}  // namespace
}  // namespace claviger::server
