// Grants: what is stored about one, and the rules of what one may hold, what it allows, and what may be granted by
// somebody whose own right comes from a grant (Developer Guide, "Grants in AWS KMS"; API page "CreateGrant"). Format:
// docs/formats/grant-record.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/encryption_context.h"
#include "base/identifiers.h"
#include "base/result.h"
#include "keys/types.h"

namespace claviger::keys {

// What a grant may allow. The numbers are stored, as bits of GrantOperations: never reused, never changed.
enum class GrantOperation : std::uint8_t {
  kDecrypt = 0,
  kEncrypt = 1,
  kGenerateDataKey = 2,
  kGenerateDataKeyWithoutPlaintext = 3,
  kReEncryptFrom = 4,
  kReEncryptTo = 5,
  kSign = 6,
  kVerify = 7,
  kGetPublicKey = 8,
  kCreateGrant = 9,
  kRetireGrant = 10,
  kDescribeKey = 11,
  kGenerateDataKeyPair = 12,
  kGenerateDataKeyPairWithoutPlaintext = 13,
  kGenerateMac = 14,
  kVerifyMac = 15,
  kDeriveSharedSecret = 16,
};

template <>
struct Names<GrantOperation> {
  static constexpr std::array<std::pair<GrantOperation, std::string_view>, 17> kAll{{
      {GrantOperation::kDecrypt, "Decrypt"},
      {GrantOperation::kEncrypt, "Encrypt"},
      {GrantOperation::kGenerateDataKey, "GenerateDataKey"},
      {GrantOperation::kGenerateDataKeyWithoutPlaintext, "GenerateDataKeyWithoutPlaintext"},
      {GrantOperation::kReEncryptFrom, "ReEncryptFrom"},
      {GrantOperation::kReEncryptTo, "ReEncryptTo"},
      {GrantOperation::kSign, "Sign"},
      {GrantOperation::kVerify, "Verify"},
      {GrantOperation::kGetPublicKey, "GetPublicKey"},
      {GrantOperation::kCreateGrant, "CreateGrant"},
      {GrantOperation::kRetireGrant, "RetireGrant"},
      {GrantOperation::kDescribeKey, "DescribeKey"},
      {GrantOperation::kGenerateDataKeyPair, "GenerateDataKeyPair"},
      {GrantOperation::kGenerateDataKeyPairWithoutPlaintext, "GenerateDataKeyPairWithoutPlaintext"},
      {GrantOperation::kGenerateMac, "GenerateMac"},
      {GrantOperation::kVerifyMac, "VerifyMac"},
      {GrantOperation::kDeriveSharedSecret, "DeriveSharedSecret"},
  }};
};

// The operation that the permission `kms:<operation>` is for; nullopt when no grant can give it.
std::optional<GrantOperation> grant_operation(std::string_view permission);

// A set of operations.
class GrantOperations final {
 public:
  constexpr GrantOperations() = default;
  constexpr GrantOperations(std::initializer_list<GrantOperation> operations) {
    for (const GrantOperation operation : operations) add(operation);
  }
  constexpr void add(GrantOperation operation) { bits_ |= bit(operation); }
  constexpr bool has(GrantOperation operation) const { return (bits_ & bit(operation)) != 0; }
  constexpr bool within(GrantOperations other) const { return (bits_ & ~other.bits_) == 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::uint32_t bits() const { return bits_; }
  // nullopt when a bit stands for no operation.
  static constexpr std::optional<GrantOperations> from_bits(std::uint32_t bits) {
    GrantOperations operations;
    for (const auto& [operation, name] : Names<GrantOperation>::kAll) {
      if ((bits & bit(operation)) != 0) operations.add(operation);
    }
    if (operations.bits_ != bits) return std::nullopt;
    return operations;
  }
  // In the order of AWS's service model.
  std::vector<GrantOperation> list() const;
  friend constexpr bool operator==(GrantOperations, GrantOperations) = default;

 private:
  static constexpr std::uint32_t bit(GrantOperation operation) {
    return std::uint32_t{1} << std::to_underlying(operation);
  }
  std::uint32_t bits_ = 0;
};

// What a grant on a key of this spec and usage may hold.
GrantOperations grantable_operations(KeySpec spec, KeyUsage usage);

// The numbers are stored: never reused, never changed.
enum class ConstraintType : std::uint8_t {
  kNone = 0,
  kEquals = 1,  // EncryptionContextEquals
  kSubset = 2,  // EncryptionContextSubset
};

// Which encryption contexts a grant is for. Keys and values are compared byte for byte: the guide says "exact,
// case-sensitive match", the model's text that keys are matched without case; this is the stricter of the two.
struct GrantConstraint {
  ConstraintType type = ConstraintType::kNone;
  EncryptionContext context;  // empty exactly for kNone
  friend bool operator==(const GrantConstraint&, const GrantConstraint&) = default;
};

inline constexpr std::size_t kMaxConstraintPairs = 8;
inline constexpr std::size_t kMaxConstraintValueLength = 384;  // UTF-16 code units, as AWS counts characters

// The constraint of a request that names either, both or none. kValidation when both are there, when one has no pairs,
// more than kMaxConstraintPairs, or a value that is too long.
[[nodiscard]] Result<GrantConstraint> make_constraint(const EncryptionContext* equals, const EncryptionContext* subset);

// kValidation unless a grant on a key of this spec and usage can have these operations and this constraint; no
// operation at all is refused too.
[[nodiscard]] Status check_grantable(KeySpec spec, KeyUsage usage, GrantOperations operations,
                                     const GrantConstraint& constraint);

// Whether an operation with this encryption context satisfies the constraint.
bool satisfies(const EncryptionContext& context, const GrantConstraint& constraint);

// What a grant is to give, in terms of a request that outlives this view.
struct GrantTerms {
  GrantOperations operations = {};
  ConstraintType type = ConstraintType::kNone;
  const EncryptionContext* context = nullptr;  // nullptr exactly for kNone
};

// Whether every encryption context that `child` allows, `parent` allows as well.
bool at_least_as_strict(const GrantTerms& child, const GrantConstraint& parent);

// What is asked of a grant.
struct GrantUseRequest {
  GrantOperation operation{};
  // Of the request; nullptr is the same as an empty one.
  const EncryptionContext* context = nullptr;
  // Of kCreateGrant: what is to be granted.
  GrantTerms child = {};
};

// Somebody whom a grant is for, or who may retire it.
struct GrantPrincipal {
  // As it was given, for an account the ARN of its root.
  std::string arn;
  // `AIDA...` or `AROA...` of a user or role: it counts, not the ARN, so that a namesake made after the principal was
  // deleted gets nothing. Empty for accounts and sessions.
  std::string unique_id;

