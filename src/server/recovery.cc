#include "server/recovery.h"

#include <fmt/format.h>

#include <future>
#include <map>
#include <string>

#include "server/recorder.h"

namespace claviger::server {

Status check_anchor(const audit::Log& log, const store::Store& store) {
  if (store.revision() >= log.last_anchor()) return {};
  return fail(
      Error::corrupt(fmt::format("the store is at revision {}, but the audit log has recorded revision {}: the "
                                 "store was rolled back or belongs to another data directory",
                                 store.revision(), log.last_anchor())));
}

Result<std::size_t> complete_open_intents(audit::Log& log, store::Store& store, Logger& logger) {
  struct Ending {
    std::string json;
    bool committed = false;
  };
  // A call that met conflicts has several intents; at most one of them was committed.
  std::map<std::string, Ending> endings;
  for (const audit::OpenIntent& intent : log.open_intents()) {
    CLAVIGER_ASSIGN(ChangeEvents events, parse_intent(intent.json));
    CLAVIGER_ASSIGN(const auto revision, store.find_commit(intent.sequence));
    Ending& ending = endings[intent.request_id];
    if (ending.committed) continue;
    ending.committed = revision.has_value();
    ending.json = std::move(ending.committed ? events.committed : events.abandoned);
  }
  for (auto& [request_id, ending] : endings) {
    logger.warning("completing the audit record of an interrupted change",
                   {{"requestId", request_id}, {"committed", ending.committed ? "yes" : "no"}});
    std::promise<Result<audit::Sequence>> promise;
    log.append({audit::FrameKind::kEvent, request_id, store.revision(), std::move(ending.json)},
               [&promise](Result<audit::Sequence> sequence) { promise.set_value(std::move(sequence)); });
    CLAVIGER_TRY(promise.get_future().get());
  }
  return endings.size();
}

}  // namespace claviger::server
