#include "keys/grant.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/encoding.h"
#include "keys/layout.h"
#include "keys/test_fixtures.h"

namespace claviger::keys {
namespace {

using enum GrantOperation;
using Pairs = std::vector<EncryptionContext::Pair>;

EncryptionContext context(Pairs pairs) { return EncryptionContext::from_pairs(std::move(pairs)).value(); }
GrantConstraint equals(Pairs pairs) { return {ConstraintType::kEquals, context(std::move(pairs))}; }
GrantConstraint subset(Pairs pairs) { return {ConstraintType::kSubset, context(std::move(pairs))}; }

TEST(GrantOperations, AreThoseOfTheTable) {
  struct Row {
    const char* name;
    KeySpec spec;
    KeyUsage usage;
    GrantOperations operations;
  };
  const Row rows[] = {
      {"symmetric",
       KeySpec::kSymmetricDefault,
       KeyUsage::kEncryptDecrypt,
       {kEncrypt, kDecrypt, kReEncryptFrom, kReEncryptTo, kGenerateDataKey, kGenerateDataKeyWithoutPlaintext,
        kGenerateDataKeyPair, kGenerateDataKeyPairWithoutPlaintext}},
      {"RSA for encryption",
       KeySpec::kRsa2048,
       KeyUsage::kEncryptDecrypt,
       {kEncrypt, kDecrypt, kReEncryptFrom, kReEncryptTo, kGetPublicKey}},
      {"SM2 for encryption",
       KeySpec::kSm2,
       KeyUsage::kEncryptDecrypt,
       {kEncrypt, kDecrypt, kReEncryptFrom, kReEncryptTo, kGetPublicKey}},
      {"RSA for signatures", KeySpec::kRsa4096, KeyUsage::kSignVerify, {kSign, kVerify, kGetPublicKey}},
      {"ECC for signatures", KeySpec::kEccNistP256, KeyUsage::kSignVerify, {kSign, kVerify, kGetPublicKey}},
      {"key agreement", KeySpec::kEccNistP384, KeyUsage::kKeyAgreement, {kDeriveSharedSecret, kGetPublicKey}},
      {"HMAC", KeySpec::kHmac256, KeyUsage::kGenerateVerifyMac, {kGenerateMac, kVerifyMac}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    GrantOperations expected = row.operations;
    for (const GrantOperation always : {kCreateGrant, kRetireGrant, kDescribeKey}) expected.add(always);
    EXPECT_EQ(grantable_operations(row.spec, row.usage), expected);
    for (const auto& [operation, name] : Names<GrantOperation>::kAll) {
      SCOPED_TRACE(name);
      EXPECT_EQ(check_grantable(row.spec, row.usage, {operation}, {}).has_value(), expected.has(operation));
    }
  }
}

TEST(GrantOperations, AreNamedByTheirPermission) {
  EXPECT_EQ(grant_operation("kms:ReEncryptTo"), kReEncryptTo);
  EXPECT_EQ(grant_operation("kms:GenerateDataKeyPairWithoutPlaintext"), kGenerateDataKeyPairWithoutPlaintext);
  for (const char* none : {"", "kms:", "Encrypt", "kms:encrypt", "kms:ReEncrypt", "kms:RevokeGrant", "iam:Encrypt"}) {
    EXPECT_FALSE(grant_operation(none)) << none;
  }
}

TEST(GrantOperations, AreASet) {
  const GrantOperations some{kVerify, kDecrypt, kVerify};
  EXPECT_EQ(some.list(), (std::vector{kDecrypt, kVerify}));
  EXPECT_TRUE(some.within({kDecrypt, kVerify, kSign}));
  EXPECT_FALSE(some.within({kDecrypt, kSign}));
  EXPECT_TRUE(GrantOperations().within({}));
  EXPECT_EQ(GrantOperations::from_bits(some.bits()), some);
  EXPECT_FALSE(GrantOperations::from_bits(1u << 17));
}

TEST(GrantConstraint, HasOneFormOneToEightPairsAndBoundedValues) {
  const EncryptionContext one = context({{"a", "1"}});
  const EncryptionContext none;
  EXPECT_EQ(make_constraint(nullptr, nullptr).value(), GrantConstraint{});
  EXPECT_EQ(make_constraint(&one, nullptr).value(), equals({{"a", "1"}}));
  EXPECT_EQ(make_constraint(nullptr, &one).value(), subset({{"a", "1"}}));
  const auto refused = [](const EncryptionContext* equals, const EncryptionContext* subset) {
    const auto made = make_constraint(equals, subset);
    return !made && made.error().code() == ErrorCode::kValidation;
  };
  EXPECT_TRUE(refused(&one, &one));
  EXPECT_TRUE(refused(&none, nullptr));
  EXPECT_TRUE(refused(nullptr, &none));
  Pairs pairs;
  for (char c = 'a'; c < 'i'; ++c) pairs.emplace_back(std::string(1, c), "v");
  const EncryptionContext eight = context(pairs);
  EXPECT_FALSE(refused(&eight, nullptr));
  pairs.emplace_back("i", "v");
  const EncryptionContext nine = context(pairs);
  EXPECT_TRUE(refused(nullptr, &nine));

  const EncryptionContext longest = context({{"a", std::string(384, 'x')}});
  const EncryptionContext longer = context({{"a", std::string(385, 'x')}});
  EXPECT_FALSE(refused(&longest, nullptr));
  EXPECT_TRUE(refused(&longer, nullptr));
  std::string wide, wider;
  for (int i = 0; i < 192; ++i) wide += "\xf0\x9f\x94\x91";  // two UTF-16 code units each
  wider = wide + "x";
  const EncryptionContext fits = context({{"a", wide}});
  const EncryptionContext does_not = context({{"a", wider}});
  EXPECT_FALSE(refused(&fits, nullptr));
  EXPECT_TRUE(refused(&does_not, nullptr));
}

TEST(GrantConstraint, IsForSymmetricEncryptionKeysOnly) {
  EXPECT_TRUE(check_grantable(KeySpec::kSymmetricDefault, KeyUsage::kEncryptDecrypt, {kDecrypt}, equals({{"a", "1"}})));
  EXPECT_TRUE(check_grantable(KeySpec::kRsa2048, KeyUsage::kEncryptDecrypt, {kDecrypt}, {}));
  EXPECT_FALSE(check_grantable(KeySpec::kRsa2048, KeyUsage::kEncryptDecrypt, {kDecrypt}, equals({{"a", "1"}})));
  EXPECT_FALSE(check_grantable(KeySpec::kHmac256, KeyUsage::kGenerateVerifyMac, {kVerifyMac}, subset({{"a", "1"}})));
  EXPECT_FALSE(check_grantable(KeySpec::kSymmetricDefault, KeyUsage::kEncryptDecrypt, {}, {})) << "no operation";
}

TEST(GrantConstraint, MatchesExactly) {
  struct Row {
    const char* name;
    GrantConstraint constraint;
    Pairs request;
    bool satisfied;
  };
  const Row rows[] = {
      {"none, no context", {}, {}, true},
      {"none, any context", {}, {{"a", "1"}}, true},
      {"equals, the same", equals({{"a", "1"}, {"b", "2"}}), {{"b", "2"}, {"a", "1"}}, true},
      {"equals, one more", equals({{"a", "1"}}), {{"a", "1"}, {"b", "2"}}, false},
      {"equals, one less", equals({{"a", "1"}, {"b", "2"}}), {{"a", "1"}}, false},
      {"equals, no context", equals({{"a", "1"}}), {}, false},
      {"equals, another value", equals({{"a", "1"}}), {{"a", "2"}}, false},
      {"equals, value in another case", equals({{"a", "x"}}), {{"a", "X"}}, false},
      {"equals, key in another case", equals({{"a", "x"}}), {{"A", "x"}}, false},
      {"subset, the same", subset({{"a", "1"}}), {{"a", "1"}}, true},
      {"subset, more", subset({{"b", "2"}}), {{"a", "1"}, {"b", "2"}, {"c", "3"}}, true},
      {"subset, one missing", subset({{"a", "1"}, {"b", "2"}}), {{"a", "1"}, {"c", "3"}}, false},
      {"subset, another value", subset({{"a", "1"}}), {{"a", "2"}, {"b", "1"}}, false},
      {"subset, key in another case", subset({{"a", "1"}}), {{"A", "1"}}, false},
      {"subset, no context", subset({{"a", "1"}}), {}, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(satisfies(context(row.request), row.constraint), row.satisfied) << row.name;
  }
}

TEST(GrantConstraint, OfAChildIsAtLeastAsStrict) {
  const Pairs a{{"a", "1"}};
  const Pairs ab{{"a", "1"}, {"b", "2"}};
  const Pairs b{{"b", "2"}};
  struct Row {
    const char* name;
    GrantConstraint child, parent;
    bool strict;
  };
  const Row rows[] = {
      {"none in none", {}, {}, true},
      {"equals in none", equals(a), {}, true},
      {"subset in none", subset(a), {}, true},
      {"none in equals", {}, equals(a), false},
      {"none in subset", {}, subset(a), false},
      {"equals in the same equals", equals(ab), equals(ab), true},
      {"equals in another equals", equals(ab), equals(a), false},
      {"equals in a larger equals", equals(a), equals(ab), false},
      {"subset in equals", subset(a), equals(a), false},
      {"subset in the same subset", subset(a), subset(a), true},
      {"larger subset in subset", subset(ab), subset(a), true},
      {"smaller subset in subset", subset(a), subset(ab), false},
      {"other subset in subset", subset(b), subset(a), false},
      {"equals in subset", equals(ab), subset(a), true},
      {"other equals in subset", equals(b), subset(a), false},
  };
  for (const Row& row : rows) {
    const bool constrained = row.child.type != ConstraintType::kNone;
    const GrantTerms child{.type = row.child.type, .context = constrained ? &row.child.context : nullptr};
    EXPECT_EQ(at_least_as_strict(child, row.parent), row.strict) << row.name;
  }
}

GrantRecord grant() {
  GrantRecord grant;
  grant.grantee = {"arn:aws:iam::444455556666:role/app/Worker", "AROAEXAMPLE"};
  grant.retiring = GrantPrincipal{"arn:aws:iam::111122223333:root", ""};
  grant.issuer = *AccountId::parse("111122223333");
  grant.name = "n";
  grant.operations = {kDecrypt, kGenerateDataKey, kCreateGrant, kDescribeKey};
  grant.constraint = subset({{"a", "1"}});
  grant.created = from_millis(1'767'225'600'123);
  return grant;
}

TEST(Grant, AllowsItsOperationsUnderItsConstraint) {
  const GrantRecord record = grant();
  const EncryptionContext fits = context({{"a", "1"}, {"b", "2"}});
  const EncryptionContext does_not = context({{"b", "2"}});
  EXPECT_TRUE(record.allows({.operation = kDecrypt, .context = &fits}));
  EXPECT_FALSE(record.allows({.operation = kDecrypt, .context = &does_not}));
  EXPECT_FALSE(record.allows({.operation = kDecrypt})) << "no context at all";
  EXPECT_FALSE(record.allows({.operation = kEncrypt, .context = &fits})) << "not among the operations";
  EXPECT_TRUE(record.allows({.operation = kDescribeKey})) << "free of the constraint";
  EXPECT_FALSE(record.allows({.operation = kRetireGrant})) << "free of it, but not among the operations";
}

TEST(Grant, AllowsNoChildThatIsWider) {
  const GrantRecord record = grant();
  const EncryptionContext same = context({{"a", "1"}});
  const EncryptionContext other = context({{"a", "2"}});
  const auto allows = [&](GrantOperations operations, const EncryptionContext* subset) {
    const ConstraintType type = subset == nullptr ? ConstraintType::kNone : ConstraintType::kSubset;
    return record.allows(
        {.operation = kCreateGrant, .child = {.operations = operations, .type = type, .context = subset}});
  };
  EXPECT_TRUE(allows({kDecrypt}, &same));
  EXPECT_TRUE(allows(record.operations, &same));
  EXPECT_FALSE(allows({kDecrypt, kEncrypt}, &same)) << "an operation that the parent has not";
  EXPECT_FALSE(allows({kDecrypt}, nullptr)) << "no constraint";
  EXPECT_FALSE(allows({kDecrypt}, &other));
  EXPECT_FALSE(allows({}, &same)) << "nothing was said of the child";
  GrantRecord no_parent = record;
  no_parent.operations = {kDecrypt};
  EXPECT_FALSE(
      no_parent.allows({.operation = kCreateGrant,
                        .child = {.operations = {kDecrypt}, .type = ConstraintType::kSubset, .context = &same}}));
}

TEST(Grant, IsTheSameRequestWhateverTheTime) {
  const GrantRecord record = grant();
  GrantRecord later = record;
  later.created = from_millis(1);
  EXPECT_TRUE(record.same_request(later));
  EXPECT_EQ(record.request_hash(), later.request_hash());
  const std::pair<const char*, void (*)(GrantRecord&)> changes[] = {
      {"grantee", [](GrantRecord& g) { g.grantee.arn += "2"; }},
      {"re-created grantee", [](GrantRecord& g) { g.grantee.unique_id = "AROAOTHER"; }},
      {"retiring principal", [](GrantRecord& g) { g.retiring.reset(); }},
      {"issuer", [](GrantRecord& g) { g.issuer = *AccountId::parse("444455556666"); }},
      {"name", [](GrantRecord& g) { g.name = "m"; }},
      {"operations", [](GrantRecord& g) { g.operations.add(kEncrypt); }},
      {"constraint's form", [](GrantRecord& g) { g.constraint.type = ConstraintType::kEquals; }},
      {"constraint's pairs", [](GrantRecord& g) { g.constraint = subset({{"a", "2"}}); }},
      {"no constraint", [](GrantRecord& g) { g.constraint = {}; }},
  };
  for (const auto& [name, change] : changes) {
    SCOPED_TRACE(name);
    GrantRecord other = record;
    change(other);
    EXPECT_FALSE(record.same_request(other));
    EXPECT_NE(record.request_hash(), other.request_hash());
  }
}

// The example of docs/formats/grant-record.md.
TEST(Grant, DecodesTheDocumentedExample) {
  const Bytes bytes = *hex_decode(
      "01"                        // version
      "0000019b76daa87b"          // created
      "313131313232323233333333"  // issuer
      "00000a05"                  // operations
      "0029"
      "61726e3a6177733a69616d3a3a3434343435353535363636363a726f6c652f6170702f576f726b6572"
      "000b"
      "41524f414558414d504c45"  // grantee
      "01"
      "001e"
      "61726e3a6177733a69616d3a3a3131313132323232333333333a726f6f74"
      "0000"  // retiring principal
      "0001"
      "6e"    // name
      "0201"  // EncryptionContextSubset, one pair
      "0001"
      "61"
      "0001"
      "31");
  EXPECT_EQ(hex_encode(encode(grant())), hex_encode(bytes));
  EXPECT_EQ(decode_grant(bytes).value(), grant());
}

TEST(Grant, RoundTripsInEveryForm) {
  GrantRecord record = grant();
  record.retiring.reset();
  record.constraint = {};
  record.name.clear();
  EXPECT_EQ(decode_grant(encode(record)).value(), record);
  record.constraint = equals({{"", ""}, {"b", "2"}});
  EXPECT_EQ(decode_grant(encode(record)).value(), record);
}

TEST(Grant, EveryTruncationAndExtensionIsCorrupt) {
  const Bytes bytes = encode(grant());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto result = decode_grant(ByteSpan(bytes).first(size));
    ASSERT_FALSE(result) << size;
    EXPECT_EQ(result.error().code(), ErrorCode::kCorrupt);
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(decode_grant(longer));
}

TEST(Grant, WhatTheRulesForbidIsCorrupt) {
  const std::pair<const char*, void (*)(GrantRecord&)> changes[] = {
      {"no operation", [](GrantRecord& g) { g.operations = {}; }},
      {"no grantee", [](GrantRecord& g) { g.grantee.arn.clear(); }},
      {"no retiring principal", [](GrantRecord& g) { g.retiring->arn.clear(); }},
      {"pairs without a form", [](GrantRecord& g) { g.constraint.type = ConstraintType::kNone; }},
      {"a form without pairs", [](GrantRecord& g) { g.constraint.context = {}; }},
  };
  for (const auto& [name, change] : changes) {
    GrantRecord record = grant();
    change(record);
    EXPECT_FALSE(decode_grant(encode(record))) << name;
  }
  const auto with = [](std::size_t at, std::uint8_t value) {
    Bytes bytes = encode(grant());
    bytes[at] = value;
    return bytes;
  };
  EXPECT_FALSE(decode_grant(with(0, 2))) << "version";
  EXPECT_FALSE(decode_grant(with(9, 'x'))) << "issuer";
  EXPECT_FALSE(decode_grant(with(21, 1))) << "operations";
  Bytes unknown_form = encode(grant());
  unknown_form[unknown_form.size() - 8] = 3;
  EXPECT_FALSE(decode_grant(unknown_form));
  GrantRecord two = grant();
  two.constraint = subset({{"a", "1"}, {"b", "2"}});
  Bytes order = encode(two);
  std::swap(order[order.size() - 4], order[order.size() - 10]);
  EXPECT_FALSE(decode_grant(order)) << "keys out of order";
}

TEST(GrantId, IsSixtyFourLowerCaseHexadecimalDigits) {
  const std::string id(64, 'a');
  EXPECT_EQ(GrantId::parse(id)->view(), id);
  for (const std::string& bad : {std::string(), std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'A'),
                                 std::string(64, 'g'), std::string(63, 'a') + "/"}) {
    EXPECT_FALSE(GrantId::parse(bad)) << bad;
  }
}

TEST(GrantIds, RoundTripAndRefuseDamage) {
  const std::vector<GrantId> ids{*GrantId::parse(std::string(64, '0')), *GrantId::parse(std::string(64, 'f'))};
  const Bytes bytes = encode_grant_ids(ids);
  EXPECT_EQ(bytes.size(), 129u);
  EXPECT_EQ(bytes[0], 1);
  EXPECT_EQ(decode_grant_ids(bytes).value(), ids);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(decode_grant_ids(ByteSpan(bytes).first(size)).has_value(), size == 65) << size;
  }
}

TEST(GrantLayout, StoreKeysAreAsDocumentedAndParse) {
  const Scope scope = test_scope();
  const KeyId id = test_key_id();
  const GrantId grant = *GrantId::parse(std::string(64, 'a'));
  const std::string place = "111122223333/eu-west-1/1234abcd-12ab-34cd-56ef-1234567890ab";
  const std::string session = "arn:aws:sts::111122223333:assumed-role/Worker/s";
  const std::string digits = "/" + std::string(64, 'a');
  EXPECT_EQ(layout::grant(scope, id, grant), "grant/" + place + digits);
  EXPECT_EQ(layout::grant_for(scope, id, session, grant),
            "grant-for/" + place + "/arn:aws:sts::111122223333:assumed-role|Worker|s" + digits);
  EXPECT_EQ(layout::retirable("AROAEXAMPLE", scope, id, grant),
            "retirable/eu-west-1/AROAEXAMPLE/111122223333/1234abcd-12ab-34cd-56ef-1234567890ab" + digits);
  EXPECT_EQ(layout::grant_named(scope, id, 0xab), "grant-named/" + place + "/00000000000000ab");
  EXPECT_EQ(layout::grant_count(scope, id), "count/grants/" + place);
  EXPECT_EQ(layout::grants_owed(scope, id), "grants-owed/" + place);

  const layout::GrantPlace expected{{scope, id}, grant};
  EXPECT_EQ(layout::parse_grant(layout::grant(scope, id, grant)), expected);
  EXPECT_EQ(layout::parse_retirable(layout::retirable(session, scope, id, grant)), expected);
  EXPECT_EQ(layout::parse_grant_for(layout::grant_for(scope, id, session, grant)),
            (layout::GranteePlace{{scope, id}, session}));
  EXPECT_EQ(layout::parse_grants_owed(layout::grants_owed(scope, id)), (layout::KeyPlace{scope, id}));
  EXPECT_TRUE(layout::grant(scope, id, grant).starts_with(layout::grants_prefix(scope, id)));
  EXPECT_TRUE(layout::grant_named(scope, id, 1).starts_with(layout::grants_named_prefix(scope, id)));
  EXPECT_TRUE(
      layout::retirable(session, scope, id, grant).starts_with(layout::retirable_prefix(scope.region, session)));
  for (const std::string& bad :
       {std::string(), std::string("grant/"), "grant/" + place, "grant/" + place + "/x", "grant-for/" + place + digits,
        "grant-for/" + place + "/" + digits, "retirable/eu-west-1/x" + digits, std::string("grants-owed/x")}) {
    EXPECT_FALSE(layout::parse_grant(bad)) << bad;
    EXPECT_FALSE(layout::parse_grant_for(bad)) << bad;
    EXPECT_FALSE(layout::parse_retirable(bad)) << bad;
    EXPECT_FALSE(layout::parse_grants_owed(bad)) << bad;
  }
}

}  // namespace
}  // namespace claviger::keys
