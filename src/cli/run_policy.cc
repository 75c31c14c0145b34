#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <fstream>
#include <memory>

#include "audit/files.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/policy_explanation.h"
#include "cli/policy_lint.h"
#include "cli/policy_simulation.h"
#include "cli/process.h"
#include "cli/report.h"
#include "cli/seal_source.h"
#include "crypto/random.h"

namespace claviger::cli {
namespace {

// Of both commands.
constexpr int kNothingToSay = 0;
constexpr int kFindings = 1;
constexpr int kRefused = 2;

Result<std::string> read_policy_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(policy::kMaxDocumentBytes + 1, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())) && !file.eof()) {
    return fail(Error::io(fmt::format("{} cannot be read", path)));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

int report_as_refused(const Error& error) {
  report(error);
  return kRefused;
}

// The directory uses the seal as long as it is open.
Status open_directory(const PolicyLintOptions& options, RandomSource& random, const Clock& clock,
                      std::unique_ptr<hsm::Seal>& seal, std::unique_ptr<DataDirectory>& directory) {
  protect_process();
  CLAVIGER_ASSIGN(seal, make_seal(options.seal, false, random));
  CLAVIGER_ASSIGN(directory, DataDirectory::open(options.data_dir, *seal, random, clock));
  return {};
}

std::string_view name_of(Finding::Severity severity) {
  return severity == Finding::Severity::kError ? "error" : "warning";
}

void print_findings(const std::string& file, const std::vector<Finding>& findings) {
  std::string text;
  json::Writer<std::string> writer(text);
  writer.begin_array();
  for (const Finding& finding : findings) {
    writer.begin_object();
    writer.name("file");
    writer.string(file);
    writer.name("line");
    writer.integer(static_cast<std::int64_t>(finding.line));
    writer.name("severity");
    writer.string(name_of(finding.severity));
    writer.name("code");
    writer.string(finding.code);
    writer.name("message");
    writer.string(finding.message);
    writer.end_object();
  }
  writer.end_array();
  fmt::print("{}\n", text);
}

}  // namespace

int run_policy_lint(const PolicyLintOptions& options) {
  LintRequest request;
  if (options.kind == "identity") request.kind = policy::DocumentKind::kIdentity;
  if (options.kind == "trust") request.kind = policy::DocumentKind::kTrust;
  if (!options.account.empty()) {
    request.account = AccountId::parse(options.account);
    if (!request.account) return report_as_refused(Error::validation("an account is twelve digits"));
  }
  crypto::SystemRandom random;
  const SystemClock clock;
  std::unique_ptr<hsm::Seal> seal;
  std::unique_ptr<DataDirectory> directory;
  if (!options.data_dir.empty()) {
    const Status opened = open_directory(options, random, clock, seal, directory);
    if (!opened) return report_as_refused(opened.error());
    request.principals = &directory->principals();
    if (!request.account) request.account = directory->deployment().account;
  }
  const auto text = read_policy_file(options.file);
  if (!text) return report_as_refused(text.error());
  request.text = *text;
  const std::vector<Finding> findings = lint_policy(request);
  int status = findings.empty() ? kNothingToSay : kFindings;
  for (const Finding& finding : findings) {
    if (finding.severity == Finding::Severity::kError) status = kRefused;
    if (options.json) continue;
    fmt::print("{}:{}: {}: {} [{}]\n", options.file, finding.line, name_of(finding.severity), finding.message,
               finding.code);
  }
  if (options.json) print_findings(options.file, findings);
  return status;
}

int run_policy_simulate(const PolicySimulateOptions& options) {
  SimulationRequest request{
      .caller = options.caller, .action = options.action, .resource = options.resource, .context = options.context};
  const auto add = [](const std::string& path, std::vector<NamedPolicy>& to) -> Status {
    if (path.empty()) return {};
    CLAVIGER_ASSIGN(std::string text, read_policy_file(path));
    to.push_back({path, std::move(text)});
    return {};
  };
  Status read = add(options.key_policy, request.key_policy);
  for (const std::string& path : options.identity_policies) {
    if (read) read = add(path, request.identity);
  }
  if (read) read = add(options.session_policy, request.session);
  if (read) read = add(options.boundary, request.boundary);
  if (!read) return report_as_refused(read.error());
  const auto simulation = simulate(request);
  if (!simulation) return report_as_refused(simulation.error());
  fmt::print("{}\n", options.json ? simulation->json : simulation->text);
  return simulation->allowed ? kNothingToSay : kFindings;
}

int run_policy_explain(const PolicyExplainOptions& options) {
  audit::PosixFiles files;
  const auto explained = explain_request(files, DataDirectory::audit_path(options.data_dir), options.request_id);
  if (!explained) return report(explained.error());
  if (options.json) {
    fmt::print("{}\n", explained->json);
  } else {
    fmt::print("{}", explained->text);
  }
  return 0;
}

}  // namespace claviger::cli
