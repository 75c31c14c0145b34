#include "api/page.h"

#include "base/encoding.h"

namespace claviger::api {

Bytes Pager::binding() const {
  Bytes binding;
  ByteWriter writer(binding);
  writer.sized16(as_bytes(list_));
  writer.sized16(as_bytes(context_.scope.account.view()));
  writer.sized16(as_bytes(context_.scope.region.view()));
  return binding;
}

Result<std::string> Pager::position(const std::optional<std::string>& marker) const {
  if (!marker) return std::string();
  const auto refuse = [] { return fail(ErrorCode::kInvalidMarker, "The marker is not valid."); };
  const std::optional<Bytes> sealed = base64_decode(*marker);
  if (!sealed) return refuse();
  const Result<Bytes> position = context_.services.markers->open(binding(), *sealed);
  if (!position) return refuse();
  return std::string(as_text(*position));
}

std::string Pager::next_marker(std::string_view position) const {
  return base64_encode(context_.services.markers->seal(binding(), as_bytes(position)));
}

}  // namespace claviger::api
