#include "server/deployment.h"

#include <gtest/gtest.h>

#include "hsm/test_support.h"

namespace claviger::server {
namespace {

AccountId account(std::string_view text) { return AccountId::parse(text).value(); }
Region region(std::string_view text) { return Region::parse(text).value(); }

const Deployment kExample{.account = account("111122223333"), .regions = {region("eu-central-1"), region("us-east-1")}};

TEST(Deployment, ExampleOfTheFormatPageDecodesAndIsWhatIsWritten) {
  const Bytes example = hsm::example_of("deployment.md");
  const Result<Deployment> decoded = decode_deployment(example);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->account, kExample.account);
  EXPECT_EQ(decoded->regions, kExample.regions);
  EXPECT_EQ(encode(kExample), example);
}

TEST(Deployment, EveryOtherLengthVersionOrNameIsCorrupt) {
  const Bytes whole = encode(kExample);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto cut = decode_deployment(ByteSpan(whole).first(size));
    ASSERT_FALSE(cut.has_value()) << size;
    EXPECT_EQ(cut.error().code(), ErrorCode::kCorrupt);
  }
  struct Row {
    const char* name;
    std::size_t at;
    std::uint8_t value;
  };
  for (const Row& row :
       {Row{"another version", 0, 2}, Row{"a letter in the account", 1, 'a'}, Row{"more Regions than there are", 14, 3},
        Row{"fewer Regions", 14, 1}, Row{"an upper-case Region", 17, 'E'}}) {
    SCOPED_TRACE(row.name);
    Bytes changed = whole;
    ASSERT_NE(changed.at(row.at), row.value);
    changed[row.at] = row.value;
    const auto decoded = decode_deployment(changed);
    ASSERT_FALSE(decoded.has_value());
    EXPECT_EQ(decoded.error().code(), ErrorCode::kCorrupt);
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_EQ(decode_deployment(longer).error().code(), ErrorCode::kCorrupt);
}

TEST(Deployment, ServesItsRegionsOrEveryOneWhenItNamesNone) {
  EXPECT_TRUE(kExample.serves(region("us-east-1")));
  EXPECT_FALSE(kExample.serves(region("us-east-2")));
  const Deployment any{.account = account("111122223333"), .regions = {}};
  EXPECT_TRUE(any.serves(region("us-east-2")));
  EXPECT_TRUE(decode_deployment(encode(any)).value().regions.empty());
}

TEST(Deployment, CallsWithoutARegionHappenInTheFirst) {
  EXPECT_EQ(kExample.home_region(), region("eu-central-1"));
  const Deployment any{.account = account("111122223333"), .regions = {}};
  EXPECT_EQ(any.home_region(), region("us-east-1"));
}

TEST(Deployment, ServesIamAndStsInTheGlobalRegionOfItsPartition) {
  const auto region = [](std::string_view name) { return *Region::parse(name); };
  const Deployment deployment{.account = *AccountId::parse("111122223333"), .regions = {region("eu-central-1")}};
  for (const Service service : {Service::kIam, Service::kSts}) {
    EXPECT_TRUE(deployment.serves(service, region("eu-central-1")));
    EXPECT_TRUE(deployment.serves(service, region("us-east-1")));
    EXPECT_FALSE(deployment.serves(service, region("us-east-2")));
    EXPECT_FALSE(deployment.serves(service, region("cn-north-1"))) << "another partition";
  }
  EXPECT_TRUE(deployment.serves(Service::kKms, region("eu-central-1")));
  EXPECT_FALSE(deployment.serves(Service::kKms, region("us-east-1")));
  const Deployment china{.account = deployment.account, .regions = {region("cn-northwest-1")}};
  EXPECT_TRUE(china.serves(Service::kIam, region("cn-north-1")));
  EXPECT_FALSE(china.serves(Service::kIam, region("us-east-1")));
}

TEST(Deployment, EveryPartitionHasAGlobalRegionOfItsOwn) {
  for (const auto& [name, global] : {std::pair("ap-south-2", "us-east-1"),
                                     {"cn-northwest-1", "cn-north-1"},
                                     {"us-gov-east-1", "us-gov-west-1"},
                                     {"us-iso-west-1", "us-iso-east-1"},
                                     {"us-isob-east-1", "us-isob-east-1"},
                                     {"eusc-de-east-1", "eusc-de-east-1"}}) {
    const Region region = global_region(*Region::parse(name));
    EXPECT_EQ(region.view(), global);
    EXPECT_EQ(region.partition(), Region::parse(name)->partition());
  }
}

}  // namespace
}  // namespace claviger::server
