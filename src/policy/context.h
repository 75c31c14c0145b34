// What a request looks like to conditions and policy variables: named values, asked for one by one.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace claviger::policy {

// ASCII letters in lower case; other bytes as they are.
std::string to_lower_case(std::string_view text);

// The name of a condition key: `kms:EncryptionContext:AppName`, `aws:PrincipalTag/team`. Names are compared without
// case, so the name is kept in lower case.
class ContextKey final {
 public:
  ContextKey() = default;
  explicit ContextKey(std::string_view name) : name_(to_lower_case(name)) {}
  const std::string& name() const { return name_; }
  // What follows `prefix`, given in lower case (`kms:encryptioncontext:`); empty when the name is not of that kind.
  std::string_view after(std::string_view prefix) const {
    const std::string_view name = name_;
    return name.starts_with(prefix) ? name.substr(prefix.size()) : std::string_view();
  }

 private:
  std::string name_;
};

// The values that a request has for a key. A number is its decimal text, a time ISO 8601 in UTC or seconds since 1970,
// a truth value `true` or `false`, binary is base64. Views; they live as long as the Context that gave them.
class ContextValues final {
 public:
  // The request does not have the key.
  ContextValues() = default;
  static ContextValues single(std::string_view value) {
    ContextValues result;
    result.own_ = value;
    result.kind_ = Kind::kSingle;
    return result;
  }
  // Of a key that is multi-valued by its nature, like aws:TagKeys, however many values there are. No values are the
  // same as no key.
  static ContextValues many(std::span<const std::string_view> values) {
    ContextValues result;
    result.many_ = values;
    result.kind_ = values.empty() ? Kind::kAbsent : Kind::kMany;
    return result;
  }

  // The request has the key, and its value cannot be told: no condition on it can be judged.
  static ContextValues undecidable() {
    ContextValues result;
    result.kind_ = Kind::kUndecidable;
    return result;
  }

  bool present() const { return kind_ != Kind::kAbsent; }
  bool decidable() const { return kind_ != Kind::kUndecidable; }
  bool multi_valued() const { return kind_ == Kind::kMany; }
  std::size_t size() const { return kind_ == Kind::kMany ? many_.size() : kind_ == Kind::kSingle ? 1 : 0; }
  std::string_view operator[](std::size_t i) const { return kind_ == Kind::kMany ? many_[i] : own_; }

 private:
  enum class Kind : unsigned char { kAbsent, kSingle, kMany, kUndecidable };
  Kind kind_ = Kind::kAbsent;
  std::string_view own_;
  std::span<const std::string_view> many_;
};

// Asked only when a statement's action and resource fit and its condition or variable needs the key. Used by one
// decision on one thread at a time, so an implementation may compute and remember.
class Context {
 public:
  virtual ~Context() = default;
  virtual ContextValues find(const ContextKey& key) const = 0;
  // The same request as resource policies see it, which do not have every key. Lives as long as this.
  virtual const Context& in_resource_policy() const { return *this; }
};

// Owns its values: for tests, for simulations and for the command line.
class MapContext final : public Context {
 public:
  // Replaces what the key had.
  void set(std::string_view name, std::string_view value);
  void set_many(std::string_view name, std::vector<std::string> values);
  ContextValues find(const ContextKey& key) const override;

 private:
  struct Entry {
    bool multi_valued = false;
    std::vector<std::string> values;
    std::vector<std::string_view> views;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace claviger::policy
