#include "http/response_writer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>

#include "base/check.h"
#include "http/secret_gate.h"

namespace claviger::http {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";  // the reason phrase may be empty (RFC 9112 section 4)
  }
}

std::string_view decimal(std::size_t value, std::array<char, 24>& memory) {
  const auto end = std::to_chars(memory.data(), memory.data() + memory.size(), value).ptr;
  return {memory.data(), static_cast<std::size_t>(end - memory.data())};
}

}  // namespace

void append_response(const Response& response, const ResponseContext& context, SecretBytes& out) {
  CLAVIGER_CHECK(response.status >= 200 && response.status <= 599);
  const bool bodiless = response.status == 204 || response.status == 304;
  const ByteSpan body = bodiless ? ByteSpan() : response.body.expose(SecretGate::access());
  constexpr std::size_t kFieldsBytes = 256;
  const std::size_t needed = out.size() + kFieldsBytes + response.headers.text().size() + body.size();
  // Twice the old size at least, so that many pipelined responses do not move each other each time.
  if (needed > out.capacity()) out.reserve(std::max(needed, 2 * out.capacity()));

  std::array<char, 24> number;
  out.append(std::string_view("HTTP/1.1 "));
  out.append(decimal(static_cast<std::size_t>(response.status), number));
  out.append(std::string_view(" "));
  out.append(reason(response.status));
  out.append(std::string_view("\r\nDate: "));
  out.append(context.date);
  if (!response.content_type.empty()) {
    out.append(std::string_view("\r\nContent-Type: "));
    out.append(response.content_type);
  }
  if (!bodiless) {
    out.append(std::string_view("\r\nContent-Length: "));
    out.append(decimal(body.size(), number));
  }
  if (context.close) {
    out.append(std::string_view("\r\nConnection: close"));
  } else if (context.keep_alive) {
    out.append(std::string_view("\r\nConnection: keep-alive"));
  }
  out.append(std::string_view("\r\n"));
  out.append(response.headers.text());
  out.append(std::string_view("\r\n"));
  if (!context.without_body) out.append(body);
}

std::string format_http_date(WallTime time) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  CLAVIGER_CHECK(gmtime_r(&seconds, &parts) != nullptr);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[static_cast<std::size_t>(parts.tm_wday)],
                     parts.tm_mday, kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace claviger::http
