#include "cli/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <utility>
#include <vector>

#include "base/encoding.h"

namespace claviger::cli {
namespace {

std::string keyring_path(const std::string& path) { return path + "/keyring"; }
std::string store_path(const std::string& path) { return path + "/store.db"; }
std::string public_key_path(const std::string& path) { return path + "/audit-public-key"; }
// Where create() builds. It is gone once everything has been moved to its place, the keyring last.
std::string building_path(const std::string& path) { return path + "/claviger-init"; }

std::unexpected<Error> io_error(const std::string& what) {
  return fail(Error::io(fmt::format("{}: {}", what, std::strerror(errno))));
}

Status sync_path(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return io_error(path);
  const int result = ::fsync(descriptor);
  ::close(descriptor);
  if (result != 0) return io_error(path);
  return {};
}

Status write_file(const std::string& path, std::string_view text) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return io_error(path);
  const bool written =
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(descriptor) == 0;
  ::close(descriptor);
  if (!written) return io_error(path);
  return {};
}

Status commit_and_wait(store::Store& store, store::Commit commit) {
  std::promise<Result<store::Revision>> promise;
  store.commit(std::move(commit),
               [&promise](Result<store::Revision> revision) { promise.set_value(std::move(revision)); });
  CLAVIGER_TRY(promise.get_future().get());
  return {};
}

// What build() makes, and move_into_place() moves.
bool is_part(const std::string& name) {
  return name == "keyring" || name == "audit" || name == "audit-public-key" || name.starts_with("store.db");
}

// Refuses a directory that holds anything but the leavings of a create() that was interrupted: whatever lies in it is
// somebody's. The keyring is moved last, so without it nothing of this was ever in use.
Status check_empty(const std::string& path) {
  const bool interrupted = std::filesystem::exists(building_path(path));
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    const std::string name = entry.path().filename();
    if (name == "lock" || entry.path() == building_path(path) || (interrupted && is_part(name))) continue;
    return fail(Error::io(fmt::format("{} is not empty: it holds {}", path, name)));
  }
  return {};
}

// Removes these leavings, their mark last.
void clear_interrupted(const std::string& path) {
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (is_part(entry.path().filename())) std::filesystem::remove_all(entry.path());
  }
  std::filesystem::remove_all(building_path(path));
}

Status move_into_place(const std::string& path) {
  const std::string from = building_path(path);
  std::vector<std::filesystem::path> names;
  for (const auto& entry : std::filesystem::directory_iterator(from)) names.push_back(entry.path().filename());
  for (const auto& name : names) {
    if (name != "keyring")
      std::filesystem::rename(std::filesystem::path(from) / name, std::filesystem::path(path) / name);
  }
  CLAVIGER_TRY(sync_path(path));
  std::filesystem::rename(keyring_path(from), keyring_path(path));
  std::filesystem::remove(from);
  return {};
}

audit::FileLog::Options log_options(const std::string& path) {
  return {.directory = DataDirectory::audit_path(path), .prepare_ahead = true};
}

}  // namespace

Result<DirectoryLock> DirectoryLock::take(const std::string& directory) {
  const std::string path = directory + "/lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return io_error(path);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor);
    return fail(Error::io(fmt::format("{} is in use by another process", directory)));
  }
  return DirectoryLock(descriptor);
}

DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

bool DataDirectory::exists(const std::string& path) { return ::access(keyring_path(path).c_str(), F_OK) == 0; }

Status DataDirectory::build(const std::string& path, hsm::Seal& seal, const NewDirectory& contents,
                            RandomSource& random, const Clock& clock) {
  if (::mkdir(path.c_str(), 0700) != 0) return io_error(path);
  CLAVIGER_ASSIGN(const hsm::Keyring keyring, hsm::Keyring::create(keyring_path(path), seal, random));
  StoreSealer store_sealer(keyring, random);
  CredentialSealer credential_sealer(keyring, random);
  AuditSigner signer(keyring);
  CLAVIGER_TRY(write_file(public_key_path(path), hex_encode(signer.public_key()) + "\n"));
  CLAVIGER_ASSIGN(const auto store,
                  store::SqliteStore::open({.path = store_path(path), .create = true}, store_sealer, random));
  store::Commit commit;
  commit.mutations.push_back(store::Put{std::string(server::kDeploymentKey), server::encode(contents.deployment)});
  CLAVIGER_TRY(commit_and_wait(*store, std::move(commit)));
  iam::Registry registry(*store, credential_sealer, clock, std::string(contents.deployment.partition()));
  CLAVIGER_TRY(registry.ensure_account(contents.deployment.account));
  CLAVIGER_TRY(registry.put_root(contents.deployment.account, contents.root_key));
  audit::PosixFiles files;
  CLAVIGER_ASSIGN(const auto log, audit::FileLog::open(log_options(path), {clock, signer, random, files}));
  if (contents.fill) CLAVIGER_TRY(contents.fill(*store, *log, keyring, registry));
  return {};
}

