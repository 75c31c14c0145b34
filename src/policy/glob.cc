#include "policy/glob.h"

#include <algorithm>

#include "base/check.h"

namespace claviger::policy {
namespace {

std::size_t index_of(char c) { return static_cast<unsigned char>(c); }

}  // namespace

Glob::Glob(std::string tokens) : tokens_(std::move(tokens)) {
  const auto first = std::find_if(tokens_.begin(), tokens_.end(), is_token);
  const auto last = std::find_if(tokens_.rbegin(), tokens_.rend(), is_token);
  prefix_ = static_cast<std::uint32_t>(first - tokens_.begin());
  suffix_ = static_cast<std::uint32_t>(last - tokens_.rbegin());
  minimum_ =
      static_cast<std::uint32_t>(std::count_if(tokens_.begin(), tokens_.end(), [](char c) { return !is_run(c); }));
  if (first == tokens_.end()) {
    shape_ = Shape::kExact;
  } else if (*first == kAnyRun && prefix_ + 1 == tokens_.size()) {
    shape_ = prefix_ == 0 ? Shape::kEverything : Shape::kPrefix;
  } else {
    shape_ = Shape::kGeneral;
  }
}

template <std::size_t kMaxBytes>
TextIndex<kMaxBytes>::TextIndex(std::string_view text) : size_(text.size()), words_(text.size() / 64 + 1) {
  CLAVIGER_CHECK(size_ <= kMaxBytes);
  std::fill_n(rows_.begin(), 128 * words_, 0);
  std::fill_n(not_colon_.begin(), words_, 0);
  std::fill_n(end_and_before_.begin(), words_, ~std::uint64_t{0});
  end_and_before_[words_ - 1] = ~std::uint64_t{0} >> (63 - size_ % 64);
  for (std::size_t i = 0; i < size_; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << (i % 64);
    rows_[index_of(text[i]) * words_ + i / 64] |= bit;
    if (text[i] != ':') not_colon_[i / 64] |= bit;
  }
}

// `reached` has bit i set when the tokens walked so far match the first i bytes of the text.
template <std::size_t kMaxBytes>
template <std::size_t kWords>
bool TextIndex<kMaxBytes>::run(std::string_view tokens) const {
  const std::size_t words = kWords == 0 ? words_ : kWords;
  std::array<std::uint64_t, kWords == 0 ? kMaxWords : kWords> reached;
  std::fill_n(reached.begin(), words, 0);
  reached[0] = 1;
  const auto step = [&](const std::uint64_t* over) {
    std::uint64_t any = 0, carry = 0;
    for (std::size_t w = 0; w < words; ++w) {
      const std::uint64_t stepping = reached[w] & over[w];
      reached[w] = stepping << 1 | carry;
      carry = stepping >> 63;
      any |= reached[w];
    }
    return any != 0;
  };
  for (const char token : tokens) {
    switch (token) {
      case kAnyRun: {
        std::uint64_t above = 0;
        for (std::size_t w = 0; w < words; ++w) {
          reached[w] = (above | (0 - (reached[w] & (0 - reached[w])))) & end_and_before_[w];
          if (reached[w] != 0) above = ~std::uint64_t{0};
        }
        break;
      }
      case kSegmentRun: {
        // Adding a bit to a run of ones clears the run from there on and sets the bit behind it: exactly the places
        // that can be reached without a colon.
        std::uint64_t carry = 0;
        for (std::size_t w = 0; w < words; ++w) {
          std::uint64_t sum = 0;
          bool over = __builtin_add_overflow(not_colon_[w], reached[w] & not_colon_[w], &sum);
          over = __builtin_add_overflow(sum, carry, &sum) || over;
          reached[w] |= sum ^ not_colon_[w];
          carry = over ? 1 : 0;
        }
        break;
      }
      case kAnyOne:
        if (!step(end_and_before_.data())) return false;
        break;
      case kSegmentOne:
        if (!step(not_colon_.data())) return false;
        break;
      default:
        if (index_of(token) >= 128 || !step(&rows_[index_of(token) * words])) return false;
    }
  }
  return (reached[size_ / 64] >> (size_ % 64) & 1) != 0;
}

template <std::size_t kMaxBytes>
bool TextIndex<kMaxBytes>::matches(std::string_view tokens) const {
  switch (words_) {
    case 1:
      return run<1>(tokens);
    case 2:
      return run<2>(tokens);
    default:
      return run<0>(tokens);
  }
}

template <std::size_t kMaxBytes>
bool Subject<kMaxBytes>::accepts(std::string_view text) {
  return text.size() <= kMaxBytes && std::all_of(text.begin(), text.end(), [](char c) { return index_of(c) < 128; });
}

template <std::size_t kMaxBytes>
bool Subject<kMaxBytes>::matches_general(const Glob& glob) {
  if (!index_) index_.emplace(text_);
  if (!budget_.spend(glob.tokens().size() * index_->words())) return false;
  return index_->matches(glob.tokens());
}

template class Subject<127>;
template class Subject<767>;

bool matches_once(const Glob& glob, std::string_view text, Budget& budget) {
  if (!budget.spend(8 + text.size() / 32)) return false;
  if (!glob.may_match(text)) return false;
  if (glob.shape() != Glob::Shape::kGeneral) return true;
  return matches_tokens(glob.tokens(), text, budget);
}

// Only the newest run ever has to be tried again: whatever an older one could absorb, the newest can too.
bool matches_tokens(std::string_view tokens, std::string_view text, Budget& budget) {
  std::size_t p = 0, t = 0, run = std::string_view::npos, run_text = 0;
  while (t < text.size()) {
    if (!budget.spend(2)) return false;
    if (p < tokens.size() && tokens[p] == kAnyRun) {
      run = p++;
      run_text = t;
    } else if (p < tokens.size() && tokens[p] == kAnyOne) {
      ++p;
      ++t;
      while (t < text.size() && (index_of(text[t]) & 0xc0) == 0x80) ++t;
    } else if (p < tokens.size() && tokens[p] == text[t]) {
      ++p;
      ++t;
    } else if (run != std::string_view::npos) {
      p = run + 1;
      t = ++run_text;
    } else {
      return false;
    }
  }
  return std::all_of(tokens.begin() + static_cast<std::ptrdiff_t>(p), tokens.end(), is_run);
}

}  // namespace claviger::policy
