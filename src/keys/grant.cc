#include "keys/grant.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/encoding.h"

namespace claviger::keys {
namespace {

using enum GrantOperation;

constexpr std::uint8_t kGrantVersion = 1;
constexpr std::uint8_t kGrantIdsVersion = 1;
constexpr std::size_t kGrantIdBytes = 32;

bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// The length of valid UTF-8 in UTF-16 code units.
std::size_t utf16_length(std::string_view text) {
  std::size_t length = 0;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if ((byte & 0xc0) != 0x80) length += byte >= 0xf0 ? 2 : 1;
  }
  return length;
}

void write(ByteWriter& writer, const GrantPrincipal& principal) {
  writer.sized16(as_bytes(principal.arn));
  writer.sized16(as_bytes(principal.unique_id));
}

GrantPrincipal read_principal(ByteReader& reader) {
  std::string arn(as_text(reader.sized16()));
  std::string unique_id(as_text(reader.sized16()));
  return {std::move(arn), std::move(unique_id)};
}

void write(ByteWriter& writer, const GrantConstraint& constraint) {
  writer.u8(std::to_underlying(constraint.type));
  writer.u8(static_cast<std::uint8_t>(constraint.context.pairs().size()));
  for (const auto& [key, value] : constraint.context.pairs()) {
    writer.sized16(as_bytes(key));
    writer.sized16(as_bytes(value));
  }
}

Result<GrantConstraint> read_constraint(ByteReader& reader) {
  const std::uint8_t type = reader.u8();
  const std::size_t count = reader.u8();
  std::vector<EncryptionContext::Pair> pairs;
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    std::string key(as_text(reader.sized16()));
    std::string value(as_text(reader.sized16()));
    if (!pairs.empty() && pairs.back().first >= key) return fail(Error::corrupt("grant: pairs out of order"));
    pairs.emplace_back(std::move(key), std::move(value));
  }
  if (reader.failed()) return fail(Error::corrupt("grant: wrong length"));
  const auto context = EncryptionContext::from_pairs(std::move(pairs));
  if (!context) return fail(Error::corrupt("grant: bad constraint"));
  const bool equals = type == std::to_underlying(ConstraintType::kEquals);
  const bool subset = type == std::to_underlying(ConstraintType::kSubset);
  auto constraint = make_constraint(equals ? &*context : nullptr, subset ? &*context : nullptr);
  const bool fits = equals || subset || (type == std::to_underlying(ConstraintType::kNone) && count == 0);
  if (!constraint || !fits) return fail(Error::corrupt("grant: bad constraint"));
  return constraint;
}

// Everything that same_request() compares.
void write_request(ByteWriter& writer, const GrantRecord& record) {
  writer.raw(as_bytes(record.issuer.view()));
  writer.u32(record.operations.bits());
  write(writer, record.grantee);
  writer.u8(record.retiring ? 1 : 0);
  if (record.retiring) write(writer, *record.retiring);
  writer.sized16(as_bytes(record.name));
  write(writer, record.constraint);
}

}  // namespace

std::optional<GrantOperation> grant_operation(std::string_view permission) {
  constexpr std::string_view kService = "kms:";
  if (!permission.starts_with(kService)) return std::nullopt;
  permission.remove_prefix(kService.size());
  for (const auto& [operation, name] : Names<GrantOperation>::kAll) {
    if (name == permission) return operation;
  }
  return std::nullopt;
}

std::vector<GrantOperation> GrantOperations::list() const {
  std::vector<GrantOperation> operations;
  for (const auto& [operation, name] : Names<GrantOperation>::kAll) {
    if (has(operation)) operations.push_back(operation);
  }
  return operations;
}

GrantOperations grantable_operations(KeySpec spec, KeyUsage usage) {
  switch (usage) {
    case KeyUsage::kEncryptDecrypt:
      if (spec == KeySpec::kSymmetricDefault) {
        return {kEncrypt,
                kDecrypt,
                kReEncryptFrom,
                kReEncryptTo,
                kGenerateDataKey,
                kGenerateDataKeyWithoutPlaintext,
                kGenerateDataKeyPair,
                kGenerateDataKeyPairWithoutPlaintext,
                kCreateGrant,
                kRetireGrant,
                kDescribeKey};
      }
      return {kEncrypt,      kDecrypt,     kReEncryptFrom, kReEncryptTo,
              kGetPublicKey, kCreateGrant, kRetireGrant,   kDescribeKey};
    case KeyUsage::kSignVerify:
      return {kSign, kVerify, kGetPublicKey, kCreateGrant, kRetireGrant, kDescribeKey};
    case KeyUsage::kGenerateVerifyMac:
      return {kGenerateMac, kVerifyMac, kCreateGrant, kRetireGrant, kDescribeKey};
    case KeyUsage::kKeyAgreement:
      return {kDeriveSharedSecret, kGetPublicKey, kCreateGrant, kRetireGrant, kDescribeKey};
  }
  CLAVIGER_CHECK(false);
}

Result<GrantConstraint> make_constraint(const EncryptionContext* equals, const EncryptionContext* subset) {
  if (equals == nullptr && subset == nullptr) return GrantConstraint{};
  if (equals != nullptr && subset != nullptr) {
    return fail(Error::validation("A grant can have EncryptionContextEquals or EncryptionContextSubset, not both."));
  }
  const EncryptionContext& context = equals != nullptr ? *equals : *subset;
  const std::size_t pairs = context.pairs().size();
  if (pairs == 0 || pairs > kMaxConstraintPairs) {
    return fail(Error::validation(
        fmt::format("A grant constraint must have between 1 and {} encryption context pairs.", kMaxConstraintPairs)));
  }
  for (const auto& [key, value] : context.pairs()) {
    if (utf16_length(value) > kMaxConstraintValueLength) {
      return fail(
          Error::validation(fmt::format("An encryption context value of a grant constraint can have at most {} "
                                        "characters.",
                                        kMaxConstraintValueLength)));
    }
  }
  return GrantConstraint{equals != nullptr ? ConstraintType::kEquals : ConstraintType::kSubset, context};
}

