// The data directory: what lies in it, and how it is made and opened. docs/operations.md lists its files.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "audit/file_log.h"
#include "audit/files.h"
#include "base/clock.h"
#include "base/random.h"
#include "cli/adapters.h"
#include "hsm/keyring.h"
#include "hsm/seal.h"
#include "iam/access_key.h"
#include "iam/registry.h"
#include "policy/principal.h"
#include "server/deployment.h"
#include "store/sqlite_store.h"

namespace claviger::cli {

// Keeps a second process out. The lock goes with the object, or with the process however it ends.
class DirectoryLock final {
 public:
  // kIo when the directory is missing or another process has it open.
  [[nodiscard]] static Result<DirectoryLock> take(const std::string& directory);
  ~DirectoryLock();
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

class DataDirectory final {
 public:
  struct NewDirectory {
    server::Deployment deployment;
    iam::AccessKey root_key;
    // Fills the new store, if there is something to fill it with; create() fails when this does.
    std::function<Status(store::Store& store, audit::Log& log, const hsm::Keyring& keyring, iam::Registry& registry)>
        fill;
  };
  // Makes `path` (mode 0700) with everything in it, durable when this returns. kIo when it exists and is not empty,
  // and then nothing in it was touched; what an interrupted create() left there is removed.
  [[nodiscard]] static Status create(const std::string& path, hsm::Seal& seal, const NewDirectory& contents,
                                     RandomSource& random, const Clock& clock);
  // Locks and opens. kCorrupt or kKeyUnavailable when something in it is damaged or missing, kIo when the system
  // refuses.
  [[nodiscard]] static Result<std::unique_ptr<DataDirectory>> open(const std::string& path, hsm::Seal& seal,
                                                                   RandomSource& random, const Clock& clock);
  // Whether create() has made `path` completely.
  static bool exists(const std::string& path);

  store::Store& store() { return *store_; }
  audit::Log& log() { return *log_; }
  hsm::Keyring& keyring() { return keyring_; }
  iam::Registry& registry() { return *registry_; }
  const server::Deployment& deployment() const { return *deployment_; }
  // Who exists.
  const policy::PrincipalDirectory& principals() const { return *registry_; }

  // Its parts, for what works on a directory without opening it.
  static std::string audit_path(const std::string& path) { return path + "/audit"; }
  static std::string status_path(const std::string& path) { return path + "/status.json"; }
  // The public key of the audit log's signatures, as create() wrote it. kNotFound, kCorrupt.
  [[nodiscard]] static Result<hsm::AuditSigner::PublicKey> audit_public_key(const std::string& path);

 private:
  static Status build(const std::string& path, hsm::Seal& seal, const NewDirectory& contents, RandomSource& random,
                      const Clock& clock);
  DataDirectory(DirectoryLock lock, hsm::Keyring keyring, RandomSource& random);

  // In the order of their making; each uses those above.
  DirectoryLock lock_;
  hsm::Keyring keyring_;
  StoreSealer store_sealer_;
  CredentialSealer credential_sealer_;
  AuditSigner signer_;
  audit::PosixFiles files_;
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<audit::FileLog> log_;
  std::unique_ptr<iam::Registry> registry_;
  std::optional<server::Deployment> deployment_;
};

}  // namespace claviger::cli
