// What is known about a request, a response or a structure inside one, as data that can be walked at
// run time: decoding, validation, encoding, the audit record and the coverage page all read the same
// tables. They are made by wire/members.h; nothing here is a template, so that what reads them is
// compiled once.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace claviger::wire {

enum class Kind : std::uint8_t {
  kString,      // std::string
  kBoolean,     // bool
  kInteger,     // std::int32_t
  kLong,        // std::int64_t
  kTimestamp,   // WallTime; epoch seconds on the wire
  kBlob,        // Bytes; base64 on the wire
  kSecretBlob,  // SecretBytes; base64 on the wire
  kSecretText,  // SecretText; a string on the wire
  kEnum,        // an enum with wire::EnumNames
  kList,        // std::vector
  kMap,         // strings to strings, e.g. EncryptionContext
  kStructure,   // a struct with wire::Structure
};

// A string that is a secret, such as a secret access key: valid UTF-8.
struct SecretText {
  SecretBytes bytes;
};

// Values that no message and no audit record may hold.
constexpr bool is_unshowable(Kind kind) {
  return kind == Kind::kBlob || kind == Kind::kSecretBlob || kind == Kind::kSecretText;
}

// The name as the API's model has it (`Long`, `Blob`, ...).
std::string_view kind_name(Kind kind);

using StringPairs = std::vector<std::pair<std::string, std::string>>;
using PairVisitor = void (*)(void* context, std::string_view key, std::string_view value);

struct Shape;

// How to reach into a C++ type through a pointer to it. The functions that a kind does not need are
// null. kString, kBoolean, kInteger, kLong, kTimestamp and the blobs are read and written as the C++
// type that Kind names.
struct TypeInfo {
  Kind kind{};
  // kEnum: the names in declaration order, and the position of a value in them.
  std::span<const std::string_view> names{};
  void (*set_name)(void* value, std::size_t position) = nullptr;
  std::size_t (*name_position)(const void* value) = nullptr;
  // kList
  const TypeInfo* element = nullptr;
  void* (*append)(void* list) = nullptr;  // a new last element
  std::size_t (*size)(const void* list) = nullptr;
  const void* (*at)(const void* list, std::size_t index) = nullptr;
  // kMap
  Status (*assign)(void* map, StringPairs&& pairs) = nullptr;
  bool (*map_empty)(const void* map) = nullptr;
  void (*visit)(const void* map, void* context, PairVisitor visitor) = nullptr;
  // kStructure
  Shape (*structure)() = nullptr;
};

// A named check of a string, and the regular expression that AWS prints when it fails.
struct Pattern {
  std::string_view expression;
  bool (*matches)(std::string_view text) = nullptr;
  // Not empty: the service has words of its own for it, told alone and after everything else that is wrong:
  // "The specified value for userName is invalid. " and this.
  std::string_view complaint{};
};

// What a value must satisfy. The bounds are inclusive and count UTF-16 code units of a string (AWS
// validates in Java), bytes of a blob, elements of a list, entries of a map, and bound the value of a
// number.
struct Constraint {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  const Pattern* pattern = nullptr;

  constexpr bool has_min() const { return min != std::numeric_limits<std::int64_t>::min(); }
  constexpr bool has_max() const { return max != std::numeric_limits<std::int64_t>::max(); }
};

// Whether and when a member stands in the audit record.
enum class Audited : std::uint8_t {
  kNever,     // blobs, sensitive members, and what is declared not_audited
  kWhenSent,  // optional members: when present() says so
  kAlways,    // also shows a default that was not sent
};

struct MemberInfo {
  std::string_view name;           // on the wire, UpperCamel; in messages and the audit record lowerCamel
  const TypeInfo* type = nullptr;  // null when unsupported
  bool required = false;
  bool sensitive = false;    // its value is never echoed
  bool url_encoded = false;  // in XML replies: percent-encoded (RFC 3986), as IAM does with policy documents
  Audited audited = Audited::kWhenSent;
  Constraint own{};
  Constraint each{};  // of a list's elements
  // kEnum and lists of it: bit i is set when the name at position i is built. Other names are valid
  // and answered with kUnsupportedOperation.
  std::uint64_t built_names = ~std::uint64_t{0};
  // Not empty: the member is part of AWS's model and not built; its presence is answered with
  // kUnsupportedOperation.
  std::string_view missing_reason{};

  // The member's place inside an object. `emplace` makes an absent std::optional present; `find` is
  // null when it is absent.
  void* (*emplace)(void* object) = nullptr;
  const void* (*find)(const void* object) = nullptr;
  bool wrapped_in_optional = false;
  // What the audit record shows in place of an absent std::optional that is audit_always.
  const void* unsent = nullptr;

  constexpr bool supported() const { return missing_reason.empty(); }
};

// A request, response or structure. Cheap to copy; the table it refers to is constant data.
struct Shape {
  std::span<const MemberInfo> members;
};

// The most members that one declaration may have.
constexpr std::size_t kMaxMembers = 32;

// Whether a member counts as present, for encoding: required members always; a std::optional when it
// holds a value; plain strings, blobs, lists and maps when they are not empty; plain booleans, numbers
// and enums always, since their default is their value. Returns its place, or null when absent.
const void* present(const MemberInfo& member, const void* object);

// `KeyId` -> `keyId`, `AWSAccountId` -> `aWSAccountId`: as validation messages and CloudTrail write it.
void append_lower_camel(std::string& out, std::string_view name);

}  // namespace claviger::wire
