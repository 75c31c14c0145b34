#include "keys/replication_layout.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace claviger::keys::layout {
namespace {

std::optional<ReplicationKind> parse_kind(std::string_view digit) {
  for (const ReplicationKind kind : {ReplicationKind::kCreate, ReplicationKind::kState, ReplicationKind::kReport}) {
    if (digit == std::to_string(std::to_underlying(kind))) return kind;
  }
  return std::nullopt;
}

}  // namespace

std::string replication(const ReplicationRoute& route) {
  return fmt::format("{}{}/{}/{}/{}/{}", kReplication, route.to.view(), route.account.view(), route.key.view(),
                     std::to_underlying(route.kind), route.from.view());
}

std::optional<ReplicationRoute> parse_replication(std::string_view store_key) {
  if (!store_key.starts_with(kReplication)) return std::nullopt;
  store_key.remove_prefix(kReplication.size());
  std::array<std::string_view, 5> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t slash = store_key.find('/');
    if ((slash == std::string_view::npos) != (i + 1 == parts.size())) return std::nullopt;
    parts[i] = store_key.substr(0, slash);
    if (slash != std::string_view::npos) store_key.remove_prefix(slash + 1);
  }
  const auto to = Region::parse(parts[0]);
  const auto account = AccountId::parse(parts[1]);
  const auto key = KeyId::parse(parts[2]);
  const auto kind = parse_kind(parts[3]);
  const auto from = Region::parse(parts[4]);
  if (!to || !account || !key || !kind || !from) return std::nullopt;
  return ReplicationRoute{.kind = *kind, .from = *from, .to = *to, .account = *account, .key = *key};
}

}  // namespace claviger::keys::layout
