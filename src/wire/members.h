// Declaring a request, a response or a structure, once:
//
//   struct EncryptRequest { std::string key_id; SecretBytes plaintext; ... };
//   constexpr auto kRequest = wire::members<EncryptRequest>(
//       wire::required<&EncryptRequest::key_id>("KeyId", wire::length(1, 2048)),
//       wire::required<&EncryptRequest::plaintext>("Plaintext", wire::length(1, 4096), wire::sensitive),
//       wire::optional<&EncryptRequest::algorithm>("EncryptionAlgorithm", wire::audit_always),
//       wire::optional<&EncryptRequest::dry_run>("DryRun", wire::not_audited),
//       wire::unsupported("Recipient", "attested enclaves are not supported"));
//
// A declaration must be a constexpr variable of namespace scope or a static member: Shapes refer to it.
// A wrong declaration (an option that the type does not have, a name twice) does not compile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "wire/shape.h"
#include "wire/type_info.h"

namespace claviger::wire {

// ---- Options of a member. ----

namespace internal {
struct Bounds {
  enum class Of : std::uint8_t { kLength, kRange, kSize } of;
  std::int64_t min;
  std::int64_t max;
};
struct Sensitive {};
struct NotAudited {};
struct AuditAlways {};
struct UrlEncoded {};
template <class... Options>
struct Each {
  std::tuple<Options...> options;
};
template <class E, std::size_t N>
struct Only {
  std::array<E, N> values;
};
}  // namespace internal

// Of a string (UTF-16 code units) or a blob (bytes).
constexpr internal::Bounds length(std::int64_t min, std::int64_t max) {
  return {internal::Bounds::Of::kLength, min, max};
}
// Of a number.
constexpr internal::Bounds range(std::int64_t min, std::int64_t max) {
  return {internal::Bounds::Of::kRange, min, max};
}
// Of a list or map.
constexpr internal::Bounds size(std::int64_t min, std::int64_t max) { return {internal::Bounds::Of::kSize, min, max}; }
// Of a string. `pattern` is a constexpr variable of namespace scope.
constexpr const Pattern* pattern(const Pattern& pattern) { return &pattern; }
// The values of an enum that are built; the others of AWS's are answered with kUnsupportedOperation.
template <class E, class... Rest>
  requires std::is_enum_v<E>
constexpr internal::Only<E, 1 + sizeof...(Rest)> only(E first, Rest... rest) {
  return {{first, rest...}};
}
// Constraints of a list's elements: length, range or pattern.
template <class... Options>
constexpr internal::Each<Options...> each(Options... options) {
  return {{options...}};
}
// The value is never echoed in a message nor audited. Blobs and SecretText are not, anyway.
inline constexpr internal::Sensitive sensitive;
inline constexpr internal::NotAudited not_audited;
// The audit record shows the default when the member was not sent.
inline constexpr internal::AuditAlways audit_always;
// A string of a reply that XML replies carry percent-encoded (RFC 3986), as IAM's policy documents are.
inline constexpr internal::UrlEncoded url_encoded;

namespace internal {

// ---- Applying options. A failed require() stops the compiler. ----

constexpr void require(bool holds, const char* why) {
  if (!holds) throw why;  // NOLINT(misc-throw-by-value-catch-by-reference): never runs, only ends a constant expression
}

constexpr bool is_blob(Kind kind) { return kind == Kind::kBlob || kind == Kind::kSecretBlob; }
constexpr bool is_text(Kind kind) { return kind == Kind::kString || kind == Kind::kSecretText; }
// Of structures, each member says so itself.
constexpr bool holds_unshowable(const TypeInfo& type) {
  return is_unshowable(type.kind) || (type.kind == Kind::kList && holds_unshowable(*type.element));
}
constexpr bool is_scalar(Kind kind) {
  return kind == Kind::kBoolean || kind == Kind::kInteger || kind == Kind::kLong || kind == Kind::kTimestamp ||
         kind == Kind::kEnum;
}

constexpr void constrain(Constraint& constraint, Kind kind, const Bounds& bounds) {
  switch (bounds.of) {
    case Bounds::Of::kLength:
      require(is_text(kind) || is_blob(kind), "length() is for strings and blobs");
      break;
    case Bounds::Of::kRange:
      require(kind == Kind::kInteger || kind == Kind::kLong, "range() is for numbers");
      break;
    case Bounds::Of::kSize:
      require(kind == Kind::kList || kind == Kind::kMap, "size() is for lists and maps");
      break;
  }
  require(bounds.min <= bounds.max, "the bounds are the wrong way round");
  constraint.min = bounds.min;
  constraint.max = bounds.max;
}
constexpr void constrain(Constraint& constraint, Kind kind, const Pattern* pattern) {
  require(is_text(kind), "pattern() is for strings");
  constraint.pattern = pattern;
}

template <class T>
constexpr void apply(MemberInfo& member, const Bounds& bounds) {
  constrain(member.own, member.type->kind, bounds);
}
template <class T>
constexpr void apply(MemberInfo& member, const Pattern* pattern) {
  constrain(member.own, member.type->kind, pattern);
}
template <class T, class... Options>
constexpr void apply(MemberInfo& member, const Each<Options...>& options) {
  require(member.type->kind == Kind::kList, "each() is for lists");
  std::apply([&](const auto&... option) { (constrain(member.each, member.type->element->kind, option), ...); },
             options.options);
}
template <class T, class E, std::size_t N>
constexpr void apply(MemberInfo& member, const Only<E, N>& only) {
  if constexpr (IsList<T>::value) {
    static_assert(std::is_same_v<typename T::value_type, E>, "only() names values of the member's enum");
  } else {
    static_assert(std::is_same_v<T, E>, "only() names values of the member's enum");
  }
  member.built_names = 0;
  for (const E value : only.values) {
    require(enum_position(value) < EnumNames<E>::kNames.size(), "only() names a value without a name");
    member.built_names |= std::uint64_t{1} << enum_position(value);
  }
}
template <class T>
constexpr void apply(MemberInfo& member, Sensitive) {
  member.sensitive = true;
  member.audited = Audited::kNever;
}
template <class T>
constexpr void apply(MemberInfo& member, NotAudited) {
  member.audited = Audited::kNever;
}
template <class T>
constexpr void apply(MemberInfo& member, UrlEncoded) {
  require(member.type->kind == Kind::kString, "url_encoded is for strings");
  member.url_encoded = true;
}
template <class T>
constexpr void apply(MemberInfo& member, AuditAlways) {
  require(member.audited != Audited::kNever, "a secret is never audited");
  member.audited = Audited::kAlways;
}

template <class>
struct MemberPointer;
template <class T, class F>
struct MemberPointer<F T::*> {
  using Object = T;
  using Field = F;
};

template <class T>
struct Member {
  MemberInfo info;
};

inline constexpr bool kFalse = false;

template <auto kPointer, class... Options>
constexpr auto make_member(std::string_view name, bool required, const Options&... options) {
  using Object = typename MemberPointer<decltype(kPointer)>::Object;
  using Field = typename MemberPointer<decltype(kPointer)>::Field;
  using T = typename Unwrap<Field>::type;
  MemberInfo info{.name = name, .type = &kTypeInfo<T>, .required = required};
  info.wrapped_in_optional = Unwrap<Field>::kOptional;
  if constexpr (Unwrap<Field>::kOptional) {
    info.emplace = [](void* object) -> void* { return &(static_cast<Object*>(object)->*kPointer).emplace(); };
    info.find = [](const void* object) -> const void* {
      const Field& field = static_cast<const Object*>(object)->*kPointer;
      return field ? &*field : nullptr;
    };
    // What the audit record shows of a member that was not sent.
    if constexpr (std::is_same_v<T, bool>) info.unsent = &kFalse;
  } else {
    info.emplace = [](void* object) -> void* { return &(static_cast<Object*>(object)->*kPointer); };
    info.find = [](const void* object) -> const void* { return &(static_cast<const Object*>(object)->*kPointer); };
  }
  require(!(required && info.wrapped_in_optional), "a required member is always there: no std::optional");
  if (holds_unshowable(*info.type)) info.audited = Audited::kNever;
  if (info.type->kind == Kind::kSecretText) info.sensitive = true;
  (apply<T>(info, options), ...);
  require(info.audited != Audited::kAlways || !info.wrapped_in_optional || info.type->kind == Kind::kBoolean,
          "audit_always of a std::optional is for booleans: nothing else has a default");
  // Nobody could tell whether such a member was sent.
  require(
      info.required || info.wrapped_in_optional || !is_scalar(info.type->kind) || info.audited != Audited::kWhenSent,
      "an optional boolean, number or enum is a std::optional, or says audit_always or not_audited");
  return Member<Object>{info};
}

}  // namespace internal

// ---- Members. ----

// A member that must be sent, or in a response is always there.
template <auto kPointer, class... Options>
constexpr auto required(std::string_view name, const Options&... options) {
  return internal::make_member<kPointer>(name, true, options...);
}

// A member that may be absent: a std::optional that is then empty, or a field that then keeps its
// default.
template <auto kPointer, class... Options>
constexpr auto optional(std::string_view name, const Options&... options) {
  return internal::make_member<kPointer>(name, false, options...);
}

// A member of AWS's model that is not built yet; `reason` stands in the coverage page.
constexpr internal::Member<void> unsupported(std::string_view name, std::string_view reason) {
  internal::require(!reason.empty(), "say why");
  return {MemberInfo{.name = name, .audited = Audited::kNever, .missing_reason = reason}};
}

template <class T, std::size_t N>
class Members final {
 public:
  constexpr explicit Members(const std::array<MemberInfo, N>& table) : table_(table) {
    static_assert(N <= kMaxMembers);
    for (std::size_t i = 0; i < N; ++i) {
      internal::require(!table_[i].name.empty(), "a member has no name");
      for (std::size_t j = 0; j < i; ++j) internal::require(table_[i].name != table_[j].name, "a name occurs twice");
    }
  }

  constexpr Shape shape() const { return Shape{table_}; }
  constexpr operator Shape() const { return shape(); }

 private:
  std::array<MemberInfo, N> table_;
};

// All members of T, in the order in which errors are reported and fields are written.
template <class T, class... M>
constexpr auto members(const M&... list) {
  static_assert(((std::is_same_v<M, internal::Member<T>> || std::is_same_v<M, internal::Member<void>>) && ...),
                "a member belongs to another struct");
  return Members<T, sizeof...(M)>(std::array<MemberInfo, sizeof...(M)>{list.info...});
}

}  // namespace claviger::wire
