// Pagination with opaque, authenticated markers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/context.h"
#include "base/result.h"

namespace claviger::api {

// Where a listing goes on. A marker is sealed: clients can neither read nor make one, and one of another action,
// account, Region or filter does not open.
class Pager final {
 public:
  // `list` names the action and its filter, such as `ListAliases` or `ListResourceTags/<key id>`.
  Pager(const Context& context, std::string list) : context_(context), list_(std::move(list)) {}

  // The position that next_marker() was given; empty without a marker. kInvalidMarker when the marker does not open.
  [[nodiscard]] Result<std::string> position(const std::optional<std::string>& marker) const;
  std::string next_marker(std::string_view position) const;

 private:
  Bytes binding() const;

  const Context& context_;
  std::string list_;
};

}  // namespace claviger::api
