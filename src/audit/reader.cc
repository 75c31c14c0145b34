#include "audit/reader.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "audit/directory.h"
#include "audit/event.h"
#include "audit/file_log.h"
#include "audit/segment_scan.h"

namespace claviger::audit {
namespace {

class Matcher final {
 public:
  explicit Matcher(const Filter& filter) : filter_(filter) {}

  bool matches(const FrameView& frame, std::string_view json) {
    if (!filter_.request_id.empty() && frame.request_id != filter_.request_id) return false;
    if (filter_.not_before && frame.time < *filter_.not_before) return false;
    if (filter_.not_after && frame.time > *filter_.not_after) return false;
    if (filter_.event_name.empty() && filter_.resource_arn.empty()) return true;
    simdjson::dom::element event;
    if (parser_.parse(json.data(), json.size()).get(event) != simdjson::SUCCESS) return false;
    return name_matches(event) && resource_matches(event);
  }

 private:
  bool name_matches(simdjson::dom::element event) const {
    if (filter_.event_name.empty()) return true;
    std::string_view name;
    return event["eventName"].get(name) == simdjson::SUCCESS && name == filter_.event_name;
  }
  bool resource_matches(simdjson::dom::element event) const {
    if (filter_.resource_arn.empty()) return true;
    simdjson::dom::array resources;
    if (event["resources"].get(resources) != simdjson::SUCCESS) return false;
    for (const simdjson::dom::element resource : resources) {
      std::string_view arn;
      if (resource["ARN"].get(arn) == simdjson::SUCCESS && arn == filter_.resource_arn) return true;
    }
    return false;
  }

  const Filter& filter_;
  simdjson::dom::parser parser_;
};

// What the service did because of a call is an event of no request. Quotes in the texts of an event are escaped.
bool is_of_request(std::string_view event, std::string_view request_id) {
  return event.contains(fmt::format(R"("requestID":"{}")", request_id));
}

Result<SegmentHeader> parse_header(ByteSpan bytes, std::uint64_t number) {
  Signed signature;
  const auto header = parse_segment_header(bytes, signature);
  if (!header || header->number != number) {
    return fail(Error::corrupt(fmt::format("audit log: {}: the header is damaged", segment_name(number))));
  }
  return *header;
}

}  // namespace

Status for_each_event(Files& files, const std::string& directory, const Filter& filter, const EventCallback& callback) {
  CLAVIGER_ASSIGN(const std::vector<std::uint64_t> segments, list_segments(files, directory));
  if (segments.empty()) return fail(ErrorCode::kNotFound, {}, "no audit log in " + directory);
  Matcher matcher(filter);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::uint64_t number = segments[i];
    std::optional<std::uint64_t> limit;
    if (i + 1 < segments.size()) {
      const std::string next = join_path(directory, segment_name(number + 1));
      CLAVIGER_ASSIGN(const Bytes bytes, read_prefix(files, next, kSegmentHeaderBytes));
      CLAVIGER_ASSIGN(const SegmentHeader header, parse_header(bytes, number + 1));
      limit = header.previous_end;
    }
    CLAVIGER_ASSIGN(const Bytes bytes, read_file(files, join_path(directory, segment_name(number)), kMaxSegmentBytes));
    CLAVIGER_ASSIGN(const SegmentHeader header, parse_header(bytes, number));
    bool enough = false;
    const Scan scan = scan_segment(bytes, header, limit, [&](const FrameView& frame, std::uint64_t) {
      if (frame.kind != FrameKind::kEvent) return true;
      const RecordedCall call = split_record(as_text(frame.payload));
      const auto give = [&](std::string_view event, std::string_view decisions) {
        if (enough || !matcher.matches(frame, event)) return;
        enough = !callback({frame.sequence, frame.time, frame.request_id, event, decisions});
      };
      give(call.event, call.decisions);
      for (const std::string_view copy : call.copies) {
        if (filter.request_id.empty() || is_of_request(copy, filter.request_id)) give(copy, {});
      }
      return !enough;
    });
    if (enough) return {};
    if (scan.tail == Tail::kDamaged) {
      return fail(
          Error::corrupt(fmt::format("audit log: {} at byte {}: {}", segment_name(number), scan.end, scan.why)));
    }
  }
  return {};
}

}  // namespace claviger::audit
