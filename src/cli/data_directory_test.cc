#include "cli/data_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <vector>

#include "crypto/random.h"
#include "store/testing_store.h"

namespace claviger::cli {
namespace {

namespace fs = std::filesystem;

class DataDirectoryTest : public testing::Test {
 protected:
  DataDirectoryTest() {
    for (const char* name : {"key", "other-key"}) {
      CLAVIGER_CHECK(hsm::KeyFileSeal::create_file(directory_.file(name), random_).has_value());
    }
  }
  Status create() {
    auto key = iam::given_access_key("root", SecretBytes::copy_of(as_bytes("secret")));
    return DataDirectory::create(path_, seal_,
                                 {{.account = *AccountId::parse("111122223333"), .regions = {}}, *std::move(key)},
                                 random_, clock_);
  }
  Result<std::unique_ptr<DataDirectory>> open() { return DataDirectory::open(path_, seal_, random_, clock_); }
  ErrorCode open_error() {
    const auto opened = open();
    EXPECT_FALSE(opened.has_value());
    return opened ? ErrorCode::kConflict : opened.error().code();
  }
  void write(const std::string& name, std::string_view text) { std::ofstream(path_ + "/" + name) << text; }
  // What lies in the directory, without the lock.
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path_)) names.push_back(entry.path().filename());
    std::erase(names, "lock");
    std::sort(names.begin(), names.end());
    return names;
  }

  store::TemporaryDirectory directory_;
  const std::string path_ = directory_.file("data");
  crypto::SystemRandom random_;
  ManualClock clock_{from_millis(1'767'225'600'000)};
  hsm::KeyFileSeal seal_{directory_.file("key")};
};

const std::vector<std::string> kParts = {"audit", "audit-public-key", "keyring", "store.db", "store.db-wal"};

TEST_F(DataDirectoryTest, WhatIsCreatedOpens) {
  EXPECT_FALSE(DataDirectory::exists(path_));
  ASSERT_TRUE(create().has_value());
  EXPECT_TRUE(DataDirectory::exists(path_));
  EXPECT_EQ(names(), kParts);
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms(0700));
  const auto opened = open();
  ASSERT_TRUE(opened.has_value()) << opened.error().detail();
  EXPECT_EQ((*opened)->deployment().account.view(), "111122223333");
  EXPECT_NE((*opened)->registry().snapshot()->credential("root"), nullptr);
  EXPECT_EQ(DataDirectory::audit_public_key(path_).value(), AuditSigner((*opened)->keyring()).public_key());
}

TEST_F(DataDirectoryTest, EmptyDirectoryOfAnyModeBecomesPrivate) {
  ASSERT_TRUE(fs::create_directory(path_));
  fs::permissions(path_, fs::perms(0755));
  ASSERT_TRUE(create().has_value());
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms(0700));
}

TEST_F(DataDirectoryTest, CreateTouchesNothingOfAnybodysDirectory) {
  for (const char* name : {"notes.txt", "new", "keyring.bak"}) {
    SCOPED_TRACE(name);
    fs::remove_all(path_);
    fs::create_directory(path_);
    fs::permissions(path_, fs::perms(0755));
    write(name, "mine");
    const Status status = create();
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code(), ErrorCode::kIo);
    EXPECT_EQ(names(), std::vector<std::string>{name});
    EXPECT_FALSE(fs::exists(path_ + "/lock"));
    EXPECT_EQ(fs::status(path_).permissions(), fs::perms(0755));
  }
}

TEST_F(DataDirectoryTest, CreateRefusesADataDirectory) {
  ASSERT_TRUE(create().has_value());
  const Status status = create();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), ErrorCode::kIo);
  EXPECT_TRUE(open().has_value());
}

