#include "base/json_places.h"

#include <algorithm>

namespace claviger::json {
namespace {

class Placer final {
 public:
  explicit Placer(std::string_view text) : text_(text) {}

  std::expected<PlacedValue, std::size_t> run() {
    PlacedValue root;
    if (!value(root, 0)) return std::unexpected(at_);
    skip_space();
    if (at_ != text_.size()) return std::unexpected(at_);
    return root;
  }

 private:
  bool peek(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool take(char c) {
    if (!peek(c)) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  // The recursion ends at kMaxPlacedDepth.
  bool value(PlacedValue& out, std::size_t depth) {
    skip_space();
    out.offset = at_;
    bool good = false;
    if (depth == kMaxPlacedDepth) return false;
    if (take('{')) {
      out.kind = PlacedValue::Kind::kObject;
      good = members(out, depth);
    } else if (take('[')) {
      out.kind = PlacedValue::Kind::kArray;
      good = elements(out, depth);
    } else if (peek('"')) {
      good = string();
    } else {
      good = word();
    }
    out.end = at_;
    return good;
  }

  bool members(PlacedValue& out, std::size_t depth) {
    skip_space();
    if (take('}')) return true;
    while (true) {
      skip_space();
      PlacedValue& child = out.children.emplace_back();
      const std::size_t start = at_;
      if (!string()) return false;
      const std::string_view name = text_.substr(start + 1, at_ - start - 2);
      skip_space();
      if (!take(':') || !value(child, depth + 1)) return false;
      child.name = name;
      child.name_offset = start;
      skip_space();
      if (take('}')) return true;
      if (!take(',')) return false;
    }
  }

  bool elements(PlacedValue& out, std::size_t depth) {
    skip_space();
    if (take(']')) return true;
    while (true) {
      if (!value(out.children.emplace_back(), depth + 1)) return false;
      skip_space();
      if (take(']')) return true;
      if (!take(',')) return false;
    }
  }

  bool string() {
    if (!take('"')) return false;
    while (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) >= 0x20) {
      const char c = text_[at_];
      if (c == '\\' && at_ + 1 == text_.size()) return false;
      at_ += c == '\\' ? 2 : 1;
      if (c == '"') return true;
    }
    return false;
  }

  // A number, true, false or null; which, the parser of policies has checked.
  bool word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && (std::string_view("+-.").find(text_[at_]) != std::string_view::npos ||
                                  (text_[at_] >= '0' && text_[at_] <= '9') ||
                                  (text_[at_] >= 'a' && text_[at_] <= 'z') || text_[at_] == 'E')) {
      ++at_;
    }
    return at_ > start;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

const PlacedValue* PlacedValue::find(std::string_view member) const {
  if (kind != Kind::kObject) return nullptr;
  const auto found = std::find_if(children.begin(), children.end(),
                                  [member](const PlacedValue& child) { return child.name == member; });
  return found == children.end() ? nullptr : &*found;
}

std::expected<PlacedValue, std::size_t> place_json(std::string_view text) { return Placer(text).run(); }

std::size_t line_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

}  // namespace claviger::json
