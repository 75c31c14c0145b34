#include "audit/log.h"

#include <utility>

namespace claviger::audit {
namespace {

class CallbackEntry final : public Entry {
 public:
  CallbackEntry(Frame the_frame, AppendDone done) : done_(std::move(done)) { frame = std::move(the_frame); }
  void appended(Result<Sequence> sequence) override { std::exchange(done_, {})(std::move(sequence)); }

 private:
  AppendDone done_;
};

}  // namespace

void Log::append(Frame frame, AppendDone done) {
  append(std::make_shared<CallbackEntry>(std::move(frame), std::move(done)));
}

}  // namespace claviger::audit
