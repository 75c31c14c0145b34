// The enums of keys/ as members of requests and responses.
#pragma once

#include <array>

#include "keys/types.h"
#include "wire/members.h"

namespace claviger::wire {

namespace internal {
template <class E>
constexpr auto names_from_keys() {
  std::array<EnumName<E>, keys::Names<E>::kAll.size()> names{};
  for (std::size_t i = 0; i < names.size(); ++i) {
    names[i] = {keys::Names<E>::kAll[i].second, keys::Names<E>::kAll[i].first};
  }
  return names;
}
}  // namespace internal

template <>
struct EnumNames<keys::KeySpec> {
  static constexpr auto kNames = internal::names_from_keys<keys::KeySpec>();
};
template <>
struct EnumNames<keys::KeyUsage> {
  static constexpr auto kNames = internal::names_from_keys<keys::KeyUsage>();
};
template <>
struct EnumNames<keys::KeyOrigin> {
  static constexpr auto kNames = internal::names_from_keys<keys::KeyOrigin>();
};
template <>
struct EnumNames<keys::KeyState> {
  static constexpr auto kNames = internal::names_from_keys<keys::KeyState>();
};
template <>
struct EnumNames<keys::EncryptionAlgorithm> {
  static constexpr auto kNames = internal::names_from_keys<keys::EncryptionAlgorithm>();
};
template <>
struct EnumNames<keys::DataKeySpec> {
  static constexpr auto kNames = internal::names_from_keys<keys::DataKeySpec>();
};

}  // namespace claviger::wire
