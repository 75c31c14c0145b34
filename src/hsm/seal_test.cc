#include "hsm/seal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "crypto/random.h"
#include "hsm/test_support.h"

namespace claviger::hsm {
namespace {

class SealTest : public ::testing::Test {
 protected:
  std::string key_file(std::size_t size, mode_t mode) {
    const std::string path = directory.file("key" + std::to_string(++files_));
    write_whole(path, Bytes(size, 0x11));
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }

  TemporaryDirectory directory;
  crypto::SystemRandom random;
  SecretBytes root = secret("0123456789abcdef0123456789abcdef");
  ByteSpan associated = as_bytes("preamble");

 private:
  int files_ = 0;
};

TEST_F(SealTest, UnwrapsWhatItWrapped) {
  KeyFileSeal file(key_file(32, 0600));
  PassphraseSeal passphrase(secret("words"), kCheapCost);
  for (Seal* seal : {static_cast<Seal*>(&file), static_cast<Seal*>(&passphrase)}) {
    const Bytes wrapped = seal->wrap(root, associated, random).value();
    const auto opened = seal->unwrap(wrapped, associated);
    ASSERT_TRUE(opened.has_value());
    EXPECT_TRUE(constant_time_equal(insecure_expose(*opened), insecure_expose(root)));
    EXPECT_NE(seal->wrap(root, associated, random).value(), wrapped) << "a salt and a nonce of its own each time";
  }
}

TEST_F(SealTest, RefusesEveryDamageAndAnotherPlace) {
  KeyFileSeal seal(key_file(32, 0600));
  const Bytes wrapped = seal.wrap(root, associated, random).value();
  for_each_damage(wrapped, [&](ByteSpan damaged, const std::string& what) {
    const auto opened = seal.unwrap(damaged, associated);
    ASSERT_FALSE(opened.has_value()) << what;
    EXPECT_EQ(opened.error().code(), ErrorCode::kKeyUnavailable) << what;
  });
  const auto moved = seal.unwrap(wrapped, as_bytes("another preamble"));
  ASSERT_FALSE(moved.has_value());
  EXPECT_EQ(moved.error().code(), ErrorCode::kKeyUnavailable);
}

TEST_F(SealTest, AHostileCostIsRefusedBeforeItIsPaid) {
  PassphraseSeal seal(secret("words"), kCheapCost);
  Bytes wrapped = seal.wrap(root, associated, random).value();
  wrapped[0] = 0x06;  // 100 GiB and a little
  wrapped[1] = 0x40;
  const auto opened = seal.unwrap(wrapped, associated);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::kKeyUnavailable);
}

TEST_F(SealTest, AnEmptyPassphraseOrACostOutOfBoundsDoesNotWrap) {
  PassphraseSeal empty{SecretBytes(), kCheapCost};
  PassphraseSeal costly(secret("words"), {.memory_kib = 1U << 30, .passes = 1, .lanes = 1});
  for (PassphraseSeal* seal : {&empty, &costly}) {
    const auto wrapped = seal->wrap(root, associated, random);
    ASSERT_FALSE(wrapped.has_value());
    EXPECT_EQ(wrapped.error().code(), ErrorCode::kValidation);
  }
}

TEST_F(SealTest, KeyFilesThatOthersMayReadOrOfAnotherSizeAreNotUsed) {
  const struct {
    const char* name;
    std::size_t size;
    mode_t mode;
  } rows[] = {{"readable by the group", 32, 0640},
              {"readable by others", 32, 0604},
              {"writable by others", 32, 0602},
              {"executable by the group", 32, 0610},
              {"short", 31, 0600},
              {"long", 33, 0600},
              {"empty", 0, 0600}};
  for (const auto& row : rows) {
    KeyFileSeal seal(key_file(row.size, row.mode));
    const auto wrapped = seal.wrap(root, associated, random);
    ASSERT_FALSE(wrapped.has_value()) << row.name;
    EXPECT_EQ(wrapped.error().code(), ErrorCode::kKeyUnavailable) << row.name;
  }
  KeyFileSeal directory_seal(directory.file(""));
  EXPECT_EQ(directory_seal.wrap(root, associated, random).error().code(), ErrorCode::kKeyUnavailable);
  KeyFileSeal missing(directory.file("missing"));
  EXPECT_EQ(missing.wrap(root, associated, random).error().code(), ErrorCode::kIo);
  KeyFileSeal read_only(key_file(32, 0400));
  EXPECT_TRUE(read_only.wrap(root, associated, random).has_value());
}

TEST_F(SealTest, CreatingAKeyFileNeverReplacesOne) {
  const std::string path = directory.file("key");
  ASSERT_TRUE(KeyFileSeal::create_file(path, random).has_value());
  const Bytes before = read_whole(path);
  EXPECT_EQ(before.size(), 32U);
  const Status again = KeyFileSeal::create_file(path, random);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code(), ErrorCode::kIo);
  EXPECT_EQ(read_whole(path), before);
}

TEST_F(SealTest, AKeyFileIsMadeInOneStepAlsoAfterACreationThatDied) {
  const std::string path = directory.file("key");
  const std::string unfinished = path + ".new";
  {
    std::ofstream(unfinished) << "half";
  }
  ASSERT_TRUE(KeyFileSeal::create_file(path, random).has_value());
  EXPECT_EQ(read_whole(path).size(), 32U);
  EXPECT_FALSE(std::filesystem::exists(unfinished));
}

}  // namespace
}  // namespace claviger::hsm
