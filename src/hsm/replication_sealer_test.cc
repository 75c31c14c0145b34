#include "hsm/replication_sealer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/random.h"
#include "hsm/private_key_session.h"
#include "hsm/ready_keys.h"
#include "hsm/test_support.h"

namespace claviger::hsm {
namespace {

const KeyId kKey = KeyId::parse("mrk-1234abcd12ab34cd56ef1234567890ab").value();
const Region kThere = Region::parse("us-east-1").value();

ReplicationAddress example_address() {
  return {.kind = 2, .from = example_scope().region, .to = kThere, .account = example_scope().account, .key = kKey};
}

KeyBinding binding_in(const Region& region, std::string_view spec) {
  return {{example_scope().account, region}, kKey, spec, "AWS_KMS"};
}

class ReplicationSealerTest : public ::testing::Test {
 protected:
  ReplicationContent content_of(std::string_view spec, std::vector<ReplicatedMaterial> materials) {
    return {.key_spec = std::string(spec),
            .origin = "AWS_KMS",
            .payload = to_bytes(as_bytes("payload")),
            .materials = std::move(materials)};
  }
  ReplicatedMaterial material(std::string_view spec) {
    NewBackingKey made = session.create_backing_key(binding_in(example_scope().region, spec)).value();
    return {made.material, std::move(made.token)};
  }
  Result<ReplicationContent> carried(const ReplicationContent& content) {
    CLAVIGER_ASSIGN(const Bytes message, sealer.seal(example_address(), content));
    CLAVIGER_ASSIGN(ReplicationSealer::Opened opened, sealer.open(message));
    EXPECT_EQ(opened.address, example_address());
    return std::move(opened.content);
  }
  void expect_corrupt(ByteSpan message) {
    const auto opened = sealer.open(message);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code(), ErrorCode::kCorrupt);
  }

  crypto::BlockRandom random;
  Keyring keyring = Keyring::create_in_memory(random);
  Session session{keyring, random};
  ReplicationSealer sealer{keyring, random};
};

TEST_F(ReplicationSealerTest, WhatOneRegionEncryptedTheOtherOpens) {
  const ReplicatedMaterial here = material("SYMMETRIC_DEFAULT");
  const auto blob = session.encrypt(binding_in(example_scope().region, "SYMMETRIC_DEFAULT"), here.id, here.token,
                                    context_of({}), secret("text"));
  const ReplicationContent there = carried(content_of("SYMMETRIC_DEFAULT", {here})).value();
  EXPECT_EQ(there.payload, to_bytes(as_bytes("payload")));
  ASSERT_EQ(there.materials.size(), 1u);
  EXPECT_EQ(there.materials[0].id, here.id);
  const auto plain =
      session.decrypt(binding_in(kThere, "SYMMETRIC_DEFAULT"), there.materials[0].token, context_of({}), *blob);
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(as_text(insecure_expose(*plain)), "text");
  EXPECT_FALSE(session.decrypt(binding_in(kThere, "SYMMETRIC_DEFAULT"), here.token, context_of({}), *blob))
      << "a token is of one Region";
}

TEST_F(ReplicationSealerTest, CarriesEveryMaterialInItsOrderAndPrivateKeysToo) {
  ReadyKeys ready;
  PrivateKeySession private_keys(keyring, random, ready);
  const KeyBinding from = binding_in(example_scope().region, "ECC_NIST_P256");
  std::vector<ReplicatedMaterial> materials;
  for (int i = 0; i < 3; ++i) {
    NewPrivateKey made = private_keys.create(from).value();
    materials.push_back({made.material, std::move(made.token)});
  }
  const ReplicationContent there = carried(content_of("ECC_NIST_P256", materials)).value();
  ASSERT_EQ(there.materials.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(there.materials[i].id, materials[i].id);
    EXPECT_TRUE(private_keys
                    .sign(binding_in(kThere, "ECC_NIST_P256"), there.materials[i].id, there.materials[i].token,
                          {SignatureScheme::kEcdsa, HashAlgorithm::kSha256}, MessageForm::kRaw, secret("message"))
                    .has_value());
  }
  EXPECT_TRUE(carried(content_of("HMAC_256", {})).value().materials.empty());
}

TEST_F(ReplicationSealerTest, ATokenThatIsNotTheSendersIsNotSent) {
  ReplicatedMaterial other = material("SYMMETRIC_DEFAULT");
  const auto refused = [&](const ReplicationContent& content) {
    const auto message = sealer.seal(example_address(), content);
    return !message && message.error().code() == ErrorCode::kCorrupt;
  };
  EXPECT_TRUE(refused(content_of("HMAC_256", {other})));
  ReplicatedMaterial renamed = other;
  renamed.id[0] ^= 1;
  EXPECT_TRUE(refused(content_of("SYMMETRIC_DEFAULT", {renamed})));
  ReplicatedMaterial empty = other;
  empty.token.clear();
  EXPECT_TRUE(refused(content_of("SYMMETRIC_DEFAULT", {empty})));
}

TEST_F(ReplicationSealerTest, EveryByteCounts) {
  const Bytes message =
      sealer.seal(example_address(), content_of("SYMMETRIC_DEFAULT", {material("SYMMETRIC_DEFAULT")})).value();
  ASSERT_TRUE(sealer.open(message).has_value());
  for (std::size_t i = 0; i < message.size(); ++i) {
    Bytes changed = message;
    changed[i] ^= 1;
    expect_corrupt(changed);
    expect_corrupt(ByteSpan(message).first(i));
  }
  Bytes longer = message;
  longer.push_back(0);
  expect_corrupt(longer);
  longer.resize(ReplicationSealer::kMaxMessageBytes + 1);
  expect_corrupt(longer);
  Keyring other = Keyring::create_in_memory(random);
  EXPECT_FALSE(ReplicationSealer(other, random).open(message).has_value()) << "of another deployment";
}

TEST_F(ReplicationSealerTest, NoMessageHoldsTheMaterial) {
  const std::string known = "THE-KEY-MATERIAL-THAT-NOBODY-SEE";
  NewBackingKey adopted =
      session.insecure_adopt_backing_key(binding_in(example_scope().region, "SYMMETRIC_DEFAULT"), secret(known))
          .value();
  const Bytes message =
      sealer.seal(example_address(), content_of("SYMMETRIC_DEFAULT", {{adopted.material, adopted.token}})).value();
  EXPECT_EQ(as_text(message).find(known), std::string_view::npos);
}

TEST_F(ReplicationSealerTest, OpensTheDocumentedExample) {
  CountingRandom counting;
  Keyring example_keyring = Keyring::create_in_memory(counting);
  CountingRandom again;
  Session example_session(example_keyring, again);
  const NewBackingKey made =
      example_session.create_backing_key(binding_in(example_scope().region, "SYMMETRIC_DEFAULT")).value();
  ReplicationSealer example_sealer(example_keyring, again);
  const ReplicationContent content = content_of("SYMMETRIC_DEFAULT", {{made.material, made.token}});
  const Bytes message = example_sealer.seal(example_address(), content).value();
  const Bytes documented = example_of("replication-message.md");
  EXPECT_EQ(hex_encode(message), hex_encode(documented));
  const auto opened = example_sealer.open(documented);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->content.payload, content.payload);
}

}  // namespace
}  // namespace claviger::hsm
