#include "audit/segment_writer.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/check.h"

namespace claviger::audit {
namespace {

// More waiting frames than this become two writes, so that memory stays bounded.
constexpr std::size_t kGroupBytes = 1024 * 1024;

Status check(const SysResult<void>& result, std::string_view what) {
  if (result) return {};
  return fail(Error::io(describe_errno(what, result.error())));
}

std::size_t frame_bytes(const Frame& frame) {
  return kFrameOverheadBytes + frame.request_id.size() + frame.json.size();
}

}  // namespace

SegmentWriter::SegmentWriter(const FileLog::Options& options, const FileLog::Dependencies& dependencies)
    : options_(options), dependencies_(dependencies) {}

Status SegmentWriter::open() {
  Files& files = dependencies_.files;
  CLAVIGER_TRY(check(files.make_directory(options_.directory), "create " + options_.directory));
  CLAVIGER_ASSIGN(std::optional<Recovered> recovered, recover(files, options_.directory, dependencies_.signer));
  CLAVIGER_TRY(check(files.remove(path(kPreparedName)), "remove an unfinished segment"));
  CLAVIGER_TRY(check(files.remove(path(kReserveName)), "remove a reserved segment"));
  CLAVIGER_TRY(check(files.remove(path(kNewHeadName)), "remove an unfinished head"));
  if (options_.prepare_ahead) reserve_ = std::make_unique<SegmentReserve>(files, path(kReserveName));
  if (!recovered) {
    dependencies_.random.fill(log_id_);
    CLAVIGER_TRY(create_head());
    CLAVIGER_TRY(open_head());
    CLAVIGER_TRY(start_segment());
  } else {
    CLAVIGER_TRY(adopt(*std::move(recovered)));
  }
  // Twice: a crash can have torn either slot.
  CLAVIGER_TRY(write_head(HeadState::kRunning));
  CLAVIGER_TRY(write_head(HeadState::kRunning));
  return check(head_file_->sync(), "sync the head");
}

Status SegmentWriter::create_head() {
  Files& files = dependencies_.files;
  head_.log_id = log_id_;
  head_.time = dependencies_.clock.now();
  Bytes bytes = encode_head(head_, dependencies_.signer);
  head_.generation = 1;
  const Bytes second = encode_head(head_, dependencies_.signer);
  bytes.insert(bytes.end(), second.begin(), second.end());
  {
    const auto file = files.create(path(kNewHeadName));
    if (!file) return fail(Error::io(describe_errno("create the head", file.error())));
    CLAVIGER_TRY(check(write_all(**file, bytes, 0), "write the head"));
    CLAVIGER_TRY(check((*file)->sync(), "sync the head"));
  }
  CLAVIGER_TRY(check(files.rename(path(kNewHeadName), path(kHeadName)), "rename the head"));
  CLAVIGER_TRY(check(files.sync_directory(options_.directory), "sync the log's directory"));
  const std::filesystem::path parent = std::filesystem::path(options_.directory).parent_path();
  return check(files.sync_directory(parent.empty() ? "." : parent.string()), "sync the directory above the log");
}

Status SegmentWriter::open_head() {
  auto file = dependencies_.files.open_write(path(kHeadName));
  if (!file) return fail(Error::io(describe_errno("open the head", file.error())));
  head_file_ = *std::move(file);
  return {};
}

Status SegmentWriter::adopt(Recovered recovered) {
  log_id_ = recovered.head.log_id;
  head_ = recovered.head;
  last_ = {recovered.last_sequence, recovered.end, recovered.chain, recovered.anchor};
  tracker_ = std::move(recovered.tracker);
  open_intents_ = std::move(recovered.open_intents);
  CLAVIGER_TRY(open_head());
  if (!recovered.header) return start_segment();
  segment_number_ = recovered.header->number;
  segment_bytes_ = recovered.header->segment_bytes;
  auto file = dependencies_.files.open_write(path(segment_name(segment_number_)));
  if (!file) return fail(Error::io(describe_errno("open the last segment", file.error())));
  segment_ = *std::move(file);
  segment_ended_ = recovered.closed;
  CLAVIGER_TRY(cut_tail(recovered.end, recovered.dirty_end));
  next_ = last_;
  if (segment_ended_) return start_segment();
  return {};
}

// Also makes the frames that were found durable: a killed process leaves them in the page cache
// only, and what follows relies on them.
Status SegmentWriter::cut_tail(std::uint64_t from, std::uint64_t to) {
  const Bytes zeros(static_cast<std::size_t>(to - from));
  CLAVIGER_TRY(check(write_all(*segment_, zeros, from), "cut off an incomplete write"));
  return check(segment_->sync(), "sync the last segment");
}

// Segments grow from small to their full size, so that a log with little in it takes little room.
std::uint64_t SegmentWriter::bytes_of_segment(std::uint64_t number) const {
  const std::uint64_t doublings = std::min<std::uint64_t>(number - 1, 16);
  return std::min(options_.segment_bytes, kFirstSegmentBytes << doublings);
}

// At kPreparedName, allocated.
Result<std::unique_ptr<File>> SegmentWriter::new_segment_file(std::uint64_t bytes) {
  Files& files = dependencies_.files;
  if (reserve_ != nullptr) {
    if (std::unique_ptr<File> reserved = reserve_->take(bytes)) {
      CLAVIGER_TRY(check(files.rename(path(kReserveName), path(kPreparedName)), "take the reserved segment"));
      return reserved;
    }
  }
  auto file = files.create(path(kPreparedName));
  if (!file) return fail(Error::io(describe_errno("create an audit segment", file.error())));
  CLAVIGER_TRY(check((*file)->allocate(bytes), "allocate an audit segment"));
  return *std::move(file);
}

Status SegmentWriter::start_segment() {
  Files& files = dependencies_.files;
  SegmentHeader header;
  header.log_id = log_id_;
  header.number = segment_number_ + 1;
  header.segment_bytes = bytes_of_segment(header.number);
  header.first_sequence = last_.sequence + 1;
  header.previous_chain = last_.chain;
  header.previous_end = last_.end;
  header.replay_from = tracker_.oldest_segment(header.number);
  header.anchor = last_.anchor;
  header.created = dependencies_.clock.now();
  CLAVIGER_ASSIGN(std::unique_ptr<File> file, new_segment_file(header.segment_bytes));
  CLAVIGER_TRY(check(write_all(*file, encode_segment_header(header, dependencies_.signer), 0),
                     "write an audit segment's header"));
  CLAVIGER_TRY(check(file->sync(), "sync an audit segment's header"));
  // The header is durable before the name: a segment that can be found has a whole header.
  CLAVIGER_TRY(check(files.rename(path(kPreparedName), path(segment_name(header.number))), "name an audit segment"));
  CLAVIGER_TRY(check(files.sync_directory(options_.directory), "sync the log's directory"));
  segment_ = std::move(file);
  segment_number_ = header.number;
  segment_bytes_ = header.segment_bytes;
  segment_ended_ = false;
  last_.end = kSegmentHeaderBytes;
  next_ = last_;
  return {};
}

bool SegmentWriter::add(const Frame& frame) {
  const std::size_t size = frame_bytes(frame);
  if (segment_ended_ || next_.end + size + kMaxSegmentEndBytes > segment_bytes_) return false;
  if (!group_.empty() && group_.size() + size > kGroupBytes) return false;
  if (group_.empty()) group_time_ = dependencies_.clock.now();
  FrameView view;
  view.sequence = next_.sequence + 1;
  view.group = last_.sequence + 1;
  view.time = group_time_;
  view.anchor = frame.anchor;
  view.kind = frame.kind;
  view.request_id = frame.request_id;
  view.payload = as_bytes(frame.json);
  next_.end += append_frame(view, hasher_, next_.chain, group_);
  next_.sequence = view.sequence;
  next_.anchor = std::max(next_.anchor, frame.anchor);
  // Most calls are reads and have no intent: their events matter only while some intent is open.
  if (frame.kind == FrameKind::kIntent || !tracker_.empty() || !tracked_.empty()) {
    tracked_.push_back({frame.kind, frame.request_id});
  }
  return true;
}

Result<Sequence> SegmentWriter::commit() {
  const Sequence first = last_.sequence + 1;
  const auto written = segment_->write_durably(group_, last_.end);
  group_.clear();
  const std::vector<Added> tracked = std::exchange(tracked_, {});
  if (!written) {
    next_ = last_;
    return fail(Error::io(describe_errno("write the audit log", written.error())));
  }
  last_ = next_;
  if (reserve_ != nullptr && last_.end > segment_bytes_ / 2) reserve_->begin(bytes_of_segment(segment_number_ + 1));
  for (const Added& added : tracked) tracker_.saw(added.kind, added.request_id, segment_number_);
  return first;
}

Status SegmentWriter::write_segment_end() {
  CLAVIGER_CHECK(group_.empty());
  const Bytes signature =
      dependencies_.signer.sign(segment_end_message(log_id_, segment_number_, last_.sequence + 1, last_.chain));
  CLAVIGER_CHECK(signature.size() <= kMaxSignatureBytes);
  FrameView view;
  view.sequence = last_.sequence + 1;
  view.group = view.sequence;
  view.time = dependencies_.clock.now();
  view.anchor = last_.anchor;
  view.kind = FrameKind::kSegmentEnd;
  view.payload = signature;
  next_.end += append_frame(view, hasher_, next_.chain, group_);
  next_.sequence = view.sequence;
  CLAVIGER_TRY(commit());
  segment_ended_ = true;
  return {};
}

Status SegmentWriter::rotate() {
  if (!segment_ended_) CLAVIGER_TRY(write_segment_end());
  return start_segment();
}

Status SegmentWriter::restart() {
  next_ = last_;
  group_.clear();
  tracked_.clear();
  CLAVIGER_TRY(start_segment());
  CLAVIGER_TRY(write_head(HeadState::kRunning));
  return check(head_file_->sync(), "sync the head");
}

Status SegmentWriter::write_head(HeadState state) {
  Head head = head_;
  head.state = state;
  head.log_id = log_id_;
  ++head.generation;
  head.sequence = last_.sequence;
  head.segment = segment_number_;
  head.end = last_.end;
  head.chain = last_.chain;
  head.anchor = last_.anchor;
  head.time = dependencies_.clock.now();
  // The other slot first: a power loss may tear every write since the last sync, and one slot must be left.
  CLAVIGER_TRY(check(head_file_->sync(), "sync the head"));
  const std::uint64_t slot = head.generation % 2 * kHeadSlotBytes;
  CLAVIGER_TRY(check(write_all(*head_file_, encode_head(head, dependencies_.signer), slot), "write the head"));
  head_ = head;
  if (state == HeadState::kClosed) return check(head_file_->sync(), "sync the head");
  return {};
}

}  // namespace claviger::audit
