#include "audit/directory.h"

#include <algorithm>
#include <cerrno>

namespace claviger::audit {

std::string join_path(const std::string& directory, std::string_view name) {
  std::string path = directory;
  path += '/';
  path += name;
  return path;
}

Result<std::vector<std::uint64_t>> list_segments(Files& files, const std::string& directory) {
  const auto names = files.list(directory);
  if (!names && names.error() == ENOENT) return fail(ErrorCode::kNotFound, {}, "no audit log in " + directory);
  if (!names) return fail(Error::io(describe_errno("list " + directory, names.error())));
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : *names) {
    if (const auto number = parse_segment_name(name)) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

namespace {

struct Opened {
  std::unique_ptr<File> file;
  std::uint64_t size = 0;
};

Result<Opened> open_to_read(Files& files, const std::string& path) {
  auto file = files.open_read(path);
  if (!file && file.error() == ENOENT) return fail(ErrorCode::kNotFound, {}, path + " is missing");
  if (!file) return fail(Error::io(describe_errno("open " + path, file.error())));
  const auto size = (*file)->size();
  if (!size) return fail(Error::io(describe_errno("size of " + path, size.error())));
  return Opened{*std::move(file), *size};
}

Result<Bytes> read_bytes(File& file, const std::string& path, std::uint64_t size) {
  Bytes bytes(size);
  if (const auto read = read_all(file, bytes, 0); !read) {
    return fail(Error::io(describe_errno("read " + path, read.error())));
  }
  return bytes;
}

}  // namespace

Result<Bytes> read_file(Files& files, const std::string& path, std::uint64_t limit) {
  CLAVIGER_ASSIGN(const Opened opened, open_to_read(files, path));
  if (opened.size > limit) return fail(Error::corrupt(path + " is too long"));
  return read_bytes(*opened.file, path, opened.size);
}

Result<Bytes> read_prefix(Files& files, const std::string& path, std::size_t size) {
  CLAVIGER_ASSIGN(const Opened opened, open_to_read(files, path));
  if (opened.size < size) return fail(Error::corrupt(path + " is too short"));
  return read_bytes(*opened.file, path, size);
}

}  // namespace claviger::audit
