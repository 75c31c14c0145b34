#include "hsm/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "hsm/file_descriptor.h"

namespace claviger::hsm {
namespace {

Status write_new_file(const std::string& path, ByteSpan bytes) {
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return fail(io_error("cannot create", path));
  CLAVIGER_TRY(write_all(file, bytes, path));
  if (fsync(file.get()) != 0) return fail(io_error("cannot flush", path));
  return {};
}

Status put_in_place(const std::string& from, const std::string& to, Existing existing) {
  switch (existing) {
    case Existing::kRefuse:
      // Unlike rename(), link() never replaces.
      if (link(from.c_str(), to.c_str()) != 0) return fail(io_error("cannot create", to));
      if (unlink(from.c_str()) != 0) return fail(io_error("cannot remove", from));
      return {};
    case Existing::kReplace:
      if (rename(from.c_str(), to.c_str()) != 0) return fail(io_error("cannot replace", to));
      return {};
  }
  std::unreachable();
}

}  // namespace

Status write_whole_file(const std::string& path, ByteSpan bytes, Existing existing) {
  const std::string fresh = path + ".new";
  // Left behind by a process that died here; nobody else writes this name.
  (void)unlink(fresh.c_str());
  Status status = write_new_file(fresh, bytes);
  if (status) status = put_in_place(fresh, path, existing);
  if (!status) {
    (void)unlink(fresh.c_str());
    return status;
  }
  return sync_directory_of(path);
}

}  // namespace claviger::hsm
