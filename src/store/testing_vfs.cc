#include "store/testing_vfs.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/check.h"

namespace claviger::store {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kSpare = std::size_t{128} << 10;

void put(Bytes& file, std::size_t offset, ByteSpan bytes) {
  if (file.size() < offset) file.resize(offset);
  const ByteSpan over = bytes.first(std::min(bytes.size(), file.size() - offset));
  std::copy(over.begin(), over.end(), file.begin() + static_cast<std::ptrdiff_t>(offset));
  const ByteSpan beyond = bytes.subspan(over.size());
  // Growing little by little would be most of the work of a sanitizer's build.
  if (file.capacity() < offset + bytes.size()) file.reserve(2 * (offset + bytes.size()) + kSpare);
  file.insert(file.end(), beyond.begin(), beyond.end());
}

}  // namespace

struct FaultVfs::Handle {
  sqlite3_file base;  // first: SQLite knows the handle by it
  FaultVfs* vfs;
  std::shared_ptr<File>* file;
};

// The functions SQLite calls.
struct FaultVfs::Io {
  static FaultVfs& self(sqlite3_vfs* vfs) { return *static_cast<FaultVfs*>(vfs->pAppData); }
  static Handle& handle(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }

  static int close(sqlite3_file* file) {
    Handle& h = handle(file);
    std::lock_guard<std::mutex> lock(h.vfs->mutex_);
    (*h.file)->lock = SQLITE_LOCK_NONE;
    delete h.file;
    return SQLITE_OK;
  }

  static int read(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) {
    Handle& h = handle(file);
    std::lock_guard<std::mutex> lock(h.vfs->mutex_);
    const Bytes& bytes = (*h.file)->current;
    const auto wanted = static_cast<std::size_t>(amount);
    const std::size_t from = std::min(static_cast<std::size_t>(offset), bytes.size());
    const std::size_t got = std::min(wanted, bytes.size() - from);
    if (got > 0) std::memcpy(out, bytes.data() + from, got);
    if (got == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(out) + got, 0, wanted - got);
    return SQLITE_IOERR_SHORT_READ;
  }

  static int write(sqlite3_file* file, const void* data, int amount, sqlite3_int64 offset) {
    Handle& h = handle(file);
    std::lock_guard<std::mutex> lock(h.vfs->mutex_);
    ByteSpan bytes(static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(amount));
    const Fault fault = h.vfs->next_fault();
    if (fault == Fault::kShortWrite) bytes = bytes.first(bytes.size() / 2);
    if (fault == Fault::kNone || fault == Fault::kShortWrite || fault == Fault::kLostSync) {
      put((*h.file)->current, static_cast<std::size_t>(offset), bytes);
      (*h.file)->unsynced.push_back({static_cast<std::size_t>(offset), to_bytes(bytes), false});
    }
    if (fault == Fault::kNone || fault == Fault::kLostSync) return SQLITE_OK;
    return fault == Fault::kFull || fault == Fault::kShortWrite ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    Handle& h = handle(file);
    std::lock_guard<std::mutex> lock(h.vfs->mutex_);
    const Fault fault = h.vfs->next_fault();
    if (fault != Fault::kNone && fault != Fault::kLostSync) return SQLITE_IOERR_TRUNCATE;
    (*h.file)->current.resize(static_cast<std::size_t>(size));
    (*h.file)->unsynced.push_back({static_cast<std::size_t>(size), {}, true});
    return SQLITE_OK;
  }

  static int sync(sqlite3_file* file, int) {
    Handle& h = handle(file);
    std::lock_guard<std::mutex> lock(h.vfs->mutex_);
    const Fault fault = h.vfs->next_fault();
    // As Linux does: the pages that could not be written count as clean from now on.
    if (fault == Fault::kLostSync) (*h.file)->unsynced.clear();
    if (fault != Fault::kNone) return SQLITE_IOERR_FSYNC;
    for (const Write& done : (*h.file)->unsynced) {
      if (done.truncate) {
        (*h.file)->durable.resize(done.offset);
      } else {
        put((*h.file)->durable, done.offset, done.bytes);
      }
    }
    (*h.file)->unsynced.clear();
    return SQLITE_OK;
  }

  static int size(sqlite3_file* file, sqlite3_int64* size) {
    Handle& h = handle(file);
    std::lock_guard<std::mutex> lock(h.vfs->mutex_);
    *size = static_cast<sqlite3_int64>((*h.file)->current.size());
    return SQLITE_OK;
  }

