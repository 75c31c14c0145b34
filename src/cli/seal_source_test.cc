#include "cli/seal_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "crypto/random.h"
#include "store/testing_store.h"

namespace claviger::cli {
namespace {

class SealSourceTest : public testing::Test {
 protected:
  std::string passphrase_file(std::string_view content) {
    const std::string path = directory_.file("passphrase");
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    return path;
  }
  // Whether what one passphrase file seals another opens.
  bool opens(std::string_view wrapped_with, std::string_view opened_with) {
    const SecretBytes root = SecretBytes::copy_of(Bytes(32, 7));
    auto first = make_seal({{}, passphrase_file(wrapped_with)}, true, random_);
    CLAVIGER_CHECK(first.has_value());
    const auto wrapped = (*first)->wrap(root, {}, random_);
    CLAVIGER_CHECK(wrapped.has_value());
    auto second = make_seal({{}, passphrase_file(opened_with)}, false, random_);
    CLAVIGER_CHECK(second.has_value());
    return (*second)->unwrap(*wrapped, {}).has_value();
  }

  store::TemporaryDirectory directory_;
  crypto::SystemRandom random_;
};

TEST_F(SealSourceTest, KeyFileIsMadeOnlyWhenAKeyringIs) {
  const SealConfig config{directory_.file("key"), {}};
  const auto opening = make_seal(config, false, random_);
  ASSERT_TRUE(opening.has_value());
  EXPECT_FALSE(std::filesystem::exists(config.key_file));
  ASSERT_TRUE(make_seal(config, true, random_).has_value());
  EXPECT_EQ(std::filesystem::file_size(config.key_file), 32u);
  EXPECT_EQ(std::filesystem::status(config.key_file).permissions(), std::filesystem::perms(0600));
  const auto made = std::filesystem::last_write_time(config.key_file);
  const auto again = make_seal(config, true, random_);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ((*again)->kind(), hsm::SealKind::kKeyFile);
  EXPECT_EQ(std::filesystem::last_write_time(config.key_file), made) << "a file that is there is used";
}

TEST_F(SealSourceTest, PassphraseIsTheFirstLine) {
  EXPECT_TRUE(opens("correct horse", "correct horse\nand more\n"));
  EXPECT_FALSE(opens("correct horse", "correct horse \n"));
}

TEST_F(SealSourceTest, LengthOfAPassphraseIsBounded) {
  const auto code = [this](std::string_view content) -> std::optional<ErrorCode> {
    const auto seal = make_seal({{}, passphrase_file(content)}, false, random_);
    if (seal) return std::nullopt;
    return seal.error().code();
  };
  EXPECT_EQ(code(std::string(1024, 'p')), std::nullopt);
  EXPECT_EQ(code(std::string(1024, 'p') + "\nmore"), std::nullopt);
  EXPECT_EQ(code(std::string(1025, 'p')), ErrorCode::kValidation);
  EXPECT_EQ(code(std::string(1025, 'p') + "\n"), ErrorCode::kValidation);
  EXPECT_EQ(code(std::string(5000, 'p')), ErrorCode::kValidation);
  EXPECT_EQ(code(""), ErrorCode::kValidation);
  EXPECT_EQ(code("\nsecond line\n"), ErrorCode::kValidation);
}

TEST_F(SealSourceTest, MissingPassphraseFileIsAnIoErrorThatNamesIt) {
  const std::string path = directory_.file("none");
  const auto seal = make_seal({{}, path}, false, random_);
  ASSERT_FALSE(seal.has_value());
  EXPECT_EQ(seal.error().code(), ErrorCode::kIo);
  EXPECT_NE(seal.error().detail().find(path), std::string::npos);
}

}  // namespace
}  // namespace claviger::cli
