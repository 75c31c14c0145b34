#include "wire/query_decode.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "wire/checks.h"
#include "wire/secret_gate.h"

namespace claviger::wire {
namespace {

// Memory that is kept from one request to the next.
constexpr std::size_t kMaxKeptBytes = 64 * 1024;

using Item = FormParameters::Item;
using Items = std::span<const Item>;

// What AWS calls the value of a parameter.
constexpr std::string_view kStringToken = "STRING_VALUE";

std::unexpected<Error> malformed(std::string_view message) {
  return fail(ErrorCode::kSerialization, std::string(message));
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Takes the next `name=value` off `text`.
std::pair<std::string_view, std::string_view> next_pair(std::string_view& text) {
  const std::string_view pair = text.substr(0, text.find('&'));
  text.remove_prefix(std::min(pair.size() + 1, text.size()));
  const std::string_view name = pair.substr(0, pair.find('='));
  return {name, pair.substr(std::min(name.size() + 1, pair.size()))};
}

bool is_plain(std::string_view value) {
  constexpr std::size_t kMaxBytes = 128;
  return !value.empty() && value.size() <= kMaxBytes && std::ranges::all_of(value, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// What was sent under one name: a value of its own, and parameters whose names go on behind a dot.
struct Node {
  const Item* own = nullptr;
  Items below{};
  std::size_t prefix = 0;  // how much of the names of `below` is the way to here, with the dot

  bool present() const { return own != nullptr || !below.empty(); }
};

// The part of `parent.below` that is named `name`.
Node child(const Node& parent, std::string_view name) {
  const auto rest = [&parent](const Item& item) { return item.name.substr(parent.prefix); };
  const auto from = std::ranges::partition_point(parent.below, [&](const Item& item) { return rest(item) < name; });
  Node node;
  if (from != parent.below.end() && rest(*from) == name) node.own = &*from;
  const auto first = std::partition_point(from, parent.below.end(), [&](const Item& item) {
    const std::string_view text = rest(item);
    const int order = text.substr(0, name.size()).compare(name);
    // As strings are compared: by bytes without a sign.
    return order < 0 ||
           (order == 0 && (text.size() == name.size() || static_cast<unsigned char>(text[name.size()]) < '.'));
  });
  const auto last = std::partition_point(first, parent.below.end(), [&](const Item& item) {
    const std::string_view text = rest(item);
    return text.starts_with(name) && text.size() > name.size() && text[name.size()] == '.';
  });
  node.below = Items(first, last);
  node.prefix = parent.prefix + name.size() + 1;
  return node;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// `2026-01-31T23:59:59Z`, with up to three decimals of the seconds.
std::optional<WallTime> parse_time(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < kForm.size() + 1 || text.back() != 'Z') return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == 'd' ? !is_digit : text[i] != kForm[i]) return std::nullopt;
  }
  const auto number = [text](std::size_t at, std::size_t size) {
    return static_cast<int>(*parse_integer(text.substr(at, size)));
  };
  int millis = 0;
  if (std::string_view decimals = text.substr(kForm.size(), text.size() - kForm.size() - 1); !decimals.empty()) {
    if (decimals.front() != '.' || decimals.size() < 2 || decimals.size() > 4) return std::nullopt;
    decimals.remove_prefix(1);
    for (std::size_t i = 0; i < 3; ++i) {
      const char c = i < decimals.size() ? decimals[i] : '0';
      if (c < '0' || c > '9') return std::nullopt;
      millis = millis * 10 + (c - '0');
    }
  }
  const std::chrono::year_month_day date(std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2))));
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  if (!date.ok() || number(0, 4) < 1 || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + std::chrono::milliseconds(millis);
}

// One element of a list or map, by its number.
struct Element {
  std::size_t number;
  Node node;
};

// The elements that were sent as `<name>.1`, `<name>.2`, ... below `list`, in order. Every parameter below it must be
// part of one, and no number may be left out: what is allocated is bounded by what was sent.
Result<std::vector<Element>> elements(const Node& list, std::string_view name) {
  if (list.own != nullptr && (!list.own->value.empty() || !list.below.empty())) {
    return malformed("Unexpected list element termination");
  }
  const Node all = child(list, name);
  if (all.own != nullptr || all.below.size() != list.below.size()) {
    return malformed("Top level element may not be treated as a list");
  }
  std::vector<Element> found;
  for (std::size_t at = 0; at < all.below.size();) {
    const std::string_view rest = all.below[at].name.substr(all.prefix);
    const std::string_view digits = rest.substr(0, rest.find('.'));
    const auto number = digits.starts_with('0') || digits.starts_with('-') ? std::nullopt : parse_integer(digits);
    if (!number || *number > static_cast<std::int64_t>(kMaxFormParameters)) {
      return malformed("A list element has no valid index");
    }
    Element element{static_cast<std::size_t>(*number), child(all, digits)};
    CLAVIGER_CHECK(element.node.present());
    at += element.node.below.size() + (element.node.own != nullptr ? 1 : 0);
    found.push_back(element);
  }
  std::ranges::sort(found, {}, &Element::number);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].number != i + 1) return malformed("A list element has no valid index");
  }
  return found;
}

