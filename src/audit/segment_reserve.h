// The next segment's file, made while the current one still has room: filling a file with zeros takes a while, and
// without it every later sync would also have to commit what the file system knows of the file.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "audit/files.h"

namespace claviger::audit {

// Owns a thread. All functions are called by the log's writer.
class SegmentReserve final {
 public:
  // `files` must outlive the reserve. Nothing is made before begin().
  SegmentReserve(Files& files, std::string path);
  // Waits for a file that is being made.
  ~SegmentReserve();
  SegmentReserve(const SegmentReserve&) = delete;
  SegmentReserve& operator=(const SegmentReserve&) = delete;

  // Makes a file of `bytes` bytes at the path, unless one is ready or being made. Returns at once.
  void begin(std::uint64_t bytes);

  // The file, allocated and durable, still at the path; nullptr when there is none of this size. Waits for one that
  // is being made: to make a second one beside it would take longer.
  std::unique_ptr<File> take(std::uint64_t bytes);

 private:
  void run();
  std::unique_ptr<File> make(std::uint64_t bytes) const;

  Files& files_;
  const std::string path_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t wanted_ = 0;  // a file of this size is to be made
  std::uint64_t ready_bytes_ = 0;
  std::unique_ptr<File> ready_;
  bool stopping_ = false;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace claviger::audit
