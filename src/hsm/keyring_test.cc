#include "hsm/keyring.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "crypto/random.h"
#include "hsm/audit_signer.h"
#include "hsm/keyring_internal.h"
#include "hsm/test_support.h"

namespace claviger::hsm {
namespace {

void expect_does_not_open(const Result<Keyring>& keyring, const std::string& what) {
  ASSERT_FALSE(keyring.has_value()) << what;
  EXPECT_EQ(keyring.error().code(), ErrorCode::kKeyUnavailable) << what;
  EXPECT_EQ(keyring.error().message(), "") << what;
  EXPECT_EQ(keyring.error().detail(), "the keyring does not open: wrong key file or passphrase, or a damaged file")
      << what;
}

class KeyringTest : public ::testing::Test {
 protected:
  KeyringTest() { EXPECT_TRUE(KeyFileSeal::create_file(key_file, random).has_value()); }

  TemporaryDirectory directory;
  crypto::SystemRandom random;
  std::string path = directory.file("keyring");
  std::string key_file = directory.file("key");
  KeyFileSeal seal{key_file};
};

TEST_F(KeyringTest, OpensAgainWithTheSameKeys) {
  Bytes token;
  MaterialId material{};
  AuditSigner::PublicKey public_key{};
  {
    const Keyring keyring = Keyring::create(path, seal, random).value();
    Session session(keyring, random);
    const NewBackingKey key = session.create_backing_key(example_binding()).value();
    token = key.token;
    material = key.material;
    public_key = AuditSigner(keyring).public_key();
  }
  const auto keyring = Keyring::open(path, seal);
  ASSERT_TRUE(keyring.has_value());
  Session session(*keyring, random);
  EXPECT_TRUE(session.encrypt(example_binding(), material, token, {}, secret("x")).has_value());
  EXPECT_EQ(AuditSigner(*keyring).public_key(), public_key);
}

TEST_F(KeyringTest, IsAFileOfItsOwnerAlone) {
  ASSERT_TRUE(Keyring::create(path, seal, random).has_value());
  for (const std::string& file : {path, key_file}) {
    struct stat info{};
    ASSERT_EQ(stat(file.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600U) << file;
  }
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST_F(KeyringTest, IsNeverCreatedOverAnother) {
  ASSERT_TRUE(Keyring::create(path, seal, random).has_value());
  const Bytes before = read_whole(path);
  const auto again = Keyring::create(path, seal, random);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code(), ErrorCode::kIo);
  EXPECT_EQ(read_whole(path), before);
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST_F(KeyringTest, APassphraseOpensItAndNoOtherDoes) {
  PassphraseSeal right(secret("correct horse battery staple"), kCheapCost);
  ASSERT_TRUE(Keyring::create(path, right, random).has_value());
  EXPECT_TRUE(Keyring::open(path, right).has_value());
  // The cost is taken from the file.
  PassphraseSeal other_cost(secret("correct horse battery staple"));
  EXPECT_TRUE(Keyring::open(path, other_cost).has_value());
  for (const std::string_view text : {"correct horse battery stapl", "Correct horse battery staple", ""}) {
    PassphraseSeal wrong(secret(text), kCheapCost);
    expect_does_not_open(Keyring::open(path, wrong), std::string(text));
  }
  expect_does_not_open(Keyring::open(path, seal), "another kind of seal");
}

TEST_F(KeyringTest, AnotherKeyFileDoesNotOpenIt) {
  ASSERT_TRUE(Keyring::create(path, seal, random).has_value());
  const std::string other = directory.file("other");
  ASSERT_TRUE(KeyFileSeal::create_file(other, random).has_value());
  KeyFileSeal wrong(other);
  expect_does_not_open(Keyring::open(path, wrong), "another key file");
}

TEST_F(KeyringTest, EveryBitFlipAndEveryTruncationIsRefusedWithOneError) {
  ASSERT_TRUE(Keyring::create(path, seal, random).has_value());
  const Bytes whole = read_whole(path);
  std::size_t refused = 0;
  for_each_damage(whole, [&](ByteSpan damaged, const std::string& what) {
    write_whole(path, damaged);
    expect_does_not_open(Keyring::open(path, seal), what);
    ++refused;
  });
  EXPECT_EQ(refused, whole.size() * 9);
  Bytes longer = whole;
  longer.push_back(0);
  write_whole(path, longer);
  expect_does_not_open(Keyring::open(path, seal), "a byte more");
  write_whole(path, whole);
  EXPECT_TRUE(Keyring::open(path, seal).has_value());
}

TEST_F(KeyringTest, AMissingOrHugeFileIsAnInputError) {
  const auto missing = Keyring::open(path, seal);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), ErrorCode::kIo);
  write_whole(path, Bytes(64 * 1024 + 1));
  const auto huge = Keyring::open(path, seal);
  ASSERT_FALSE(huge.has_value());
  EXPECT_EQ(huge.error().code(), ErrorCode::kIo);
}

TEST_F(KeyringTest, RotationIsDurableAndKeepsFormerKeys) {
  Bytes tokens[3];
  MaterialId materials[3];
  {
    Keyring keyring = Keyring::create(path, seal, random).value();
    Session session(keyring, random);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(keyring.active_domain_key(), i + 1);
      const NewBackingKey key = session.create_backing_key(example_binding()).value();
      tokens[i] = key.token;
      materials[i] = key.material;
      EXPECT_EQ(tokens[i][4], i + 1) << "the token names the active domain key";
      ASSERT_TRUE(keyring.rotate_domain_key(random).has_value());
    }
  }
  const auto keyring = Keyring::open(path, seal);
  ASSERT_TRUE(keyring.has_value());
  EXPECT_EQ(keyring->active_domain_key(), 4U);
  Session session(*keyring, random);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(session.encrypt(example_binding(), materials[i], tokens[i], {}, secret("x")).has_value()) << i;
  }
}

