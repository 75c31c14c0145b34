// JSON (RFC 8259), in and out. The reader is strict and leaves nothing of a request body behind,
// because bodies hold plaintext; the writer only appends, because every reply and audit record goes
// through it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace claviger::json {

// The deepest nesting of arrays and objects that is read unless a Parser is told otherwise.
constexpr std::size_t kMaxDepth = 64;

// What a value is. A number is kInteger when it is written without fraction and exponent and fits
// std::int64_t, kUnsigned when it fits std::uint64_t only, kDouble otherwise.
enum class Type : std::uint8_t { kNull, kBoolean, kInteger, kUnsigned, kDouble, kString, kArray, kObject };

class ArrayCursor;
class ObjectCursor;

// A value inside a parsed text; a handle, cheap to copy. It and every view taken from it are valid
// until the Parser is cleared, parses again or is destroyed. Each getter but type() requires the
// matching type (a broken invariant otherwise).
class Value final {
 public:
  // Refers to nothing: only valid() may be called.
  Value() = default;
  bool valid() const { return raw_[0] != 0; }

  Type type() const;
  bool boolean() const;
  std::int64_t integer() const;   // kInteger
  double number() const;          // kInteger, kUnsigned or kDouble
  std::string_view text() const;  // kString; unescaped, valid UTF-8, may hold NUL
  ArrayCursor elements() const;
  ObjectCursor fields() const;

 private:
  friend class ArrayCursor;
  friend class ObjectCursor;
  friend class Parser;
  using Raw = std::array<std::uintptr_t, 2>;
  explicit Value(Raw raw) : raw_(raw) {}

  Raw raw_{};
};

// Walks an array from its first element to its last.
class ArrayCursor final {
 public:
  // False at the end; `element` is then unchanged.
  bool next(Value& element);

 private:
  friend class Value;
  Value::Raw position_{};
  Value::Raw end_{};
};

// Walks an object in the order it was written. Names that occur twice are both shown: to refuse
// them is up to whoever walks, because only they know which objects matter (see has_duplicates).
class ObjectCursor final {
 public:
  // False at the end; `name` and `value` are then unchanged.
  bool next(std::string_view& name, Value& value);

 private:
  friend class Value;
  Value::Raw position_{};
  Value::Raw end_{};
};

// True when a name occurs twice in this object (objects inside it are not looked at).
bool has_duplicates(const Value& object);

// Reads one text at a time; reused, so that a request costs no allocation. Not thread-safe: one per
// loop.
class Parser final {
 public:
  explicit Parser(std::size_t max_depth = kMaxDepth);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // Accepts exactly one JSON value with white space around it, in valid UTF-8 without a byte order
  // mark; the whole text has been checked before this returns. Otherwise kSerialization, with a
  // message that holds nothing of the text. `text` is copied and may go away. The caller bounds its
  // size.
  Result<Value> parse(ByteSpan text);

  // Wipes every copy of the text: the padded input, the unescaped strings and the tape of numbers.
  // What simdjson holds of a text beyond these is positions only, with one exception: a text that is
  // a single number is copied to the heap once more, and no secret has that form.
  void clear();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Appends `text` in quotes, escaped; it must be valid UTF-8.
template <class Out>
void append_string(Out& out, std::string_view text);

// Appends one JSON text to an std::string or SecretBytes that it borrows. The caller keeps names and
// values in order; commas are put in here.
template <class Out>
class Writer final {
 public:
  explicit Writer(Out& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  // The name of the next field.
  void name(std::string_view name) {
    separate();
    append_string(out_, name);
    out_.append(std::string_view(":"));
    first_ = true;
  }

  void null() { literal("null"); }
  void boolean(bool value) { literal(value ? "true" : "false"); }
  void integer(std::int64_t value);
  void string(std::string_view value) {
    separate();
    append_string(out_, value);
  }
  // A value that is JSON text already.
  void literal(std::string_view json) {
    separate();
    out_.append(json);
  }

 private:
  void open(char bracket) {
    separate();
    out_.append(std::string_view(&bracket, 1));
    first_ = true;
  }
  void close(char bracket) {
    out_.append(std::string_view(&bracket, 1));
    first_ = false;
  }
  void separate() {
    if (!first_) out_.append(std::string_view(","));
    first_ = false;
  }

  Out& out_;
  bool first_ = true;  // nothing precedes that a comma would have to part from
};

extern template class Writer<std::string>;
extern template class Writer<SecretBytes>;
extern template void append_string<std::string>(std::string&, std::string_view);
extern template void append_string<SecretBytes>(SecretBytes&, std::string_view);

}  // namespace claviger::json
