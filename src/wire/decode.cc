#include "wire/decode.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

#include "base/encoding.h"
#include "wire/checks.h"
#include "wire/secret_gate.h"

namespace claviger::wire {
namespace {

Status wrong_type(const json::Value& value, Kind wanted) {
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
  return not_convertible(token, wanted);
}

Status duplicate_name() {
  return fail(ErrorCode::kSerialization, "A name occurs twice in an object of the request body");
}

// One request: the walk over its members, and what it has found wrong so far.
class Decoder final {
 public:
  Status structure(const Shape& shape, const json::Value& object, const Path* path, void* out);

  Status verdict() const { return checks_.verdict(); }

 private:
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
  Status secret_text(const json::Value& sent, const Place& place, SecretText& out);
  Status enumeration(const TypeInfo& type, const json::Value& sent, const Place& place, void* out);
  Status list(const TypeInfo& type, const json::Value& sent, const Place& place, void* out);
  Status map(const TypeInfo& type, const json::Value& sent, const Place& place, void* out);

  Checks checks_;
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
  if (object.type() != json::Type::kObject) return wrong_type(object, Kind::kStructure);
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
    if (info.required) checks_.missing(path);
    return {};
  }
  if (!info.supported()) {
    checks_.not_built(info);
    return {};
  }
  return value(*info.type, sent, Place{info, info.own, path, false}, info.emplace(out));
}

Status Decoder::value(const TypeInfo& type, const json::Value& sent, const Place& place, void* out) {
  switch (type.kind) {
    case Kind::kString:
      return string(sent, place, *static_cast<std::string*>(out));
    case Kind::kBoolean:
      if (sent.type() != json::Type::kBoolean) return wrong_type(sent, type.kind);
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
    case Kind::kSecretText:
      return secret_text(sent, place, *static_cast<SecretText*>(out));
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
  if (sent.type() != json::Type::kString) return wrong_type(sent, Kind::kString);
  const std::string_view text = sent.text();
  checks_.string(Kind::kString, text, place);
  out.assign(text);
  return {};
}

template <class Integer>
Status Decoder::integer(Kind kind, const json::Value& sent, const Place& place, Integer& out) {
  if (sent.type() != json::Type::kInteger) {
    if (sent.type() == json::Type::kUnsigned) {
      return fail(ErrorCode::kSerialization, fmt::format("NUMBER_VALUE is out of range for type {}", kind_name(kind)));
    }
    return wrong_type(sent, kind);
  }
  const std::int64_t number = sent.integer();
  if (number < std::numeric_limits<Integer>::min() || number > std::numeric_limits<Integer>::max()) {
    return fail(ErrorCode::kSerialization, fmt::format("NUMBER_VALUE is out of range for type {}", kind_name(kind)));
  }
  checks_.bounds(kind, number, place, [number] { return Echo::of(fmt::to_string(number)); });
  out = static_cast<Integer>(number);
  return {};
}

Status Decoder::timestamp(const json::Value& sent, WallTime& out) {
  const json::Type type = sent.type();
  if (type != json::Type::kInteger && type != json::Type::kUnsigned && type != json::Type::kDouble) {
    return wrong_type(sent, Kind::kTimestamp);
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
  if (sent.type() != json::Type::kString) return wrong_type(sent, Kind::kBlob);
  auto decoded = [text = sent.text()] {
    if constexpr (std::is_same_v<Blob, SecretBytes>) {
      return base64_decode_secret(text);
    } else {
      return base64_decode(text);
    }
  }();
  if (!decoded) return fail(ErrorCode::kSerialization, "STRING_VALUE is not valid base64");
  checks_.bounds(Kind::kBlob, static_cast<std::int64_t>(decoded->size()), place, [] { return Echo::none(); });
  out = std::move(*decoded);
  return {};
}

Status Decoder::secret_text(const json::Value& sent, const Place& place, SecretText& out) {
  if (sent.type() != json::Type::kString) return wrong_type(sent, Kind::kString);
  checks_.string(Kind::kSecretText, sent.text(), place);
  out.bytes = SecretBytes::copy_of(as_bytes(sent.text()));
  return {};
}

Status Decoder::enumeration(const TypeInfo& type, const json::Value& sent, const Place& place, void* out) {
  if (sent.type() != json::Type::kString) return wrong_type(sent, Kind::kEnum);
  const std::string_view text = sent.text();
  std::size_t position = 0;
  if (checks_.enumeration(type, text, place, position)) type.set_name(out, position);
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
    if (!plain || is_unshowable(type.element->kind)) return Echo::none();
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
  if (!checks_.bounds(Kind::kList, count, place, echo) && count > place.constraint.max) return {};

  checks_.begin_elements();
  std::size_t position = 0;
  for (json::ArrayCursor cursor = sent.elements(); cursor.next(element); ++position) {
    const Path path{.parent = &place.path, .position = position};
    CLAVIGER_TRY(value(*type.element, element, Place{place.member, place.member.each, path, plain}, type.append(out)));
  }
  if (plain) checks_.end_elements(*type.element, place, echo);
  return {};
}

Status Decoder::map(const TypeInfo& type, const json::Value& sent, const Place& place, void* out) {
  if (sent.type() != json::Type::kObject) return fail(ErrorCode::kSerialization, "Expected map or null");
  StringPairs pairs;
  std::string_view name;
  json::Value field;
  for (json::ObjectCursor cursor = sent.fields(); cursor.next(name, field);) {
    if (field.type() != json::Type::kString) return wrong_type(field, Kind::kString);
    pairs.emplace_back(name, field.text());
  }
  if (json::has_duplicates(sent)) return duplicate_name();
  checks_.bounds(Kind::kMap, static_cast<std::int64_t>(pairs.size()), place, [] { return Echo::none(); });
  return type.assign(out, std::move(pairs));
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
