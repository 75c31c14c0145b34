// Listings, page by page.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/page.h"
#include "iam/ids.h"

namespace claviger::api::iam_actions {

inline constexpr std::int32_t kDefaultMaxItems = 100;
// A page ends, however many items were asked for, when its policy documents are this long together. (AWS, too, may
// return fewer than MaxItems.)
inline constexpr std::size_t kMaxPageDocumentBytes = 1'048'576;

// How long the policy documents of an item are; types that have some have an overload of their own.
template <class Item>
std::size_t document_bytes(const Item&) {
  return 0;
}

namespace internal {

// Where a listing of each kind of container goes on behind a position, and what the position of an element is.
template <class Value>
auto after(const std::map<std::string, Value, std::less<>>& all, const std::string& position) {
  return all.upper_bound(position);
}
template <class Value>
std::string position_of(const std::map<std::string, Value, std::less<>>&,
                        typename std::map<std::string, Value, std::less<>>::const_iterator at) {
  return at->first;
}

inline auto after(const std::set<iam::UniqueId>& all, const std::string& position) {
  const auto id = iam::UniqueId::parse(position);
  return id ? all.upper_bound(*id) : all.begin();
}
inline std::string position_of(const std::set<iam::UniqueId>&, std::set<iam::UniqueId>::const_iterator at) {
  return std::string(at->view());
}

// Of the few things that hang on one entity, by their place.
template <class Value>
auto after(const std::vector<Value>& all, const std::string& position) {
  std::size_t next = 0;
  std::from_chars(position.data(), position.data() + position.size(), next);
  return all.begin() + static_cast<std::ptrdiff_t>(std::min(next, all.size()));
}
template <class Value>
std::string position_of(const std::vector<Value>& all, typename std::vector<Value>::const_iterator at) {
  return std::to_string(at - all.begin() + 1);
}

}  // namespace internal

// Puts one page of `all` into `items`, a member of `response`, and says there whether more follow. `make` makes an item
// of an element, or nullopt where the request's filter leaves it out. `list` names the action and its filter.
// kInvalidMarker.
template <class Request, class Response, class Item, class Container, class Make>
[[nodiscard]] Status list_page(const Context& context, std::string list, const Request& request, const Container& all,
                               Response& response, std::vector<Item>& items, const Make& make) {
  const Pager pager(context, std::move(list));
  CLAVIGER_ASSIGN(const std::string start, pager.position(request.marker));
  const auto limit = static_cast<std::size_t>(request.max_items.value_or(kDefaultMaxItems));
  std::string last;
  std::size_t bytes = 0;
  for (auto at = internal::after(all, start); at != all.end(); ++at) {
    std::optional<Item> item = make(*at);
    if (!item) continue;
    if (items.size() == limit || bytes >= kMaxPageDocumentBytes) {
      response.is_truncated = true;
      response.marker = pager.next_marker(last);
      break;
    }
    last = internal::position_of(all, at);
    bytes += document_bytes(*item);
    items.push_back(*std::move(item));
  }
  return {};
}

}  // namespace claviger::api::iam_actions
