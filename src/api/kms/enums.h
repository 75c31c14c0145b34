// The enums of keys/ as members of requests and responses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "keys/grant.h"
#include "keys/types.h"
#include "wire/members.h"

namespace claviger::api::kms {

// The deprecated name of KeySpec, with the specs that existed when that replaced it.
enum class CustomerMasterKeySpec : std::uint8_t {};
inline constexpr std::size_t kCustomerMasterKeySpecs = 13;

}  // namespace claviger::api::kms

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
struct EnumNames<api::kms::CustomerMasterKeySpec> {
  static constexpr auto kNames = [] {
    // AWS's list of KeySpec begins with the same names in the same order.
    std::array<EnumName<api::kms::CustomerMasterKeySpec>, api::kms::kCustomerMasterKeySpecs> names{};
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto& [spec, name] = keys::Names<keys::KeySpec>::kAll[i];
      names[i] = {name, static_cast<api::kms::CustomerMasterKeySpec>(spec)};
    }
    return names;
  }();
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
struct EnumNames<keys::KeyManager> {
  static constexpr auto kNames = internal::names_from_keys<keys::KeyManager>();
};
template <>
struct EnumNames<keys::RotationType> {
  static constexpr auto kNames = internal::names_from_keys<keys::RotationType>();
};
template <>
struct EnumNames<keys::EncryptionAlgorithm> {
  static constexpr auto kNames = internal::names_from_keys<keys::EncryptionAlgorithm>();
};
template <>
struct EnumNames<keys::GrantOperation> {
  static constexpr auto kNames = internal::names_from_keys<keys::GrantOperation>();
};
template <>
struct EnumNames<keys::SigningAlgorithm> {
  static constexpr auto kNames = internal::names_from_keys<keys::SigningAlgorithm>();
};
template <>
struct EnumNames<keys::MacAlgorithm> {
  static constexpr auto kNames = internal::names_from_keys<keys::MacAlgorithm>();
};
template <>
struct EnumNames<keys::KeyAgreementAlgorithm> {
  static constexpr auto kNames = internal::names_from_keys<keys::KeyAgreementAlgorithm>();
};
template <>
struct EnumNames<keys::MessageType> {
  static constexpr auto kNames = internal::names_from_keys<keys::MessageType>();
};
template <>
struct EnumNames<keys::DataKeyPairSpec> {
  static constexpr auto kNames = internal::names_from_keys<keys::DataKeyPairSpec>();
};
template <>
struct EnumNames<keys::DataKeySpec> {
  static constexpr auto kNames = internal::names_from_keys<keys::DataKeySpec>();
};
template <>
struct EnumNames<keys::ExpirationModel> {
  static constexpr auto kNames = internal::names_from_keys<keys::ExpirationModel>();
};
template <>
struct EnumNames<keys::ImportType> {
  static constexpr auto kNames = internal::names_from_keys<keys::ImportType>();
};
template <>
struct EnumNames<keys::WrappingAlgorithm> {
  static constexpr auto kNames = internal::names_from_keys<keys::WrappingAlgorithm>();
};
template <>
struct EnumNames<keys::WrappingKeySpec> {
  static constexpr auto kNames = internal::names_from_keys<keys::WrappingKeySpec>();
};

}  // namespace claviger::wire
