#include "wire/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "base/encoding.h"
#include "wire/validation.h"

namespace claviger::wire {
namespace {

Status not_convertible(const json::Value& value, Kind kind) {
  std::string_view token;
  switch (value.type()) {
    case json::Type::kObject:
      return fail(ErrorCode::kSerialization, "Start of structure or map found where not expected.");
    case json::Type::kArray:
      return fail(ErrorCode::kSerialization, "Start of list found where not expected.");
    case json::Type::kString:
      token = "STRING_VALUE";
      break;
    case json::Type::kBoolean:
      token = value.boolean() ? "TRUE_VALUE" : "FALSE_VALUE";
      break;
    case json::Type::kInteger:
    case json::Type::kUnsigned:
      token = "NUMBER_VALUE";
      break;
    case json::Type::kDouble:
      token = "DECIMAL_VALUE";
      break;
    case json::Type::kNull:
      token = "NULL_VALUE";
      break;
  }
  const std::string_view wanted = kind == Kind::kEnum ? "String" : kind_name(kind);
  return fail(ErrorCode::kSerialization,
              fmt::format("{} can not be converted to {} {}", token, wanted == "Integer" ? "an" : "a", wanted));
}

Status duplicate_name() {
  return fail(ErrorCode::kSerialization, "A name occurs twice in an object of the request body");
}

// One request: the walk over its members, and what it has found wrong so far.
class Decoder final {
 public:
  Status structure(const Shape& shape, const json::Value& object, const Path* path, void* out);

  // What is wrong with a body whose types were all right.
  Status verdict() const {
    if (!violations_.empty()) return std::unexpected(violations_.error());
    if (!unsupported_.empty()) return fail(ErrorCode::kUnsupportedOperation, unsupported_);
    return {};
  }

 private:
  // Everything about the place of a value that its checks need.
  struct Place {
    const MemberInfo& member;
    const Constraint& constraint;
    const Path& path;
    bool is_element;  // of a list of plain values: the list then answers for it
  };
  using Slots = std::array<json::Value, kMaxMembers>;

  Status collect(const Shape& shape, const json::Value& object, Slots& slots);
  Status member(const MemberInfo& info, const json::Value& sent, const Path* parent, void* out);
  Status value(const TypeInfo& type, const json::Value& sent, const Place& place, void* out);
  Status string(const json::Value& sent, const Place& place, std::string& out);
  template <class Integer>
  Status integer(Kind kind, const json::Value& sent, const Place& place, Integer& out);
  Status timestamp(const json::Value& sent, WallTime& out);
  template <class Blob>
  Status blob(const json::Value& sent, const Place& place, Blob& out);
  Status enumeration(const TypeInfo& type, const json::Value& sent, const Place& place, void* out);
  Status list(const TypeInfo& type, const json::Value& sent, const Place& place, void* out);
  Status map(const TypeInfo& type, const json::Value& sent, const Place& place, void* out);

  // False when `measure` is outside the bounds, which is then on record.
  template <class MakeEcho>
  bool check_bounds(Kind kind, std::int64_t measure, const Place& place, const MakeEcho& echo);
  template <class MakeEcho, class MakeRequirement>
  void violate(const Place& place, const MakeEcho& echo, const MakeRequirement& requirement);
  void not_built(std::string text) {
    if (unsupported_.empty()) unsupported_ = std::move(text);
  }