Status check_grantable(KeySpec spec, KeyUsage usage, GrantOperations operations, const GrantConstraint& constraint) {
  if (operations.empty()) return fail(Error::validation("A grant must permit at least one operation."));
  const GrantOperations possible = grantable_operations(spec, usage);
  for (const GrantOperation operation : operations.list()) {
    if (possible.has(operation)) continue;
    return fail(
        Error::validation(fmt::format("Grant operation {} is not supported for a KMS key with key spec {} and "
                                      "key usage {}.",
                                      name_of(operation), name_of(spec), name_of(usage))));
  }
  const bool symmetric = spec == KeySpec::kSymmetricDefault && usage == KeyUsage::kEncryptDecrypt;
  if (constraint.type != ConstraintType::kNone && !symmetric) {
    return fail(Error::validation("Grant constraints are supported only for symmetric encryption KMS keys."));
  }
  return {};
}

bool satisfies(const EncryptionContext& context, const GrantConstraint& constraint) {
  switch (constraint.type) {
    case ConstraintType::kNone:
      return true;
    case ConstraintType::kEquals:
      return context == constraint.context;
    case ConstraintType::kSubset:
      return std::all_of(constraint.context.pairs().begin(), constraint.context.pairs().end(),
                         [&context](const EncryptionContext::Pair& pair) {
                           const std::string* value = context.find(pair.first);
                           return value != nullptr && *value == pair.second;
                         });
  }
  CLAVIGER_CHECK(false);
}

bool at_least_as_strict(const GrantTerms& child, const GrantConstraint& parent) {
  if (parent.type == ConstraintType::kNone) return true;
  if (child.type == ConstraintType::kNone || child.context == nullptr) return false;
  if (parent.type == ConstraintType::kEquals && child.type != ConstraintType::kEquals) return false;
  // Every context that a child allows has at least the child's pairs.
  return satisfies(*child.context, parent);
}

std::optional<GrantId> GrantId::parse(std::string_view text) {
  if (text.size() != 2 * kGrantIdBytes || !std::all_of(text.begin(), text.end(), is_lower_hex)) return std::nullopt;
  return GrantId(text);
}

GrantId GrantId::make(RandomSource& random) {
  std::array<std::uint8_t, kGrantIdBytes> bytes{};
  random.fill(bytes);
  return GrantId(hex_encode(bytes));
}

bool GrantRecord::allows(const GrantUseRequest& request) const {
  if (!operations.has(request.operation)) return false;
  if (request.operation == kDescribeKey || request.operation == kRetireGrant) return true;
  if (request.operation == kCreateGrant) {
    return !request.child.operations.empty() && request.child.operations.within(operations) &&
           at_least_as_strict(request.child, constraint);
  }
  static const EncryptionContext kNoContext;
  return satisfies(request.context == nullptr ? kNoContext : *request.context, constraint);
}

bool GrantRecord::same_request(const GrantRecord& other) const {
  GrantRecord same_time = other;
  same_time.created = created;
  return *this == same_time;
}

std::uint64_t GrantRecord::request_hash() const {
  Bytes bytes;
  ByteWriter writer(bytes);
  write_request(writer, *this);
  // FNV-1a. Grants whose hashes meet are told apart by same_request().
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

Bytes encode(const GrantRecord& record) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kGrantVersion);
  writer.u64(static_cast<std::uint64_t>(to_millis(record.created)));
  write_request(writer, record);
  return out;
}

Result<GrantRecord> decode_grant(ByteSpan bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kGrantVersion) return fail(Error::corrupt("grant: unknown version"));
  GrantRecord record;
  record.created = from_millis(static_cast<std::int64_t>(reader.u64()));
  const auto issuer = AccountId::parse(as_text(reader.raw(12)));
  const auto operations = GrantOperations::from_bits(reader.u32());
  if (!issuer || !operations || operations->empty()) return fail(Error::corrupt("grant: bad issuer or operations"));
  record.issuer = *issuer;
  record.operations = *operations;
  record.grantee = read_principal(reader);
  const std::uint8_t retirable = reader.u8();
  if (retirable > 1) return fail(Error::corrupt("grant: unknown number"));
  if (retirable == 1) record.retiring = read_principal(reader);
  if (record.grantee.arn.empty() || (record.retiring && record.retiring->arn.empty())) {
    return fail(Error::corrupt("grant: a principal without an ARN"));
  }
  record.name = as_text(reader.sized16());
  CLAVIGER_ASSIGN(record.constraint, read_constraint(reader));
  if (!reader.done()) return fail(Error::corrupt("grant: wrong length"));
  return record;
}

Bytes encode_grant_ids(const std::vector<GrantId>& ids) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kGrantIdsVersion);
  for (const GrantId& id : ids) writer.raw(as_bytes(id.view()));
  return out;
}

Result<std::vector<GrantId>> decode_grant_ids(ByteSpan bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kGrantIdsVersion) return fail(Error::corrupt("grant ids: unknown version"));
  std::vector<GrantId> ids;
  while (!reader.failed() && !reader.rest().empty()) {
    const auto id = GrantId::parse(as_text(reader.raw(2 * kGrantIdBytes)));
    if (!id) return fail(Error::corrupt("grant ids: bad id"));
    ids.push_back(*id);
  }
  if (!reader.done() || ids.empty()) return fail(Error::corrupt("grant ids: wrong length"));
  return ids;
}

}  // namespace claviger::keys
