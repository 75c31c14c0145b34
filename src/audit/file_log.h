// The durable audit log: docs/formats/audit-log.md.
//
// One writer thread takes everything that waits, frames and chains it, and makes it durable with
// one write and one fdatasync (group commit). A second thread answers appends that exceed their
// deadline while the writer is stuck in a system call, and all that arrive while the log fails.
//
// After any failed system call the writer trusts nothing it has not synced: the segment ends at the
// last durable frame, whatever the kernel still holds behind it, and the log goes on in a new
// segment as soon as one can be created and synced. Until then every append fails at once.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "audit/files.h"
#include "audit/log.h"
#include "audit/signer.h"
#include "base/random.h"

namespace claviger::audit {

inline constexpr std::uint64_t kMinSegmentBytes = 16 * 1024;
// The first segment; each later one is twice as large, up to Options::segment_bytes.
inline constexpr std::uint64_t kFirstSegmentBytes = 4 * 1024 * 1024;
inline constexpr std::uint64_t kMaxSegmentBytes = std::uint64_t{1} << 30;

class FileLog final : public Log {
 public:
  struct Options {
    std::string directory;  // its parent exists
    // Between kMinSegmentBytes and kMaxSegmentBytes, a multiple of 4096. A frame must fit into one
    // segment. Start-up reads the last segment, so this bounds its time.
    std::uint64_t segment_bytes = 16 * 1024 * 1024;
    // Makes the next segment while the current one is half full, so that going on to it takes no longer than a write.
    bool prepare_ahead = false;
    // An append that is not durable after this time fails.
    std::chrono::milliseconds append_deadline{2000};
    // Between two attempts to go on after a failure.
    std::chrono::milliseconds retry_interval{200};
    // At most this long after a frame became durable a signature covers it.
    std::chrono::milliseconds head_interval{1000};
  };
  // All outlive the log.
  struct Dependencies {
    const Clock& clock;
    Signer& signer;
    RandomSource& random;  // only used by open()
    Files& files;
  };

  // Opens the log in a directory, or creates it there. Cuts off an incomplete last write. kCorrupt
  // when anything else is wrong with the newest segments or the log is older than its signed head;
  // kIo when a system call failed.
  [[nodiscard]] static Result<std::unique_ptr<FileLog>> open(Options options, Dependencies dependencies);

  // Makes everything that was appended durable, or calls back with its failure; signs the end of
  // the log. Waits for a system call that is stuck.
  ~FileLog() override;

  using Log::append;
  void append(std::span<std::shared_ptr<Entry>> entries) override;
  const std::vector<OpenIntent>& open_intents() const override;
  std::uint64_t last_anchor() const override;
  std::string failure() const override;

 private:
  struct Impl;
  explicit FileLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::audit
