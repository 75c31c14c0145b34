// Patterns with wildcards, compiled, and the texts they are tried on.
//
// A compiled pattern is a string of tokens: a byte stands for itself, four bytes that no UTF-8 text contains stand for
// wildcards. Texts that are looked at by many patterns (the action and the resource of a decision) are indexed once:
// a pattern then costs one step for each of its tokens and 64 bytes of the text, whatever it looks like.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/budget.h"

namespace claviger::policy {

inline constexpr char kAnyRun = '\xf8';      // any run of bytes
inline constexpr char kSegmentRun = '\xf9';  // any run of bytes without a colon
inline constexpr char kAnyOne = '\xfa';      // any one character
inline constexpr char kSegmentOne = '\xfb';  // any one character but a colon
constexpr bool is_token(char c) { return static_cast<unsigned char>(c) >= 0xf8; }
constexpr bool is_run(char token) { return token == kAnyRun || token == kSegmentRun; }

class Glob final {
 public:
  enum class Shape : std::uint8_t { kEverything, kExact, kPrefix, kGeneral };

  // Matches the empty text only.
  Glob() = default;
  explicit Glob(std::string tokens);

  Shape shape() const { return shape_; }
  const std::string& tokens() const { return tokens_; }
  // False only for texts that do not match: by length, by literal beginning, by literal end. For every shape but
  // kGeneral, true is the answer.
  bool may_match(std::string_view text) const {
    if (text.size() < minimum_ || (shape_ == Shape::kExact && text.size() != minimum_)) return false;
    const std::string_view tokens = tokens_;
    return text.starts_with(tokens.substr(0, prefix_)) && text.ends_with(tokens.substr(tokens.size() - suffix_));
  }

 private:
  std::string tokens_;
  std::uint32_t minimum_ = 0;  // no shorter text matches
  std::uint32_t prefix_ = 0;   // tokens at the beginning that are literal
  std::uint32_t suffix_ = 0;   // likewise at the end
  Shape shape_ = Shape::kExact;
};

// Where each character stands in a text of at most kMaxBytes bytes of ASCII.
template <std::size_t kMaxBytes>
class TextIndex final {
 public:
  explicit TextIndex(std::string_view text);
  // Whether the tokens match the whole text.
  bool matches(std::string_view tokens) const;
  std::size_t words() const { return words_; }

 private:
  static constexpr std::size_t kMaxWords = kMaxBytes / 64 + 1;
  template <std::size_t kWords>
  bool run(std::string_view tokens) const;

  std::size_t size_;
  std::size_t words_;  // bit i of such a row is about the text's byte i
  std::array<std::uint64_t, kMaxWords> not_colon_;
  std::array<std::uint64_t, kMaxWords> end_and_before_;
  std::array<std::uint64_t, 128 * kMaxWords> rows_;  // one for each character; only words_ of each are filled
};

// A text that many patterns are tried on. It borrows the text and the budget.
template <std::size_t kMaxBytes>
class Subject final {
 public:
  Subject(std::string_view text, Budget& budget) : text_(text), budget_(budget) {}
  // Whether the text is one that patterns can be tried on: ASCII and not too long.
  static bool accepts(std::string_view text);

  std::string_view text() const { return text_; }
  // `text` was accepted. False too when the budget ends.
  bool matches(const Glob& glob) {
    if (!budget_.spend(4)) return false;
    if (!glob.may_match(text_)) return false;
    if (glob.shape() != Glob::Shape::kGeneral) return true;
    return matches_general(glob);
  }

 private:
  bool matches_general(const Glob& glob);

  std::string_view text_;
  Budget& budget_;
  std::optional<TextIndex<kMaxBytes>> index_;
};

using ActionSubject = Subject<127>;
using ResourceSubject = Subject<767>;

// For a text that is looked at once: only kAnyRun and kAnyOne, which takes a whole UTF-8 character. Goes back to the
// newest run only, and counts its steps; false too when the budget ends.
bool matches_once(const Glob& glob, std::string_view text, Budget& budget);
// The same for a part of a pattern.
bool matches_tokens(std::string_view tokens, std::string_view text, Budget& budget);

}  // namespace claviger::policy
