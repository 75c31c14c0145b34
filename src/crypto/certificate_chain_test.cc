#include "crypto/certificate_chain.h"

#include <gtest/gtest.h>

#include "crypto/testing_certificates.h"

namespace claviger::crypto {
namespace {

const WallTime kNow = from_millis(1'800'000'000'000);

Certificate parsed(const TestSigner& signer) { return Certificate::parse(signer.certificate()).value(); }

bool leads(const TestSigner& leaf, const std::vector<TestSigner>& between, const TestSigner& root,
           WallTime now = kNow) {
  std::vector<Certificate> intermediates;
  for (const TestSigner& one : between) intermediates.push_back(parsed(one));
  const Certificate roots[] = {parsed(root)};
  return leads_to_root(parsed(leaf), intermediates, roots, now);
}

TEST(Certificate, ParsesWholeDerOnly) {
  const Bytes der = TestSigner::root().certificate();
  EXPECT_TRUE(Certificate::parse(der).has_value());
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_FALSE(Certificate::parse(longer).has_value());
  EXPECT_FALSE(Certificate::parse(ByteSpan(der).first(der.size() - 1)).has_value());
  EXPECT_FALSE(Certificate::parse({}).has_value());
  EXPECT_FALSE(Certificate::parse(Bytes(kMaxCertificateBytes + 1)).has_value());
}

TEST(Certificate, ParsesEveryOneOfAPemText) {
  const std::string one = TestSigner::root().pem();
  const std::string two = TestSigner::root().pem();
  EXPECT_EQ(Certificate::parse_pem(one)->size(), 1u);
  EXPECT_EQ(Certificate::parse_pem("about this\n" + one + "\n" + two)->size(), 2u);
  EXPECT_FALSE(Certificate::parse_pem("").has_value());
  EXPECT_FALSE(Certificate::parse_pem("no certificate").has_value());
  std::string damaged = two;
  damaged[damaged.size() / 2] ^= 1;
  EXPECT_FALSE(Certificate::parse_pem(one + damaged.substr(0, damaged.size() / 2)).has_value());
}

TEST(LeadsToRoot, OverAuthoritiesOnly) {
  const TestSigner root = TestSigner::root();
  const TestSigner authority = root.issue(TestSigner::authority_form());
  const TestSigner leaf = authority.issue(TestSigner::leaf_form());
  EXPECT_TRUE(leads(leaf, {authority}, root));
  EXPECT_TRUE(leads(root.issue(TestSigner::leaf_form()), {}, root));
  // In any order, with others between.
  const TestSigner second = authority.issue(TestSigner::authority_form());
  EXPECT_TRUE(leads(second.issue(TestSigner::leaf_form()), {root, second, leaf, authority}, root));
  EXPECT_FALSE(leads(leaf, {}, root)) << "a link is missing";
  EXPECT_FALSE(leads(leaf, {authority}, TestSigner::root())) << "another root";
  EXPECT_FALSE(leads(leaf, {authority}, authority)) << "a root signs itself";
  EXPECT_FALSE(leads(leaf.issue(TestSigner::leaf_form()), {leaf, authority}, root)) << "a leaf is no authority";
  EXPECT_FALSE(leads(root, {}, root)) << "an authority is no leaf";
  EXPECT_FALSE(leads(authority, {}, root)) << "an authority is no leaf";
  TestSigner::Form both = TestSigner::authority_form();
  both.key_usage = "critical,keyCertSign,digitalSignature";
  EXPECT_FALSE(leads(root.issue(both), {}, root)) << "nor is one whose key may sign other things";
}

TEST(LeadsToRoot, EachCertificateSaysWhatItIsFor) {
  const TestSigner root = TestSigner::root();
  TestSigner::Form form = TestSigner::leaf_form();
  form.key_usage = nullptr;
  EXPECT_FALSE(leads(root.issue(form), {}, root));
  form.key_usage = "keyAgreement";
  EXPECT_FALSE(leads(root.issue(form), {}, root));
  for (const char* usage : {static_cast<const char*>(nullptr), "cRLSign"}) {
    form = TestSigner::authority_form();
    form.key_usage = usage;
    const TestSigner authority = root.issue(form);
    EXPECT_FALSE(leads(authority.issue(TestSigner::leaf_form()), {authority}, root));
    const TestSigner other = TestSigner::root(form);
    EXPECT_FALSE(leads(other.issue(TestSigner::leaf_form()), {}, other));
  }
}

TEST(LeadsToRoot, PathsAreNoLongerThanAllowed) {
  const TestSigner root = TestSigner::root();
  TestSigner::Form form = TestSigner::authority_form();
  form.path_length = 0;
  const TestSigner last = root.issue(form);
  EXPECT_TRUE(leads(last.issue(TestSigner::leaf_form()), {last}, root));
  const TestSigner beyond = last.issue(TestSigner::authority_form());
  EXPECT_FALSE(leads(beyond.issue(TestSigner::leaf_form()), {beyond, last}, root));
}

TEST(LeadsToRoot, EveryCertificateIsValidNow) {
  const TestSigner::Form leaf = TestSigner::leaf_form();
  for (const bool early : {false, true}) {
    const auto outside = [early](TestSigner::Form form) {
      (early ? form.from : form.until) = kNow + std::chrono::seconds(early ? 10 : -10);
      return form;
    };
    const TestSigner root = TestSigner::root();
    EXPECT_FALSE(leads(root.issue(outside(leaf)), {}, root));
    const TestSigner authority = root.issue(outside(TestSigner::authority_form()));
    EXPECT_FALSE(leads(authority.issue(leaf), {authority}, root));
    const TestSigner old = TestSigner::root(outside(TestSigner::authority_form()));
    EXPECT_FALSE(leads(old.issue(leaf), {}, old));
    EXPECT_TRUE(leads(old.issue(leaf), {}, old, kNow + std::chrono::seconds(early ? 20 : -20)));
  }
}

TEST(LeadsToRoot, WeakAlgorithmsDoNotCount) {
  const TestSigner root = TestSigner::root();
  TestSigner::Form form = TestSigner::authority_form();
  form.digest = "SHA1";
  const TestSigner authority = root.issue(form);
  EXPECT_FALSE(leads(authority.issue(TestSigner::leaf_form()), {authority}, root));
}

TEST(VerifyEs384, HoldsForTheKeyAndTheMessage) {
  const TestSigner signer = TestSigner::root();
  const Bytes message = {1, 2, 3};
  const Bytes signature = signer.sign_es384(message);
  EXPECT_TRUE(verify_es384(parsed(signer), message, signature));
  EXPECT_FALSE(verify_es384(parsed(signer), Bytes{1, 2}, signature));
  EXPECT_FALSE(verify_es384(parsed(TestSigner::root()), message, signature));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    Bytes altered = signature;
    altered[i] ^= 1;
    EXPECT_FALSE(verify_es384(parsed(signer), message, altered)) << i;
  }
  EXPECT_FALSE(verify_es384(parsed(signer), message, ByteSpan(signature).first(95)));
  EXPECT_FALSE(verify_es384(parsed(signer), message, Bytes(96)));
  TestSigner::Form form = TestSigner::authority_form();
  form.curve = "P-256";
  const TestSigner other = TestSigner::root(form);
  Bytes on_p256 = other.sign_es384(message);
  EXPECT_FALSE(verify_es384(parsed(other), message, on_p256)) << "on another curve";
}

}  // namespace
}  // namespace claviger::crypto
