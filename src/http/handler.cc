#include "http/handler.h"

#include <algorithm>

#include "base/check.h"
#include "http/text.h"

namespace claviger::http {

const std::string_view* Request::header(std::string_view wanted) const {
  for (const Header& header : headers) {
    if (equal_ignoring_case(header.first, wanted)) return &header.second;
  }
  return nullptr;
}

void ResponseHeaders::add(std::string_view name, std::string_view value) {
  CLAVIGER_CHECK(!name.empty() && std::ranges::all_of(name, is_token_character));
  // A control character would let a value write further fields.
  CLAVIGER_CHECK(std::ranges::none_of(value, is_control_character));
  // One allocation for the few fields a response has.
  if (text_.empty()) text_.reserve(128);
  text_.append(name).append(": ").append(value).append("\r\n");
}

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    Responder old(std::move(*this));  // answers 500 if it was still owed
    exchange_ = std::move(other.exchange_);
  }
  return *this;
}

Responder::~Responder() {
  if (exchange_) send(Response{.status = 500, .content_type = {}, .headers = {}, .body = {}});
}

void Responder::send(Response response) {
  CLAVIGER_CHECK(exchange_ != nullptr);
  std::exchange(exchange_, nullptr)->send(std::move(response));
}

}  // namespace claviger::http