  Violations violations_;
  bool bad_element_ = false;  // an element of the list being decoded violates its constraint
  std::string unsupported_;
};

Status Decoder::collect(const Shape& shape, const json::Value& object, Slots& slots) {
  std::string_view name;
  json::Value field;
  bool unknown = false;
  std::size_t expected = 0;  // most clients write members in the order of the model
  for (json::ObjectCursor cursor = object.fields(); cursor.next(name, field);) {
    const std::size_t count = shape.members.size();
    std::size_t i = 0;
    while (i < count && shape.members[(expected + i) % count].name != name) ++i;
    if (i == count) {
      unknown = true;
      continue;
    }
    const std::size_t index = (expected + i) % count;
    if (slots[index].valid()) return duplicate_name();
    slots[index] = field;
    expected = index + 1;
  }
  if (unknown && json::has_duplicates(object)) return duplicate_name();
  return {};
}

Status Decoder::structure(const Shape& shape, const json::Value& object, const Path* path, void* out) {
  if (object.type() != json::Type::kObject) return not_convertible(object, Kind::kStructure);
  Slots slots;
  CLAVIGER_TRY(collect(shape, object, slots));
  for (std::size_t i = 0; i < shape.members.size(); ++i) {
    CLAVIGER_TRY(member(shape.members[i], slots[i], path, out));
  }
  return {};
}

Status Decoder::member(const MemberInfo& info, const json::Value& sent, const Path* parent, void* out) {
  const Path path{.parent = parent, .name = info.name};
  if (!sent.valid() || sent.type() == json::Type::kNull) {
    if (info.required) violations_.add(path, Echo::null(), "Member must not be null");
    return {};
  }
  if (!info.supported()) {
    not_built(fmt::format("{} is not supported: {}", info.name, info.missing_reason));
    return {};
  }
  return value(*info.type, sent, Place{info, info.own, path, false}, info.emplace(out));
}

Status Decoder::value(const TypeInfo& type, const json::Value& sent, const Place& place, void* out) {
  switch (type.kind) {
    case Kind::kString:
      return string(sent, place, *static_cast<std::string*>(out));
    case Kind::kBoolean:
      if (sent.type() != json::Type::kBoolean) return not_convertible(sent, type.kind);
      *static_cast<bool*>(out) = sent.boolean();
      return {};
    case Kind::kInteger:
      return integer(type.kind, sent, place, *static_cast<std::int32_t*>(out));
    case Kind::kLong:
      return integer(type.kind, sent, place, *static_cast<std::int64_t*>(out));
    case Kind::kTimestamp:
      return timestamp(sent, *static_cast<WallTime*>(out));
    case Kind::kBlob:
      return blob(sent, place, *static_cast<Bytes*>(out));
    case Kind::kSecretBlob:
      return blob(sent, place, *static_cast<SecretBytes*>(out));
    case Kind::kEnum:
      return enumeration(type, sent, place, out);
    case Kind::kList:
      return list(type, sent, place, out);
    case Kind::kMap:
      return map(type, sent, place, out);
    case Kind::kStructure:
      break;
  }
  return structure(type.structure(), sent, &place.path, out);
}

Status Decoder::string(const json::Value& sent, const Place& place, std::string& out) {
  if (sent.type() != json::Type::kString) return not_convertible(sent, Kind::kString);
  const std::string_view text = sent.text();
  const auto echo = [text] { return Echo::of(std::string(text)); };
  if (place.constraint.has_max()) check_bounds(Kind::kString, utf16_length(text), place, echo);
  if (const Pattern* pattern = place.constraint.pattern; pattern != nullptr && !pattern->matches(text)) {
    violate(place, echo, [pattern] { return pattern_requirement(*pattern); });
  }
  out.assign(text);
  return {};
}

template <class Integer>
Status Decoder::integer(Kind kind, const json::Value& sent, const Place& place, Integer& out) {
  if (sent.type() != json::Type::kInteger) {
    if (sent.type() == json::Type::kUnsigned) {
      return fail(ErrorCode::kSerialization, fmt::format("NUMBER_VALUE is out of range for type {}", kind_name(kind)));
    }
    return not_convertible(sent, kind);
  }
  const std::int64_t number = sent.integer();
  if (number < std::numeric_limits<Integer>::min() || number > std::numeric_limits<Integer>::max()) {
    return fail(ErrorCode::kSerialization, fmt::format("NUMBER_VALUE is out of range for type {}", kind_name(kind)));
  }
  check_bounds(kind, number, place, [number] { return Echo::of(fmt::to_string(number)); });
  out = static_cast<Integer>(number);
  return {};
}

Status Decoder::timestamp(const json::Value& sent, WallTime& out) {
  const json::Type type = sent.type();
  if (type != json::Type::kInteger && type != json::Type::kUnsigned && type != json::Type::kDouble) {
    return not_convertible(sent, Kind::kTimestamp);
  }
  // Years 1 to 9999, which is what text forms of a date can show.
  constexpr double kFirst = -62135596800.0;
  constexpr double kLast = 253402300799.999;
  const double seconds = sent.number();
  if (!(seconds >= kFirst && seconds <= kLast)) {
    return fail(ErrorCode::kSerialization, "NUMBER_VALUE is out of range for type Timestamp");
  }
  out = from_millis(std::llround(seconds * 1000.0));
  return {};
}

template <class Blob>
Status Decoder::blob(const json::Value& sent, const Place& place, Blob& out) {
  if (sent.type() != json::Type::kString) return not_convertible(sent, Kind::kBlob);
  auto decoded = [text = sent.text()] {
    if constexpr (std::is_same_v<Blob, SecretBytes>) {
      return base64_decode_secret(text);
    } else {
      return base64_decode(text);
    }
  }();
  if (!decoded) return fail(ErrorCode::kSerialization, "STRING_VALUE is not valid base64");
  check_bounds(Kind::kBlob, static_cast<std::int64_t>(decoded->size()), place, [] { return Echo::none(); });
  out = std::move(*decoded);
  return {};
}

Status Decoder::enumeration(const TypeInfo& type, const json::Value& sent, const Place& place, void* out) {
  if (sent.type() != json::Type::kString) return not_convertible(sent, Kind::kEnum);
  const std::string_view text = sent.text();
  const auto found = std::ranges::find(type.names, text);
  if (found == type.names.end()) {
    violate(place, [text] { return Echo::of(std::string(text)); }, [&type] { return enum_requirement(type); });
    return {};
  }
  const auto position = static_cast<std::size_t>(found - type.names.begin());
  if ((place.member.built_names >> position & 1) == 0) {
    not_built(fmt::format("{} {} is not supported", place.member.name, text));
  }
  type.set_name(out, position);
  return {};
}

Status Decoder::list(const TypeInfo& type, const json::Value& sent, const Place& place, void* out) {
  if (sent.type() != json::Type::kArray) {
    return fail(ErrorCode::kSerialization, "Expected list or null");
  }
  json::Value element;
  std::int64_t count = 0;
  for (json::ArrayCursor cursor = sent.elements(); cursor.next(element);) ++count;
  const bool plain = type.element->kind != Kind::kStructure;
  const auto echo = [&] {
    if (!plain || type.element->kind == Kind::kBlob) return Echo::none();
    std::string text = "[";
    json::Value shown;
    for (json::ArrayCursor cursor = sent.elements(); cursor.next(shown) && text.size() <= Violations::kMaxEchoBytes;) {
      if (text.size() > 1) text += ", ";
      if (shown.type() == json::Type::kString) text += shown.text();
      if (shown.type() == json::Type::kInteger) text += fmt::to_string(shown.integer());
    }
    return Echo::of(text + "]");
  };
  // A list that is too long is not walked: its length is the client's, the work would be ours.
  if (!check_bounds(Kind::kList, count, place, echo) && count > place.constraint.max) return {};

  bad_element_ = false;
  std::size_t position = 0;
  for (json::ArrayCursor cursor = sent.elements(); cursor.next(element); ++position) {
    const Path path{.parent = &place.path, .position = position};
    CLAVIGER_TRY(value(*type.element, element, Place{place.member, place.member.each, path, plain}, type.append(out)));
  }
  if (plain && bad_element_) {
    violate(place, echo, [&] { return element_requirement(*type.element, place.member.each); });
  }
  return {};
}

Status Decoder::map(const TypeInfo& type, const json::Value& sent, const Place& place, void* out) {
  if (sent.type() != json::Type::kObject) return fail(ErrorCode::kSerialization, "Expected map or null");
  StringPairs pairs;
  std::string_view name;
  json::Value field;
  for (json::ObjectCursor cursor = sent.fields(); cursor.next(name, field);) {
    if (field.type() != json::Type::kString) return not_convertible(field, Kind::kString);
    pairs.emplace_back(name, field.text());
  }
  if (json::has_duplicates(sent)) return duplicate_name();
  check_bounds(Kind::kMap, static_cast<std::int64_t>(pairs.size()), place, [] { return Echo::none(); });
  return type.assign(out, std::move(pairs));
}

template <class MakeEcho>
bool Decoder::check_bounds(Kind kind, std::int64_t measure, const Place& place, const MakeEcho& echo) {
  const Constraint& constraint = place.constraint;
  if (measure < constraint.min) violate(place, echo, [&] { return min_requirement(kind, constraint.min); });
  if (measure > constraint.max) violate(place, echo, [&] { return max_requirement(kind, constraint.max); });
  return measure >= constraint.min && measure <= constraint.max;
}

template <class MakeEcho, class MakeRequirement>
void Decoder::violate(const Place& place, const MakeEcho& echo, const MakeRequirement& requirement) {
  if (place.is_element) {
    bad_element_ = true;
    return;
  }
  violations_.add(place.path, place.member.sensitive ? Echo::none() : echo(), requirement());
}

}  // namespace

Status decode_into(const Shape& shape, json::Parser& parser, ByteSpan body, void* out) {
  struct Wipe {
    json::Parser& parser;
    ~Wipe() { parser.clear(); }
  } wipe{parser};
  Decoder decoder;
  CLAVIGER_ASSIGN(const json::Value root, parser.parse(body.empty() ? as_bytes("{}") : body));
  CLAVIGER_TRY(decoder.structure(shape, root, nullptr, out));
  return decoder.verdict();
}

}  // namespace claviger::wire
