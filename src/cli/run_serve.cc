#include "base/scheduling.h"
#include "cli/attestation_roots.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/report.h"
#include "cli/seal_source.h"
#include "cli/serving.h"
#include "crypto/random.h"
#include "server/moved_clock.h"

namespace claviger::cli {

int run_serve(const std::string& config_path) {
  Signals signals;
  // The writer of the audit log wakes a loop once for a whole group then, not once for each reply.
  prefer_throughput();
  const std::string unprotected = protect_process();
  server::Logger logger;
  if (!unprotected.empty()) logger.warning("process not fully protected", {{"detail", unprotected}});
  const auto config = read_config(config_path);
  if (!config) return report(config.error());
  const auto attestation = read_attestation_roots(config->attestation_roots_file);
  if (!attestation) return report(attestation.error());
  crypto::SystemRandom random;
  const SystemClock clock;
  const auto seal = make_seal(config->seal, false, random);
  if (!seal) return report(seal.error());
  const auto directory = DataDirectory::open(config->data_dir, **seal, random, clock);
  if (!directory) return report(directory.error());
  DataDirectory& data = **directory;
  if (const Status refused = server::refuse_moved_clock(data.store()); !refused) return report(refused.error());
  const Serving serving{logger, signals, DataDirectory::status_path(config->data_dir),
                        data.keyring().memory_protection()};
  return serve_until_stopped(
      {data.store(), data.log(), data.keyring(), data.registry(), clock, logger, data.deployment(), {}},
      {.http = config->http,
       .limits = config->limits,
       .attestation = *attestation,
       .request_quotas = config->request_quotas},
      serving, [](server::Node&) -> Result<Beside> { return nullptr; });
}

}  // namespace claviger::cli