TEST_F(KeyringTest, AFailedRotationChangesNothing) {
  Keyring keyring = Keyring::create(path, seal, random).value();
  // Nothing can be put in the place of a directory that is not empty.
  std::filesystem::remove(path);
  std::filesystem::create_directories(path + "/in the way");
  const Status status = keyring.rotate_domain_key(random);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), ErrorCode::kIo);
  EXPECT_EQ(keyring.active_domain_key(), 1U);
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST_F(KeyringTest, AFullKeyringFitsItsFileAndRotatesNoMore) {
  Keyring keyring = Keyring::create_in_memory(random);
  for (std::uint32_t i = 1; i < Keyring::kMaxDomainKeys; ++i) {
    ASSERT_TRUE(keyring.rotate_domain_key(random).has_value());
  }
  const Status status = keyring.rotate_domain_key(random);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(keyring.active_domain_key(), Keyring::kMaxDomainKeys);
  EXPECT_TRUE(KeyringAccess::domain_key(keyring, Keyring::kMaxDomainKeys).has_value());
  EXPECT_FALSE(KeyringAccess::domain_key(keyring, Keyring::kMaxDomainKeys + 1).has_value());
  EXPECT_FALSE(KeyringAccess::domain_key(keyring, 0).has_value());
}

TEST_F(KeyringTest, SaysHowItsMemoryIsProtected) {
  const std::string protection = Keyring::create_in_memory(random).memory_protection();
  EXPECT_TRUE(protection == "memfd_secret" || protection == "mlock" || protection.starts_with("unprotected: "))
      << protection;
}

TEST_F(KeyringTest, TheExampleOfTheFormatPageOpens) {
  // As the page says: a key file of 32 bytes counting up from 0x80, all other randomness from 0.
  const std::string example_key = directory.file("example key");
  CountingRandom key_bytes(0x80), counting;
  ASSERT_TRUE(KeyFileSeal::create_file(example_key, key_bytes).has_value());
  KeyFileSeal example_seal(example_key);
  write_whole(path, example_of("keyring.md"));
  const auto keyring = Keyring::open(path, example_seal);
  ASSERT_TRUE(keyring.has_value());
  EXPECT_EQ(keyring->active_domain_key(), 1U);
  EXPECT_EQ(hex_encode(KeyringAccess::domain_key(*keyring, 1).value()),
            "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f");
  const std::string made = directory.file("made");
  ASSERT_TRUE(Keyring::create(made, example_seal, counting).has_value());
  EXPECT_EQ(hex_encode(read_whole(made)), hex_encode(example_of("keyring.md")));
}

}  // namespace
}  // namespace claviger::hsm
