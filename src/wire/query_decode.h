// Requests of the AWS Query protocol (IAM, STS): parameters in a form body, in the URL, or in both.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "wire/members.h"
#include "wire/shape.h"

namespace claviger::wire {

// Bounds on one request; the size of its parts is bounded by http/.
inline constexpr std::size_t kMaxFormParameters = 4096;
inline constexpr std::size_t kMaxFormNameBytes = 512;

// The value of the first parameter that is written exactly `name=` in the URL's query, else in the body; empty when
// there is none, or its value is not 1 to 128 characters of [A-Za-z0-9-]. Decodes nothing: for Action and Version,
// which every client writes plainly, and which are wanted before the signature is known to hold. The view is into the
// input.
std::string_view plain_parameter(std::string_view query, ByteSpan body, std::string_view name);

// The parameters of one request (application/x-www-form-urlencoded), decoded and sorted by name. Keeps its memory
// between requests; not thread-safe: one for each loop.
class FormParameters final {
 public:
  struct Item {
    std::string_view name;
    std::string_view value;
  };

  // Takes the parameters of both texts together. kSerialization for a percent sign without two hexadecimal digits, for
  // what is not UTF-8 after decoding, an empty name, a name that occurs twice, and beyond the bounds above; the message
  // holds nothing of the text. `+` stands for a space. After a failure there are no parameters.
  [[nodiscard]] Status parse(std::string_view query, ByteSpan body);
  // Wipes everything; views of it end here.
  void clear();

  // Sorted by name, each once; views that live until clear() or the next parse().
  std::span<const Item> items() const { return items_; }

 private:
  Status add_all(std::string_view text);
  Result<std::string_view> decode(std::string_view text);

  SecretBytes decoded_;
  std::size_t used_ = 0;
  std::vector<Item> items_;
};

// Decodes and validates a request into `*out`, a default-constructed object of the type that `shape` describes:
// structures as `Name.Member`, lists as `Name.member.N` with N from 1 without a gap (`Name=` alone is an empty list),
// maps as `Name.entry.N.key` and `.value`, blobs in base64, timestamps as `2026-01-31T23:59:59Z`. Errors as those of
// decode_into(); parameters that the shape does not know are ignored, as AWS does. After a failure `*out` holds an
// unspecified part of the request. `form` is wiped in every case.
Status decode_query_into(const Shape& shape, FormParameters& form, std::string_view query, ByteSpan body, void* out);

template <class T, std::size_t N>
[[nodiscard]] Result<T> decode_query(const Members<T, N>& members, FormParameters& form, ByteSpan body) {
  T out{};
  CLAVIGER_TRY(decode_query_into(members.shape(), form, {}, body, &out));
  return out;
}

}  // namespace claviger::wire
