#include "iam/query_parameters.h"

#include <algorithm>
#include <tuple>

#include "iam/text.h"

namespace claviger::iam {
namespace {

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

// -1 for what is not a hexadecimal digit.
int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void append_uri_encoded(std::string_view text, bool keep_slash, std::string& out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c) || (keep_slash && c == '/')) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      out.push_back('%');
      out.push_back(kDigits[byte >> 4]);
      out.push_back(kDigits[byte & 15]);
    }
  }
}

bool QueryParameters::parse(std::string_view query) {
  decoded_.clear();
  encoded_.clear();
  items_.clear();
  if (query.size() > kMaxQueryBytes) return false;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    if (items_.size() == kMaxQueryParameters) return false;
    const std::string_view name = pair.substr(0, pair.find('='));
    add(name, pair.substr(std::min(name.size() + 1, pair.size())));
  }
  return true;
}

void QueryParameters::add(std::string_view name, std::string_view value) {
  Item item;
  item.name = decode(name);
  item.value = decode(value);
  item.encoded_name = encode(item.name);
  item.encoded_value = encode(item.value);
  items_.push_back(item);
}

QueryParameters::Slice QueryParameters::decode(std::string_view text) {
  const std::size_t start = decoded_.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low >= 0) {
      decoded_.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      decoded_.push_back(text[i]);
    }
  }
  return {start, decoded_.size() - start};
}

QueryParameters::Slice QueryParameters::encode(Slice decoded_slice) {
  const std::size_t start = encoded_.size();
  append_uri_encoded(decoded(decoded_slice), /*keep_slash=*/false, encoded_);
  return {start, encoded_.size() - start};
}

std::size_t QueryParameters::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(items_.begin(), items_.end(), [&](const Item& item) { return decoded(item.name) == name; }));
}

std::optional<std::string_view> QueryParameters::find(std::string_view name) const {
  for (const Item& item : items_) {
    if (decoded(item.name) == name) return decoded(item.value);
  }
  return std::nullopt;
}

bool QueryParameters::has_prefix(std::string_view lower_prefix) const {
  return std::any_of(items_.begin(), items_.end(), [&](const Item& item) {
    return equals_ignoring_case(decoded(item.name).substr(0, lower_prefix.size()), lower_prefix);
  });
}

void QueryParameters::append_canonical(std::string_view excluded, std::string& out) {
  std::sort(items_.begin(), items_.end(), [this](const Item& a, const Item& b) {
    return std::tuple(encoded(a.encoded_name), encoded(a.encoded_value)) <
           std::tuple(encoded(b.encoded_name), encoded(b.encoded_value));
  });
  bool first = true;
  for (const Item& item : items_) {
    const std::string_view name = decoded(item.name);
    if (name == "X-Amz-Signature" || (!excluded.empty() && name == excluded)) continue;
    if (!first) out.push_back('&');
    first = false;
    out.append(encoded(item.encoded_name)).push_back('=');
    out.append(encoded(item.encoded_value));
  }
}

}  // namespace claviger::iam