  // What tells the principal from all others: the unique id, else the ARN.
  const std::string& identity() const { return unique_id.empty() ? arn : unique_id; }
  friend bool operator==(const GrantPrincipal&, const GrantPrincipal&) = default;
};

// 64 lower-case hexadecimal digits, as AWS's are.
class GrantId final : public FixedText<64> {
 public:
  static std::optional<GrantId> parse(std::string_view text);
  static GrantId make(RandomSource& random);

 private:
  using FixedText::FixedText;
};

// A grant. Never changed once made. Its id, and the key it is on, are in the store key.
struct GrantRecord {
  GrantPrincipal grantee;
  std::optional<GrantPrincipal> retiring;
  AccountId issuer;  // of whoever made it
  std::string name;  // empty: none
  GrantOperations operations;
  GrantConstraint constraint;
  WallTime created{};

  // Whether the grant allows its grantee what is asked. DescribeKey and RetireGrant are free of the constraint; a
  // CreateGrant must stay within this grant; everything else must satisfy the constraint.
  bool allows(const GrantUseRequest& request) const;
  // Whether a CreateGrant with the same Name asks for the same grant again: everything but the time.
  bool same_request(const GrantRecord& other) const;
  // Of what same_request() compares, the same for equal grants and likely not otherwise. Stored: never changed.
  std::uint64_t request_hash() const;
  friend bool operator==(const GrantRecord&, const GrantRecord&) = default;
};

Bytes encode(const GrantRecord& record);
// kCorrupt for anything that encode() does not make of a grant that the rules above allow.
[[nodiscard]] Result<GrantRecord> decode_grant(ByteSpan bytes);

// The grants that were made with the same Name and parameters, to be found by request_hash(): normally one.
Bytes encode_grant_ids(const std::vector<GrantId>& ids);
// kCorrupt for anything that encode_grant_ids() does not make.
[[nodiscard]] Result<std::vector<GrantId>> decode_grant_ids(ByteSpan bytes);

}  // namespace claviger::keys