  static int lock_file(sqlite3_file* file, int level) {
    Handle& h = handle(file);
    std::lock_guard<std::mutex> lock(h.vfs->mutex_);
    (*h.file)->lock = std::max((*h.file)->lock, level);
    return SQLITE_OK;
  }
  static int unlock_file(sqlite3_file* file, int level) {
    Handle& h = handle(file);
    std::lock_guard<std::mutex> lock(h.vfs->mutex_);
    (*h.file)->lock = level;
    return SQLITE_OK;
  }
  static int reserved(sqlite3_file*, int* result) {
    *result = 0;
    return SQLITE_OK;
  }
  static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int sector_size(sqlite3_file*) { return static_cast<int>(kSector); }
  static int characteristics(sqlite3_file*) { return 0; }

  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    static constexpr sqlite3_io_methods kMethods = {
        1,           close,    read,    write,       truncate,        sync,    size,    lock_file,
        unlock_file, reserved, control, sector_size, characteristics, nullptr, nullptr, nullptr,
        nullptr,     nullptr,  nullptr};
    FaultVfs& s = self(vfs);
    std::lock_guard<std::mutex> lock(s.mutex_);
    file->pMethods = nullptr;
    const std::string name = path == nullptr ? "temporary" : path;
    if (!s.files_.contains(name)) {
      if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
      s.files_[name] = std::make_shared<File>();
    }
    Handle& h = handle(file);
    h.base.pMethods = &kMethods;
    h.vfs = &s;
    h.file = new std::shared_ptr<File>(s.files_[name]);
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* path, int) {
    FaultVfs& s = self(vfs);
    std::lock_guard<std::mutex> lock(s.mutex_);
    const Fault fault = s.next_fault();
    if (fault != Fault::kNone && fault != Fault::kLostSync) return SQLITE_IOERR_DELETE;
    return s.files_.erase(path) == 0 ? SQLITE_IOERR_DELETE_NOENT : SQLITE_OK;
  }

  static int access(sqlite3_vfs* vfs, const char* path, int, int* result) {
    FaultVfs& s = self(vfs);
    std::lock_guard<std::mutex> lock(s.mutex_);
    *result = s.files_.contains(path) ? 1 : 0;
    return SQLITE_OK;
  }

  static int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
    sqlite3_snprintf(size, out, "%s", path);
    return SQLITE_OK;
  }
};

FaultVfs::FaultVfs() : vfs_(std::make_unique<sqlite3_vfs>()) {
  static std::atomic<int> made = 0;
  name_ = "claviger-fault-" + std::to_string(++made);
  *vfs_ = *sqlite3_vfs_find(nullptr);  // time, randomness and sleep stay the system's
  vfs_->iVersion = 1;
  vfs_->szOsFile = sizeof(Handle);
  vfs_->pNext = nullptr;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = Io::open;
  vfs_->xDelete = Io::remove;
  vfs_->xAccess = Io::access;
  vfs_->xFullPathname = Io::full_path;
  CLAVIGER_CHECK(sqlite3_vfs_register(vfs_.get(), 0) == SQLITE_OK);
}

FaultVfs::~FaultVfs() { sqlite3_vfs_unregister(vfs_.get()); }

Fault FaultVfs::next_fault() {
  ++calls_;
  if (fault_ == Fault::kNone || calls_ < nth_ || (once_ && calls_ > nth_)) return Fault::kNone;
  return fault_;
}

void FaultVfs::fail_from(std::size_t nth, Fault fault, bool once) {
  std::lock_guard<std::mutex> lock(mutex_);
  calls_ = 0;
  nth_ = nth;
  fault_ = fault;
  once_ = once;
}

void FaultVfs::heal() { fail_from(0, Fault::kNone); }

std::size_t FaultVfs::calls() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return calls_;
}

void FaultVfs::lose_power(std::mt19937& random, double survives) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::bernoulli_distribution lucky(survives);
  for (auto& [path, file] : files_) {
    for (const Write& write : file->unsynced) {
      if (write.truncate) {
        if (lucky(random)) file->durable.resize(write.offset);
        continue;
      }
      for (std::size_t at = 0; at < write.bytes.size();) {
        const std::size_t to_boundary = kSector - (write.offset + at) % kSector;
        const std::size_t size = std::min(to_boundary, write.bytes.size() - at);
        if (lucky(random)) put(file->durable, write.offset + at, ByteSpan(write.bytes).subspan(at, size));
        at += size;
      }
    }
    file->unsynced.clear();
    file->current = file->durable;
  }
}

Bytes FaultVfs::everything() const {
  std::lock_guard<std::mutex> lock(mutex_);
  Bytes all;
  for (const auto& [path, file] : files_) all.insert(all.end(), file->current.begin(), file->current.end());
  return all;
}

Bytes FaultVfs::read(const std::string& path) const {
  std::lock_guard<std::mutex> lock(mutex_);
  return files_.at(path)->current;
}

void FaultVfs::write(const std::string& path, Bytes content) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto file = std::make_shared<File>();
  file->durable = content;
  file->current = std::move(content);
  files_[path] = std::move(file);
}

}  // namespace claviger::store