// One request: the walk over its members, and what it has found wrong so far.
class QueryDecoder final {
 public:
  Status structure(const Shape& shape, const Node& sent, const Path* path, void* out);
  Status verdict() const { return checks_.verdict(); }

 private:
  Status member(const MemberInfo& info, const Node& sent, const Path* parent, void* out);
  Status value(const TypeInfo& type, const Node& sent, const Place& place, void* out);
  Status scalar(const TypeInfo& type, std::string_view text, const Place& place, void* out);
  template <class Integer>
  Status integer(Kind kind, std::string_view text, const Place& place, Integer& out);
  template <class Blob>
  Status blob(std::string_view text, const Place& place, Blob& out);
  Status list(const TypeInfo& type, const Node& sent, const Place& place, void* out);
  Status map(const TypeInfo& type, const Node& sent, const Place& place, void* out);

  Checks checks_;
};

Status QueryDecoder::structure(const Shape& shape, const Node& sent, const Path* path, void* out) {
  if (sent.own != nullptr && !sent.own->value.empty()) {
    return malformed("End of structure or map found where not expected");
  }
  for (const MemberInfo& info : shape.members) {
    CLAVIGER_TRY(member(info, child(sent, info.name), path, out));
  }
  return {};
}

Status QueryDecoder::member(const MemberInfo& info, const Node& sent, const Path* parent, void* out) {
  const Path path{.parent = parent, .name = info.name};
  if (!sent.present()) {
    if (info.required) checks_.missing(path);
    return {};
  }
  if (!info.supported()) {
    checks_.not_built(info);
    return {};
  }
  return value(*info.type, sent, Place{info, info.own, path, false}, info.emplace(out));
}

Status QueryDecoder::value(const TypeInfo& type, const Node& sent, const Place& place, void* out) {
  if (type.kind == Kind::kList) return list(type, sent, place, out);
  if (type.kind == Kind::kMap) return map(type, sent, place, out);
  if (type.kind == Kind::kStructure) return structure(type.structure(), sent, &place.path, out);
  if (!sent.below.empty()) {
    const bool is_list = child(sent, "member").present();
    return malformed(is_list ? "Start of list found where not expected"
                             : "Start of structure or map found where not expected");
  }
  return scalar(type, sent.own->value, place, out);
}

Status QueryDecoder::scalar(const TypeInfo& type, std::string_view text, const Place& place, void* out) {
  switch (type.kind) {
    case Kind::kString:
      checks_.string(type.kind, text, place);
      static_cast<std::string*>(out)->assign(text);
      return {};
    case Kind::kSecretText:
      checks_.string(type.kind, text, place);
      static_cast<SecretText*>(out)->bytes = SecretBytes::copy_of(as_bytes(text));
      return {};
    case Kind::kBoolean:
      if (text != "true" && text != "false" && text != "1" && text != "0") {
        return malformed("boolean must follow xsd1.1 definition");
      }
      *static_cast<bool*>(out) = text == "true" || text == "1";
      return {};
    case Kind::kInteger:
      return integer(type.kind, text, place, *static_cast<std::int32_t*>(out));
    case Kind::kLong:
      return integer(type.kind, text, place, *static_cast<std::int64_t*>(out));
    case Kind::kTimestamp: {
      const auto time = parse_time(text);
      if (!time) return not_convertible(kStringToken, type.kind);
      *static_cast<WallTime*>(out) = *time;
      return {};
    }
    case Kind::kBlob:
      return blob(text, place, *static_cast<Bytes*>(out));
    case Kind::kSecretBlob:
      return blob(text, place, *static_cast<SecretBytes*>(out));
    case Kind::kEnum: {
      std::size_t position = 0;
      if (checks_.enumeration(type, text, place, position)) type.set_name(out, position);
      return {};
    }
    case Kind::kList:
    case Kind::kMap:
    case Kind::kStructure:
      break;
  }
  CLAVIGER_CHECK(false);
}

template <class Integer>
Status QueryDecoder::integer(Kind kind, std::string_view text, const Place& place, Integer& out) {
  const auto number = parse_integer(text);
  if (!number || *number < std::numeric_limits<Integer>::min() || *number > std::numeric_limits<Integer>::max()) {
    return not_convertible(kStringToken, kind);
  }
  checks_.bounds(kind, *number, place, [text] { return Echo::of(std::string(text)); });
  out = static_cast<Integer>(*number);
  return {};
}

template <class Blob>
Status QueryDecoder::blob(std::string_view text, const Place& place, Blob& out) {
  auto decoded = [text] {
    if constexpr (std::is_same_v<Blob, SecretBytes>) {
      return base64_decode_secret(text);
    } else {
      return base64_decode(text);
    }
  }();
  if (!decoded) return malformed("STRING_VALUE is not valid base64");
  checks_.bounds(Kind::kBlob, static_cast<std::int64_t>(decoded->size()), place, [] { return Echo::none(); });
  out = std::move(*decoded);
  return {};
}

