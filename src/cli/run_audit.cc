#include <fmt/format.h>

#include <cstdio>
#include <deque>

#include "audit/reader.h"
#include "audit/verify.h"
#include "base/encoding.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/json_members.h"
#include "cli/report.h"

namespace claviger::cli {
namespace {

constexpr int kBad = 2;

Result<hsm::AuditSigner::PublicKey> public_key(const AuditVerifyOptions& options) {
  if (options.public_key.empty()) return DataDirectory::audit_public_key(options.data_dir);
  hsm::AuditSigner::PublicKey key{};
  const auto bytes = hex_decode(options.public_key);
  if (!bytes || bytes->size() != key.size()) {
    return fail(ErrorCode::kValidation, {}, "a public key is 64 hexadecimal digits");
  }
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return key;
}

// One line for people: when, what, how it ended, who, on what.
std::string summary(json::Parser& parser, std::string_view event) {
  const auto parsed = parser.parse(as_bytes(event));
  if (!parsed) return "(unreadable event)";
  const json::Value identity = member(*parsed, "userIdentity");
  std::string_view resource = "-";
  const json::Value resources = member(*parsed, "resources");
  json::Value first;
  if (resources.valid() && resources.type() == json::Type::kArray) {
    json::ArrayCursor cursor = resources.elements();
    if (cursor.next(first)) resource = text_or(member(first, "ARN"), "-");
  }
  const auto text = [&parsed](std::string_view name, std::string_view otherwise = "-") {
    return text_or(member(*parsed, name), otherwise);
  };
  // The record of another account than the caller's knows the caller by its id alone.
  const std::string_view caller = text_or(
      member(identity, "arn"), text_or(member(identity, "invokedBy"), text_or(member(identity, "principalId"), "-")));
  return fmt::format("{}  {:<32}  {:<28}  {}  {}  {}", text("eventTime"), text("eventName"),
                     text("errorCode", "success"), caller, resource, text("requestID"));
}

}  // namespace

int run_audit_verify(const AuditVerifyOptions& options) {
  const auto key = public_key(options);
  if (!key) return report(key.error());
  audit::PosixFiles files;
  const auto checked = audit::verify(files, DataDirectory::audit_path(options.data_dir), AuditVerifier(*key));
  if (!checked) return report(checked.error());
  if (checked->bad) {
    fmt::print("BAD: {} at byte {}, frame {}: {}\n", checked->bad->file, checked->bad->offset, checked->bad->sequence,
               checked->bad->reason);
    return kBad;
  }
  fmt::print("ok: {} events, {} intents ({} open), {} segments, last frame {}, store revision {}\n", checked->events,
             checked->intents, checked->open_intents, checked->segments, checked->last_sequence, checked->last_anchor);
  if (checked->unsigned_frames > 0) {
    fmt::print("note: the last {} frames are not covered by a signature yet{}\n", checked->unsigned_frames,
               checked->running ? "; the server is running or did not stop in an orderly way" : "");
  }
  if (checked->incomplete_tail) fmt::print("note: an incomplete write stands at the end\n");
  return 0;
}

int run_audit_show(const AuditShowOptions& options) {
  audit::PosixFiles files;
  json::Parser parser;
  std::deque<std::string> kept;
  const auto print = [](const std::string& line) { fmt::print("{}\n", line); };
  const Status status = audit::for_each_event(
      files, DataDirectory::audit_path(options.data_dir),
      {.event_name = options.event_name, .request_id = options.request_id, .resource_arn = options.resource},
      [&](const audit::StoredEvent& event) {
        std::string line = options.json ? std::string(event.json) : summary(parser, event.json);
        if (options.last == 0) {
          print(line);
          return true;
        }
        kept.push_back(std::move(line));
        if (kept.size() > options.last) kept.pop_front();
        return true;
      });
  for (const std::string& line : kept) print(line);
  if (!status) return report(status.error());
  return 0;
}

}  // namespace claviger::cli