TEST_F(DataDirectoryTest, CreateInterruptedAtAnyStepIsNoDataDirectoryAndCanBeRepeated) {
  // Each state that create() goes through: parts in the building directory, then moved one by one, the keyring last.
  for (std::size_t moved = 0; moved <= kParts.size(); ++moved) {
    SCOPED_TRACE(moved);
    fs::remove_all(path_);
    ASSERT_TRUE(create().has_value());
    const std::string building = path_ + "/claviger-init";
    fs::create_directory(building);
    fs::rename(path_ + "/keyring", building + "/keyring");
    std::size_t left = moved;
    for (const std::string& part : kParts) {
      if (part != "keyring" && left > 0) {
        --left;
      } else if (part != "keyring") {
        fs::rename(path_ + "/" + part, building + "/" + part);
      }
    }
    EXPECT_FALSE(DataDirectory::exists(path_));
    EXPECT_EQ(open_error(), ErrorCode::kCorrupt);
    ASSERT_TRUE(create().has_value());
    EXPECT_EQ(names(), kParts);
    EXPECT_TRUE(open().has_value());
  }
}

TEST_F(DataDirectoryTest, CreateInterruptedAfterTheKeyringWasMovedIsComplete) {
  ASSERT_TRUE(create().has_value());
  fs::create_directory(path_ + "/claviger-init");
  EXPECT_TRUE(open().has_value());
}

TEST_F(DataDirectoryTest, SecondOpeningIsRefusedWhileTheFirstLives) {
  ASSERT_TRUE(create().has_value());
  {
    const auto first = open();
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(open_error(), ErrorCode::kIo);
  }
  EXPECT_TRUE(open().has_value());
}

TEST_F(DataDirectoryTest, LockGoesWithItsObject) {
  fs::create_directory(path_);
  auto lock = DirectoryLock::take(path_);
  ASSERT_TRUE(lock.has_value());
  EXPECT_FALSE(DirectoryLock::take(path_).has_value());
  {
    const DirectoryLock moved = *std::move(lock);
    EXPECT_FALSE(DirectoryLock::take(path_).has_value());
  }
  EXPECT_TRUE(DirectoryLock::take(path_).has_value());
  EXPECT_FALSE(DirectoryLock::take(path_ + "/none").has_value());
}

TEST_F(DataDirectoryTest, MissingOrDamagedPartsAreRefused) {
  struct Row {
    const char* name;
    std::function<void()> damage;
    ErrorCode expected;
  };
  const Row rows[] = {
      {"no keyring", [this] { fs::remove(path_ + "/keyring"); }, ErrorCode::kCorrupt},
      {"damaged keyring", [this] { write("keyring", "nonsense"); }, ErrorCode::kKeyUnavailable},
      {"no store", [this] { fs::remove(path_ + "/store.db"); }, ErrorCode::kCorrupt},
      {"damaged store", [this] { write("store.db", std::string(5000, 'x')); }, ErrorCode::kCorrupt},
      {"no audit log", [this] { fs::remove_all(path_ + "/audit"); }, ErrorCode::kCorrupt},
      {"an empty audit log",
       [this] {
         fs::remove_all(path_ + "/audit");
         fs::create_directory(path_ + "/audit");
       },
       ErrorCode::kCorrupt},
      {"another key file", [this] { seal_ = hsm::KeyFileSeal(directory_.file("other-key")); },
       ErrorCode::kKeyUnavailable},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    fs::remove_all(path_);
    ASSERT_TRUE(create().has_value());
    row.damage();
    EXPECT_EQ(open_error(), row.expected);
  }
}

TEST_F(DataDirectoryTest, PublicKeyOfTheAuditMayBeMissingOrMalformed) {
  fs::create_directory(path_);
  EXPECT_EQ(DataDirectory::audit_public_key(path_).error().code(), ErrorCode::kNotFound);
  for (const std::string& text : {std::string("00\n"), std::string(64, 'x') + "\n", std::string(66, '0') + "\n"}) {
    write("audit-public-key", text);
    EXPECT_EQ(DataDirectory::audit_public_key(path_).error().code(), ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace claviger::cli
