// An audit log that keeps the newest records in memory and nothing on a disk: for a development
// server without a data directory, and for tests.
#pragma once

#include <memory>

#include "audit/log.h"

namespace claviger::audit {

class MemoryLog final : public Log {
 public:
  // Keeps the newest `capacity` events; at least 1.
  MemoryLog(const Clock& clock, std::size_t capacity);
  // Calls back for everything that was appended, then returns.
  ~MemoryLog() override;

  using Log::append;
  void append(std::span<std::shared_ptr<Entry>> entries) override;
  const std::vector<OpenIntent>& open_intents() const override;
  std::uint64_t last_anchor() const override;
  std::string failure() const override;

  struct Event {
    Sequence sequence = 0;
    WallTime time;
    std::string request_id;
    std::string json;
  };
  // The events kept, oldest first.
  std::vector<Event> recent() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::audit
