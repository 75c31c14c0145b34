#include "wire/encode.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "base/check.h"
#include "base/encoding.h"
#include "base/json.h"
#include "wire/secret_gate.h"

namespace claviger::wire {
namespace {

// `1746800000` or `1746800000.123`.
std::string epoch_seconds(WallTime time) {
  const std::int64_t millis = to_millis(time);
  const std::int64_t size = millis < 0 ? -millis : millis;
  std::string text = fmt::format("{}{}", millis < 0 ? "-" : "", size / 1000);
  if (size % 1000 != 0) {
    text += fmt::format(".{:03}", size % 1000);
    while (text.back() == '0') text.pop_back();
  }
  return text;
}

// `May 21, 2025, 5:47:45 AM`: the form of dates in CloudTrail's records of KMS.
std::string audit_time(WallTime time) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  const auto hour = clock.hours().count();
  return fmt::format("{} {}, {}, {}:{:02}:{:02} {}", kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<unsigned>(date.day()), static_cast<int>(date.year()), hour % 12 == 0 ? 12 : hour % 12,
                     clock.minutes().count(), clock.seconds().count(), hour < 12 ? "AM" : "PM");
}

// Writes one object. `Out` decides the form: SecretBytes is a reply, std::string an audit record, so
// that a blob cannot reach an audit record by any path.
template <class Out>
class Encoder final {
 public:
  explicit Encoder(Out& out) : out_(out), writer_(out) {}

  void structure(const Shape& shape, const void* object) {
    writer_.begin_object();
    for (const MemberInfo& info : shape.members) {
      if (!info.supported()) continue;
      if constexpr (kAudit) {
        if (info.audited == Audited::kNever) continue;
      }
      const void* found = present(info, object);
      if (kAudit && found == nullptr && info.audited == Audited::kAlways)
        found = info.unsent != nullptr ? info.unsent : info.find(object);
      if (found == nullptr) continue;
      name(info.name);
      value(*info.type, found);
    }
    writer_.end_object();
  }

 private:
  static constexpr bool kAudit = std::is_same_v<Out, std::string>;

  void name(std::string_view wire_name) {
    if constexpr (kAudit) {
      std::string lower;
      append_lower_camel(lower, wire_name);
      writer_.name(lower);
    } else {
      writer_.name(wire_name);
    }
  }

  void value(const TypeInfo& type, const void* value);
  void list(const TypeInfo& type, const void* value) {
    writer_.begin_array();
    for (std::size_t i = 0; i < type.size(value); ++i) this->value(*type.element, type.at(value, i));
    writer_.end_array();
  }
  void map(const TypeInfo& type, const void* value) {
    writer_.begin_object();
    type.visit(value, &writer_, [](void* context, std::string_view key, std::string_view text) {
      auto& writer = *static_cast<json::Writer<Out>*>(context);
      writer.name(key);
      writer.string(text);
    });
    writer_.end_object();
  }
  void time(WallTime time) {
    if constexpr (kAudit) {
      writer_.string(audit_time(time));
    } else {
      writer_.literal(epoch_seconds(time));
    }
  }
  void secret_text(const SecretText& text) {
    if constexpr (kAudit) {
      // No declaration can mark it as audited.
      static_cast<void>(text);
      CLAVIGER_CHECK(false);
    } else {
      writer_.string(as_text(text.bytes.expose(SecretGate::access())));
    }
  }
  void blob(ByteSpan bytes) {
    if constexpr (kAudit) {
      // No declaration can mark a blob as audited.
      static_cast<void>(bytes);
      CLAVIGER_CHECK(false);
    } else {
      writer_.literal("\"");
      base64_append(bytes, out_);
      out_.append(std::string_view("\""));
    }
  }

  Out& out_;
  json::Writer<Out> writer_;
};

template <class Out>
void Encoder<Out>::value(const TypeInfo& type, const void* value) {
  switch (type.kind) {
    case Kind::kString:
      return writer_.string(*static_cast<const std::string*>(value));
    case Kind::kBoolean:
      return writer_.boolean(*static_cast<const bool*>(value));
    case Kind::kInteger:
      return writer_.integer(*static_cast<const std::int32_t*>(value));
    case Kind::kLong:
      return writer_.integer(*static_cast<const std::int64_t*>(value));
    case Kind::kTimestamp:
      return time(*static_cast<const WallTime*>(value));
    case Kind::kBlob:
      return blob(*static_cast<const Bytes*>(value));
    case Kind::kSecretBlob:
      return blob(static_cast<const SecretBytes*>(value)->expose(SecretGate::access()));
    case Kind::kSecretText:
      return secret_text(*static_cast<const SecretText*>(value));
    case Kind::kEnum:
      return writer_.string(type.names[type.name_position(value)]);
    case Kind::kList:
      return list(type, value);
    case Kind::kMap:
      return map(type, value);
    case Kind::kStructure:
      return structure(type.structure(), value);
  }
}

}  // namespace

void encode_from(const Shape& shape, const void* object, SecretBytes& out) {
  Encoder<SecretBytes>(out).structure(shape, object);
}

void encode_audit_from(const Shape& shape, const void* object, std::string& out) {
  Encoder<std::string>(out).structure(shape, object);
}

}  // namespace claviger::wire
