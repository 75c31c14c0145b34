// How C++ types become data: the traits that enums and structs specialise to be members, and the
// TypeInfo of each type that a member may have.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/secret.h"
#include "wire/shape.h"

namespace claviger::wire {

// One value of an enum and its name in AWS's model.
template <class E>
struct EnumName {
  std::string_view name;
  E value;
};

// Specialise for each enum that is a member; list every name that AWS's model has, in its order:
//   template <> struct wire::EnumNames<KeyState> {
//     static constexpr auto kNames = std::to_array<wire::EnumName<KeyState>>({{"Creating", KeyState::kCreating}, ...});
//   };
template <class E>
struct EnumNames;

// Specialise for each struct that is a member or a list element:
//   template <> struct wire::Structure<Tag> { static constexpr auto kMembers = wire::members<Tag>(...); };
template <class T>
struct Structure;

// The name of `value`, which must be one that EnumNames lists.
template <class E>
std::string_view enum_name(E value) {
  for (const auto& entry : EnumNames<E>::kNames) {
    if (entry.value == value) return entry.name;
  }
  CLAVIGER_CHECK(false);
  return {};
}

template <class E>
std::optional<E> parse_enum(std::string_view name) {
  for (const auto& entry : EnumNames<E>::kNames) {
    if (entry.name == name) return entry.value;
  }
  return std::nullopt;
}

namespace internal {

template <class T>
concept StringMap = requires(const T& map, StringPairs pairs) {
  { T::from_pairs(std::move(pairs)) } -> std::same_as<Result<T>>;
  map.pairs();
};

template <class T>
struct IsList : std::false_type {};
template <class T>
struct IsList<std::vector<T>> : std::bool_constant<!std::is_same_v<T, std::uint8_t>> {};

template <class T>
struct Unwrap {
  using type = T;
  static constexpr bool kOptional = false;
};
template <class T>
struct Unwrap<std::optional<T>> {
  using type = T;
  static constexpr bool kOptional = true;
};

template <class E>
constexpr auto enum_strings() {
  std::array<std::string_view, EnumNames<E>::kNames.size()> strings{};
  for (std::size_t i = 0; i < strings.size(); ++i) strings[i] = EnumNames<E>::kNames[i].name;
  return strings;
}
template <class E>
inline constexpr auto kEnumStrings = enum_strings<E>();

template <class E>
constexpr std::size_t enum_position(E value) {
  std::size_t i = 0;
  while (i < EnumNames<E>::kNames.size() && EnumNames<E>::kNames[i].value != value) ++i;
  return i;
}

template <class T>
constexpr TypeInfo make_type_info();
template <class T>
inline constexpr TypeInfo kTypeInfo = make_type_info<T>();

template <class E>
constexpr TypeInfo enum_type_info() {
  static_assert(EnumNames<E>::kNames.size() <= 64);
  TypeInfo info{.kind = Kind::kEnum};
  info.names = kEnumStrings<E>;
  info.set_name = [](void* value, std::size_t position) {
    *static_cast<E*>(value) = EnumNames<E>::kNames[position].value;
  };
  info.name_position = [](const void* value) {
    const std::size_t position = enum_position(*static_cast<const E*>(value));
    CLAVIGER_CHECK(position < EnumNames<E>::kNames.size());
    return position;
  };
  return info;
}

template <class List>
constexpr TypeInfo list_type_info() {
  static_assert(!IsList<typename List::value_type>::value, "no API has lists of lists; each() describes one level");
  TypeInfo info{.kind = Kind::kList};
  info.element = &kTypeInfo<typename List::value_type>;
  info.append = [](void* list) -> void* { return &static_cast<List*>(list)->emplace_back(); };
  info.size = [](const void* list) { return static_cast<const List*>(list)->size(); };
  info.at = [](const void* list, std::size_t index) -> const void* {
    return &(*static_cast<const List*>(list))[index];
  };
  return info;
}

template <class Map>
constexpr TypeInfo map_type_info() {
  TypeInfo info{.kind = Kind::kMap};
  info.assign = [](void* map, StringPairs&& pairs) -> Status {
    CLAVIGER_ASSIGN(*static_cast<Map*>(map), Map::from_pairs(std::move(pairs)));
    return {};
  };
  info.map_empty = [](const void* map) {
    const auto& pairs = static_cast<const Map*>(map)->pairs();
    return pairs.begin() == pairs.end();
  };
  info.visit = [](const void* map, void* context, PairVisitor visitor) {
    for (const auto& [key, value] : static_cast<const Map*>(map)->pairs()) visitor(context, key, value);
  };
  return info;
}

template <class T>
constexpr TypeInfo make_type_info() {
  if constexpr (std::is_same_v<T, std::string>) {
    return {.kind = Kind::kString};
  } else if constexpr (std::is_same_v<T, bool>) {
    return {.kind = Kind::kBoolean};
  } else if constexpr (std::is_same_v<T, std::int32_t>) {
    return {.kind = Kind::kInteger};
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return {.kind = Kind::kLong};
  } else if constexpr (std::is_same_v<T, WallTime>) {
    return {.kind = Kind::kTimestamp};
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return {.kind = Kind::kBlob};
  } else if constexpr (std::is_same_v<T, SecretBytes>) {
    return {.kind = Kind::kSecretBlob};
  } else if constexpr (std::is_same_v<T, SecretText>) {
    return {.kind = Kind::kSecretText};
  } else if constexpr (std::is_enum_v<T>) {
    return enum_type_info<T>();
  } else if constexpr (IsList<T>::value) {
    return list_type_info<T>();
  } else if constexpr (StringMap<T>) {
    return map_type_info<T>();
  } else {
    TypeInfo info{.kind = Kind::kStructure};
    info.structure = []() -> Shape { return Structure<T>::kMembers; };
    return info;
  }
}

}  // namespace internal

}  // namespace claviger::wire