Status QueryDecoder::list(const TypeInfo& type, const Node& sent, const Place& place, void* out) {
  CLAVIGER_ASSIGN(const std::vector<Element> found, elements(sent, "member"));
  const bool plain = type.element->kind != Kind::kStructure;
  const auto echo = [&] {
    if (!plain || is_unshowable(type.element->kind)) return Echo::none();
    std::string text = "[";
    for (const Element& element : found) {
      if (text.size() > Violations::kMaxEchoBytes) break;
      if (text.size() > 1) text += ", ";
      if (element.node.own != nullptr) text += element.node.own->value;
    }
    return Echo::of(text + "]");
  };
  const auto count = static_cast<std::int64_t>(found.size());
  // As in JSON, a list that is too long is not walked.
  if (!checks_.bounds(Kind::kList, count, place, echo) && count > place.constraint.max) return {};

  checks_.begin_elements();
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Path path{.parent = &place.path, .position = i};
    CLAVIGER_TRY(
        value(*type.element, found[i].node, Place{place.member, place.member.each, path, plain}, type.append(out)));
  }
  if (plain) checks_.end_elements(*type.element, place, echo);
  return {};
}

Status QueryDecoder::map(const TypeInfo& type, const Node& sent, const Place& place, void* out) {
  CLAVIGER_ASSIGN(const std::vector<Element> found, elements(sent, "entry"));
  StringPairs pairs;
  for (const Element& element : found) {
    const Node key = child(element.node, "key");
    const Node value = child(element.node, "value");
    if (key.own == nullptr || value.own == nullptr || element.node.own != nullptr || element.node.below.size() != 2) {
      return malformed("A map entry is a key and a value");
    }
    pairs.emplace_back(key.own->value, value.own->value);
  }
  std::vector<std::string_view> keys;
  for (const auto& [key, value] : pairs) keys.push_back(key);
  std::ranges::sort(keys);
  if (std::ranges::adjacent_find(keys) != keys.end()) return malformed("A key occurs twice in a map");
  checks_.bounds(Kind::kMap, static_cast<std::int64_t>(pairs.size()), place, [] { return Echo::none(); });
  return type.assign(out, std::move(pairs));
}

}  // namespace

std::string_view plain_parameter(std::string_view query, ByteSpan body, std::string_view name) {
  for (std::string_view text : {query, as_text(body)}) {
    while (!text.empty()) {
      const auto [found, value] = next_pair(text);
      if (found == name) return is_plain(value) ? value : std::string_view();
    }
  }
  return {};
}

Status FormParameters::parse(std::string_view query, ByteSpan body) {
  clear();
  // Decoding never makes a text longer, so that the memory does not move and the views into it stay good.
  decoded_.resize(query.size() + body.size());
  Status status = add_all(query);
  if (status) status = add_all(as_text(body));
  if (status) {
    std::ranges::sort(items_, {}, &Item::name);
    if (std::ranges::adjacent_find(items_, {}, &Item::name) != items_.end()) {
      status = malformed("A parameter occurs twice in the request");
    }
  }
  if (!status) clear();
  return status;
}

Status FormParameters::add_all(std::string_view text) {
  while (!text.empty()) {
    const auto [raw_name, raw_value] = next_pair(text);
    if (raw_name.empty() && raw_value.empty()) continue;
    if (items_.size() == kMaxFormParameters) return malformed("The request has too many parameters");
    CLAVIGER_ASSIGN(const std::string_view name, decode(raw_name));
    if (name.empty()) return malformed("A parameter has no name");
    if (name.size() > kMaxFormNameBytes) return malformed("The name of a parameter is too long");
    CLAVIGER_ASSIGN(const std::string_view value, decode(raw_value));
    items_.push_back({name, value});
  }
  return {};
}

Result<std::string_view> FormParameters::decode(std::string_view text) {
  const MutableByteSpan memory = decoded_.writable();
  const std::size_t start = used_;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+') {
      c = ' ';
    } else if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return malformed("A percent sign is not followed by two hexadecimal digits");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    memory[used_++] = static_cast<std::uint8_t>(c);
  }
  const std::string_view decoded = as_text(decoded_.expose(SecretGate::access()).subspan(start, used_ - start));
  if (!is_valid_utf8(decoded)) return malformed("A parameter is not valid UTF-8");
  return decoded;
}

void FormParameters::clear() {
  items_.clear();
  used_ = 0;
  if (decoded_.capacity() > kMaxKeptBytes) {
    decoded_ = SecretBytes();
  } else {
    decoded_.clear();
  }
}

Status decode_query_into(const Shape& shape, FormParameters& form, std::string_view query, ByteSpan body, void* out) {
  struct Wipe {
    FormParameters& form;
    ~Wipe() { form.clear(); }
  } wipe{form};
  CLAVIGER_TRY(form.parse(query, body));
  QueryDecoder decoder;
  CLAVIGER_TRY(decoder.structure(shape, Node{.below = form.items()}, nullptr, out));
  return decoder.verdict();
}

}  // namespace claviger::wire
