#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/process.h"
#include "cli/report.h"
#include "cli/seal_source.h"
#include "cli/secret_gate.h"
#include "cli/seed_plan.h"
#include "crypto/random.h"

namespace claviger::cli {
namespace {

Result<server::Deployment> deployment_of(const InitOptions& options) {
  const auto account = AccountId::parse(options.account);
  if (!account) return fail(ErrorCode::kValidation, {}, "an account is twelve digits");
  server::Deployment deployment{.account = *account};
  for (const std::string& name : options.regions) {
    const auto region = Region::parse(name);
    if (!region) return fail(ErrorCode::kValidation, {}, name + " is not the name of a Region");
    deployment.regions.push_back(*region);
  }
  return deployment;
}

using Fill = decltype(DataDirectory::NewDirectory::fill);

// What fills the new directory; the file is read before anything is made. The keys of a local-kms seed, which does not
// name a Region, belong to the first that is served.
Result<Fill> seeding(const InitOptions& options, const server::Deployment& deployment, RandomSource& random,
                     const Clock& clock) {
  if (options.seed.empty()) return Fill();
  const Region region = deployment.regions.empty() ? *Region::parse("us-east-1") : deployment.regions.front();
  CLAVIGER_ASSIGN(Seed seed, read_seed_file(options.seed, {.local_kms = {deployment.account, region}}));
  return [seed = std::make_shared<const Seed>(std::move(seed)), &deployment, &random, &clock](
             store::Store& store, audit::Log& log, const hsm::Keyring& keyring, iam::Registry& registry) -> Status {
    CLAVIGER_TRY(apply_seed(*seed, {store, log, keyring, deployment, registry, {}, clock, random}));
    return {};
  };
}

}  // namespace

int run_init(const InitOptions& options) {
  protect_process();
  const auto deployment = deployment_of(options);
  if (!deployment) return report(deployment.error());
  crypto::SystemRandom random;
  const SystemClock clock;
  const auto fill = seeding(options, *deployment, random, clock);
  if (!fill) return report(fill.error());
  const auto seal = make_seal(options.seal, true, random);
  if (!seal) return report(seal.error());
  iam::AccessKey root = iam::make_access_key(random);
  iam::AccessKey copy{root.id, root.secret.clone()};
  const Status made =
      DataDirectory::create(options.data_dir, **seal, {*deployment, std::move(copy), *fill}, random, clock);
  if (!made) return report(made.error());
  // The only time that the secret is shown.
  SecretBytes line;
  line.append(
      fmt::format(R"({{"account":"{}","accessKeyId":"{}","secretAccessKey":")", deployment->account.view(), root.id));
  line.append(root.secret.expose(SecretGate::access()));
  line.append(std::string_view("\"}\n"));
  const ByteSpan bytes = line.expose(SecretGate::access());
  // Not through stdout's buffer, which nobody wipes.
  if (::write(STDOUT_FILENO, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    return report(Error::io("the root access key could not be printed; remove the data directory and start over"));
  }
  return 0;
}

}  // namespace claviger::cli