Status DataDirectory::create(const std::string& path, hsm::Seal& seal, const NewDirectory& contents,
                             RandomSource& random, const Clock& clock) {
  try {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return io_error(path);
    if (exists(path)) return fail(Error::io(fmt::format("{} is a data directory already", path)));
    // Before anything is done to it, and again when nobody else can be making one there.
    CLAVIGER_TRY(check_empty(path));
    if (::chmod(path.c_str(), 0700) != 0) return io_error(path);
    CLAVIGER_ASSIGN(const DirectoryLock lock, DirectoryLock::take(path));
    if (exists(path)) return fail(Error::io(fmt::format("{} is a data directory already", path)));
    CLAVIGER_TRY(check_empty(path));
    clear_interrupted(path);
    CLAVIGER_TRY(build(building_path(path), seal, contents, random, clock));
    CLAVIGER_TRY(sync_path(building_path(path)));
    CLAVIGER_TRY(move_into_place(path));
    CLAVIGER_TRY(sync_path(path));
    // So that the directory's own name is on disk too.
    return sync_path(std::filesystem::absolute(path).parent_path().string());
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(Error::io(error.what()));
  }
}

DataDirectory::DataDirectory(DirectoryLock lock, hsm::Keyring keyring, RandomSource& random)
    : lock_(std::move(lock)),
      keyring_(std::move(keyring)),
      store_sealer_(keyring_, random),
      credential_sealer_(keyring_, random),
      signer_(keyring_) {}

Result<std::unique_ptr<DataDirectory>> DataDirectory::open(const std::string& path, hsm::Seal& seal,
                                                           RandomSource& random, const Clock& clock) {
  if (!exists(path)) {
    return fail(Error::corrupt(fmt::format("{} is not a complete data directory; make one with claviger init", path)));
  }
  CLAVIGER_ASSIGN(DirectoryLock lock, DirectoryLock::take(path));
  CLAVIGER_ASSIGN(hsm::Keyring keyring, hsm::Keyring::open(keyring_path(path), seal));
  std::unique_ptr<DataDirectory> opened(new DataDirectory(std::move(lock), std::move(keyring), random));
  std::error_code unreadable;
  if (!std::filesystem::exists(store_path(path), unreadable)) {
    return fail(Error::corrupt(fmt::format("{} is missing", store_path(path))));
  }
  CLAVIGER_ASSIGN(opened->store_, store::SqliteStore::open({.path = store_path(path)}, opened->store_sealer_, random));
  // A log that is gone must not be replaced by an empty one: somebody removed the record of what was done.
  if (!std::filesystem::exists(audit_path(path) + "/head", unreadable)) {
    return fail(Error::corrupt(fmt::format("the audit log in {} is missing", audit_path(path))));
  }
  CLAVIGER_ASSIGN(opened->log_,
                  audit::FileLog::open(log_options(path), {clock, opened->signer_, random, opened->files_}));
  CLAVIGER_ASSIGN(const auto deployment, opened->store_->get(server::kDeploymentKey));
  if (!deployment) return fail(Error::corrupt("the store has no deployment record"));
  CLAVIGER_ASSIGN(opened->deployment_, server::decode_deployment(deployment->value));
  opened->registry_ = std::make_unique<iam::Registry>(*opened->store_, opened->credential_sealer_, clock,
                                                      std::string(opened->deployment_->partition()));
  CLAVIGER_TRY(opened->registry_->load());
  // A directory from before there were several accounts has none for its own.
  CLAVIGER_TRY(opened->registry_->ensure_account(opened->deployment_->account));
  return opened;
}

Result<hsm::AuditSigner::PublicKey> DataDirectory::audit_public_key(const std::string& path) {
  std::ifstream file(public_key_path(path));
  std::string text;
  if (!std::getline(file, text)) return fail(ErrorCode::kNotFound, {}, path + " holds no public key of an audit log");
  const std::optional<Bytes> bytes = hex_decode(text);
  hsm::AuditSigner::PublicKey key{};
  if (!bytes || bytes->size() != key.size()) return fail(Error::corrupt("the audit log's public key is malformed"));
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return key;
}

}  // namespace claviger::cli
