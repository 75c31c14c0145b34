// The query of a target, decoded for reading and re-encoded for signing. Memory is kept between requests.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace claviger::iam {

inline constexpr std::size_t kMaxQueryBytes = 16 * 1024;
inline constexpr std::size_t kMaxQueryParameters = 128;

// Appends `text` with everything but [A-Za-z0-9-._~] (and, on demand, `/`) as %XX in upper case.
void append_uri_encoded(std::string_view text, bool keep_slash, std::string& out);

// Not thread-safe. The views it hands out live until the next parse().
class QueryParameters final {
 public:
  // False when the query exceeds the bounds above. A percent sign without two hexadecimal digits stands for itself,
  // and `+` too.
  [[nodiscard]] bool parse(std::string_view query);

  bool empty() const { return items_.empty(); }
  // How many parameters have this decoded name.
  std::size_t count(std::string_view name) const;
  // The decoded value of the first.
  std::optional<std::string_view> find(std::string_view name) const;
  // True when some decoded name starts with `lower_prefix`, compared without case.
  bool has_prefix(std::string_view lower_prefix) const;

  // The canonical query string: sorted by encoded name, then value; without X-Amz-Signature, and without `excluded`
  // unless that is empty.
  void append_canonical(std::string_view excluded, std::string& out);

 private:
  struct Slice {
    std::size_t offset = 0, size = 0;
  };
  struct Item {
    Slice name, value, encoded_name, encoded_value;
  };
  std::string_view decoded(Slice slice) const { return std::string_view(decoded_).substr(slice.offset, slice.size); }
  std::string_view encoded(Slice slice) const { return std::string_view(encoded_).substr(slice.offset, slice.size); }
  void add(std::string_view name, std::string_view value);
  Slice decode(std::string_view text);
  Slice encode(Slice decoded_slice);

  std::string decoded_, encoded_;
  std::vector<Item> items_;
};

}  // namespace claviger::iam
