#include "cli/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>
#include <unordered_set>
#include <utility>

#include "base/encoding.h"

namespace claviger::cli::yaml {
namespace {

// Leaves yaml-cpp, which reports with exceptions too, from inside an event; it never leaves this file.
struct Refusal {
  Place place;
  std::string what;
};

Place place_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

// Builds the tree from events, so that nothing is built before it was counted.
class Builder final : public YAML::EventHandler {
 public:
  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(mark, {}, anchor, Kind::kNull, {}); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_reference(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    add(mark, tag, anchor, Kind::kText, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::kList);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::kMap);
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or map that is still open, and of a map the name that has been read and has no value yet.
  struct Open {
    Node node;
    bool named = false;
    std::string name;
    Place name_place;
    std::unordered_set<std::string> names;
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, std::string what) {
    throw Refusal{place_of(mark), std::move(what)};
  }
  [[noreturn]] static void refuse_reference(const YAML::Mark& mark) {
    refuse(mark, "anchors and aliases of YAML (& and *) are not allowed here; write the value out");
  }

  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse_reference(mark);
    // `?` is what has no tag, `!` what is quoted.
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags of YAML (!) are not allowed here; remove it");
    if (++nodes_ > kMaxNodes) refuse(mark, fmt::format("more than {} values; use several files", kMaxNodes));
  }

  // Whether a map waits for a name: what comes is one, and not a value.
  bool wants_name() const { return !open_.empty() && open_.back().node.kind == Kind::kMap && !open_.back().named; }

  void add(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Kind kind, const std::string& text) {
    check(mark, tag, anchor);
    if (wants_name()) {
      if (kind != Kind::kText) refuse(mark, "a name is missing before the colon");
      Open& map = open_.back();
      if (!map.names.insert(text).second) refuse(mark, fmt::format("{} stands here twice; remove one", text));
      map.named = true;
      map.name = text;
      map.name_place = place_of(mark);
      return;
    }
    Node node;
    node.kind = kind;
    node.place = place_of(mark);
    node.text = text;
    put(std::move(node));
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Kind kind) {
    check(mark, tag, anchor);
    if (wants_name()) refuse(mark, "a name must be a text");
    if (open_.size() == kMaxDepth) refuse(mark, fmt::format("nested more than {} deep", kMaxDepth));
    Open& opened = open_.emplace_back();
    opened.node.kind = kind;
    opened.node.place = place_of(mark);
  }

  void close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(node));
  }

  void put(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == Kind::kMap) {
      node.name = std::move(parent.name);
      node.name_place = parent.name_place;
      parent.named = false;
    }
    parent.node.children.push_back(std::move(node));
  }

  Node root_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
};

// What YAML calls printable, of the characters that ASCII has; yaml-cpp itself takes others for ends of the file.
bool has_control_characters(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f) return true;
  }
  return false;
}

}  // namespace

std::unexpected<Error> fail_at(std::string_view file, Place place, std::string_view what) {
  return fail(ErrorCode::kValidation, {}, fmt::format("{}:{}:{}: {}", file, place.line, place.column, what));
}

Result<Node> parse(std::string_view file, std::string_view text) {
  if (text.size() > kMaxBytes) {
    return fail_at(file, {}, fmt::format("the file has {} bytes; at most {} are read", text.size(), kMaxBytes));
  }
  if (!is_valid_utf8(text)) return fail_at(file, {}, "the file is not UTF-8");
  if (has_control_characters(text)) return fail_at(file, {}, "the file has control characters");
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder;
    if (!parser.HandleNextDocument(builder)) return fail_at(file, {}, "the file is empty");
    Builder second;
    if (parser.HandleNextDocument(second)) return fail_at(file, {}, "the file has more than one YAML document");
    return builder.take();
  } catch (const Refusal& refusal) {
    return fail_at(file, refusal.place, refusal.what);
  } catch (const YAML::Exception& error) {
    return fail_at(file, place_of(error.mark), fmt::format("not YAML: {}", error.msg));
  }
}

}  // namespace claviger::cli::yaml
