#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/json.h"

namespace claviger::json {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using ArrayIterator = simdjson::dom::array::iterator;
using ObjectIterator = simdjson::dom::object::iterator;

// Stage 1 of simdjson reads blocks of this many bytes and copies the last one to its stack. Texts are
// extended by white space so that this block never holds anything else.
constexpr std::size_t kBlock = 128;
// Buffers beyond this are given back after use instead of being kept for the next text.
constexpr std::size_t kKeepBytes = std::size_t{256} * 1024;
// simdjson's tape counts in 32 bits.
constexpr std::size_t kMaxBytes = std::size_t{1} << 31;

using Raw = std::array<std::uintptr_t, 2>;

// The handles of simdjson are a document pointer and an index. They are carried as plain words so
// that its header stays in this file.
template <class T>
Raw pack(const T& handle) {
  static_assert(sizeof(T) == sizeof(Raw) && std::is_trivially_copyable_v<T>);
  return std::bit_cast<Raw>(handle);
}
template <class T>
T unpack(const Raw& raw) {
  static_assert(sizeof(T) == sizeof(Raw) && std::is_trivially_copyable_v<T>);
  return std::bit_cast<T>(raw);
}

template <class T>
T get(const Raw& raw) {
  T value{};
  CLAVIGER_CHECK(raw[0] != 0 && unpack<element>(raw).get(value) == simdjson::SUCCESS);
  return value;
}

const char* message_for(simdjson::error_code error) {
  if (error == simdjson::DEPTH_ERROR) return "The request body is nested too deeply";
  if (error == simdjson::UTF8_ERROR) return "The request body is not valid UTF-8";
  if (error == simdjson::EMPTY) return "The request body is empty";
  return "The request body is not valid JSON";
}

}  // namespace

Type Value::type() const {
  switch (unpack<element>(raw_).type()) {
    case element_type::ARRAY:
      return Type::kArray;
    case element_type::OBJECT:
      return Type::kObject;
    case element_type::INT64:
      return Type::kInteger;
    case element_type::UINT64:
      return Type::kUnsigned;
    case element_type::DOUBLE:
      return Type::kDouble;
    case element_type::STRING:
      return Type::kString;
    case element_type::BOOL:
      return Type::kBoolean;
    case element_type::NULL_VALUE:
      break;
  }
  return Type::kNull;
}

bool Value::boolean() const { return get<bool>(raw_); }
std::int64_t Value::integer() const { return get<std::int64_t>(raw_); }
double Value::number() const { return get<double>(raw_); }
std::string_view Value::text() const { return get<std::string_view>(raw_); }

ArrayCursor Value::elements() const {
  const auto array = get<simdjson::dom::array>(raw_);
  ArrayCursor cursor;
  cursor.position_ = pack(array.begin());
  cursor.end_ = pack(array.end());
  return cursor;
}

ObjectCursor Value::fields() const {
  const auto object = get<simdjson::dom::object>(raw_);
  ObjectCursor cursor;
  cursor.position_ = pack(object.begin());
  cursor.end_ = pack(object.end());
  return cursor;
}

bool ArrayCursor::next(Value& element) {
  auto position = unpack<ArrayIterator>(position_);
  if (position == unpack<ArrayIterator>(end_)) return false;
  element = Value(pack(*position));
  position_ = pack(++position);
  return true;
}

bool ObjectCursor::next(std::string_view& name, Value& value) {
  auto position = unpack<ObjectIterator>(position_);
  if (position == unpack<ObjectIterator>(end_)) return false;
  name = position.key();
  value = Value(pack(position.value()));
  position_ = pack(++position);
  return true;
}

bool has_duplicates(const Value& object) {
  // Nearly every object is small enough to be compared without an allocation.
  std::array<std::string_view, 16> few;
  std::vector<std::string_view> many;
  std::size_t count = 0;
  std::string_view name;
  Value value;
  for (ObjectCursor cursor = object.fields(); cursor.next(name, value); ++count) {
    if (count < few.size()) {
      if (std::find(few.begin(), few.begin() + count, name) != few.begin() + count) return true;
      few[count] = name;
    } else {
      many.push_back(name);
    }
  }
  if (many.empty()) return false;
  many.insert(many.end(), few.begin(), few.end());
  std::ranges::sort(many);
  return std::ranges::adjacent_find(many) != many.end();
}

struct Parser::Impl {
  explicit Impl(std::size_t depth) : parser(kMaxBytes), max_depth(depth) {}

  simdjson::dom::parser parser;
  SecretBytes input;
  std::size_t parsed_bytes = 0;  // length given to simdjson since the last wipe
  std::size_t tape_words = 0;    // what simdjson can have written to its tape since then
  std::size_t max_depth;
};

Parser::Parser(std::size_t max_depth) : impl_(std::make_unique<Impl>(max_depth)) {}
Parser::~Parser() { clear(); }

Result<Value> Parser::parse(ByteSpan text) {
  clear();
  if (text.size() > kMaxBytes - 4 * kBlock) return fail(ErrorCode::kSerialization, "The request body is too large");
  const std::size_t extended = (text.size() / kBlock + 2) * kBlock;
  simdjson::dom::parser& parser = impl_->parser;
  if (parser.capacity() < extended || parser.max_depth() != impl_->max_depth) {
    // Grown in powers of two, so that bodies of slowly growing size do not allocate each time.
    CLAVIGER_CHECK(parser.allocate(std::bit_ceil(extended), impl_->max_depth) == simdjson::SUCCESS);
  }
  impl_->input.reserve(std::bit_ceil(extended) + simdjson::SIMDJSON_PADDING);
  impl_->input.append(text);
  impl_->input.resize(extended);
  std::ranges::fill(impl_->input.writable().subspan(text.size()), std::uint8_t{' '});

  impl_->parsed_bytes = extended;
  impl_->tape_words = extended + 3;
  element root;
  const auto error = parser.parse(impl_->input.writable().data(), extended, false).get(root);
  if (error != simdjson::SUCCESS) {
    clear();
    return fail(ErrorCode::kSerialization, message_for(error));
  }
  // The first word of the tape of a whole text tells where its last one is (simdjson, "Document tape").
  constexpr std::uint64_t kPayload = (std::uint64_t{1} << 56) - 1;
  const std::size_t tape_words = static_cast<std::size_t>(parser.doc.tape[0] & kPayload);
  CLAVIGER_CHECK(tape_words <= impl_->tape_words);
  impl_->tape_words = tape_words;
  return Value(pack(root));
}

void Parser::clear() {
  const std::size_t used = std::exchange(impl_->parsed_bytes, 0);
  if (used == 0) return;
  impl_->input.clear();
  // The most that simdjson can have written for this many bytes: its own rule for allocating
  // (document::allocate), whose result is at least this for the capacity it has.
  simdjson::dom::document& document = impl_->parser.doc;
  wipe({document.string_buf.get(), 5 * used / 3 + simdjson::SIMDJSON_PADDING});
  wipe({reinterpret_cast<std::uint8_t*>(document.tape.get()), impl_->tape_words * sizeof(std::uint64_t)});
  if (used > kKeepBytes) {
    impl_->parser = simdjson::dom::parser(kMaxBytes);
    impl_->input = SecretBytes();
  }
}

}  // namespace claviger::json
