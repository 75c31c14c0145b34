#include "hsm/attestation.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "base/encoding.h"
#include "crypto/asymmetric_key.h"
#include "crypto/testing_certificates.h"
#include "hsm/test_support.h"

namespace claviger::hsm {
namespace {

using crypto::TestSigner;

// CBOR as the tests need it: the head of an item of a major type, and items as whole texts.
std::string head(int major, std::uint64_t number) {
  std::string out(1, static_cast<char>(major << 5));
  if (number < 24) {
    out[0] = static_cast<char>(out[0] | static_cast<char>(number));
    return out;
  }
  const int bytes = number < 256 ? 1 : number < 65536 ? 2 : 8;
  out[0] = static_cast<char>(out[0] | (bytes == 1 ? 24 : bytes == 2 ? 25 : 27));
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
  return out;
}
std::string number(std::uint64_t value) { return head(0, value); }
std::string octets(std::string_view value) { return head(2, value.size()) + std::string(value); }
std::string octets(const Bytes& value) { return octets(as_text(value)); }
std::string text(std::string_view value) { return head(3, value.size()) + std::string(value); }
std::string list(const std::vector<std::string>& items) {
  std::string out = head(4, items.size());
  for (const std::string& item : items) out += item;
  return out;
}
std::string map(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string out = head(5, items.size());
  for (const auto& [key, value] : items) out += key + value;
  return out;
}

const std::string kHeader("\xa1\x01\x38\x22", 4);

// What a document is made of; a test changes a part.
struct Document {
  std::map<std::string, std::string> members;
  std::string header = kHeader;
  std::string unprotected = map({});
  std::string tag = head(6, 18);
  std::string behind;

  std::string payload() const {
    std::vector<std::pair<std::string, std::string>> items;
    for (const auto& [name, value] : members) items.emplace_back(text(name), value);
    return map(items);
  }
};

class AttestationTest : public testing::Test {
 protected:
  AttestationTest() {
    document_.members = {
        {"module_id", text("i-0123-enc0123")},
        {"digest", text("SHA384")},
        {"timestamp", number(static_cast<std::uint64_t>(to_millis(kNow)))},
        {"pcrs", map({{number(0), octets(std::string(48, '\x0a'))}, {number(31), octets(std::string(64, '\xff'))}})},
        {"certificate", octets(leaf_.certificate())},
        {"cabundle", list({octets(root_.certificate()), octets(authority_.certificate())})},
        {"public_key", octets(public_key())},
        {"user_data", head(7, 22)},
        {"nonce", octets("nonce")}};
  }

  static const Bytes& public_key() {
    static const Bytes kKey = crypto::PrivateKey::generate(crypto::KeyKind::kRsa2048).public_key().spki();
    return kKey;
  }

  Bytes signed_by(const TestSigner& signer) const {
    const std::string payload = document_.payload();
    const std::string message = list({text("Signature1"), octets(document_.header), octets(""), octets(payload)});
    const Bytes signature = signer.sign_es384(as_bytes(message));
    return to_bytes(as_bytes(
        document_.tag + list({octets(document_.header), document_.unprotected, octets(payload), octets(signature)}) +
        document_.behind));
  }
  Bytes encoded() const { return signed_by(leaf_); }

  Result<PublicKey> verify(WallTime now = kNow) const {
    const auto parsed = parse_attestation(encoded());
    return parsed ? verifier_.verify(*parsed, now) : fail(ErrorCode::kInternal, "does not parse");
  }
  std::string refusal(WallTime now = kNow) const {
    const auto status = verify(now);
    return status ? "" : status.error().detail();
  }
  bool parses() const { return parse_attestation(encoded()).has_value(); }
  bool parses_with(const std::string& name, const std::string& value) {
    const Document whole = document_;
    document_.members[name] = value;
    const bool outcome = parses();
    document_ = whole;
    return outcome;
  }

  const TestSigner root_ = TestSigner::root();
  const TestSigner authority_ = root_.issue(TestSigner::authority_form());
  const TestSigner leaf_ = authority_.issue(TestSigner::leaf_form());
  const AttestationVerifier verifier_ = AttestationVerifier::from_pem(root_.pem()).value();
  Document document_;
};

TEST_F(AttestationTest, TellsWhatIsMeasured) {
  const auto parsed = parse_attestation(encoded());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->module_id, "i-0123-enc0123");
  EXPECT_EQ(parsed->timestamp, kNow);
  EXPECT_EQ(parsed->measured_by, MeasuredBy::kEnclave);
  std::string expected;
  for (int i = 0; i < 48; ++i) expected += "0a";
  EXPECT_EQ(parsed->register_value(0), expected);
  EXPECT_EQ(parsed->register_value(31), std::string(128, 'f'));
  EXPECT_EQ(parsed->register_value(1), "");
  EXPECT_EQ(parsed->public_key, public_key());
  EXPECT_EQ(refusal(), "");
  document_.tag.clear();
  EXPECT_EQ(refusal(), "") << "the tag may be left out";
}

TEST_F(AttestationTest, OfATpmHasItsOwnName) {
  document_.members["nitrotpm_pcrs"] = document_.members["pcrs"];
  EXPECT_FALSE(parses()) << "of one machine only";
  document_.members.erase("pcrs");
  ASSERT_TRUE(parses());
  EXPECT_EQ(parse_attestation(encoded())->measured_by, MeasuredBy::kTpm);
  document_.members.erase("nitrotpm_pcrs");
  EXPECT_FALSE(parses());
}

TEST_F(AttestationTest, EveryMandatoryMemberIsThere) {
  const Document whole = document_;
  for (const auto& [name, value] : whole.members) {
    document_.members.erase(name);
    EXPECT_EQ(parses(), name == "user_data" || name == "nonce") << name;
    document_ = whole;
    EXPECT_EQ(parses_with(name, head(7, 22)), name == "user_data" || name == "nonce") << name << " is null";
    EXPECT_FALSE(parses_with(name, head(7, 20))) << name << " is false";
  }
  EXPECT_FALSE(parses_with("unknown", number(1)));
}

TEST_F(AttestationTest, MembersHaveTheirBounds) {
  EXPECT_FALSE(parses_with("module_id", text("")));
  EXPECT_TRUE(parses_with("module_id", text(std::string(256, 'i'))));
  EXPECT_FALSE(parses_with("module_id", text(std::string(257, 'i'))));
  EXPECT_FALSE(parses_with("module_id", text("two\nlines")));
  EXPECT_FALSE(parses_with("digest", text("SHA256")));
  EXPECT_FALSE(parses_with("timestamp", number(0)));
  EXPECT_FALSE(parses_with("timestamp", number(253'402'300'800'000)));
  EXPECT_FALSE(parses_with("timestamp", head(1, 5)));
  const std::string value = octets(std::string(48, 'v'));
  EXPECT_FALSE(parses_with("pcrs", map({})));
  EXPECT_FALSE(parses_with("pcrs", map({{number(32), value}})));
  EXPECT_FALSE(parses_with("pcrs", map({{number(1), value}, {number(1), value}})));
  EXPECT_FALSE(parses_with("pcrs", map({{text("1"), value}})));
  for (const std::size_t size : {31uz, 33uz, 47uz, 49uz, 63uz, 65uz}) {
    EXPECT_FALSE(parses_with("pcrs", map({{number(1), octets(std::string(size, 'v'))}})));
  }
  EXPECT_TRUE(parses_with("pcrs", map({{number(1), octets(std::string(32, 'v'))}})));
  EXPECT_FALSE(parses_with("certificate", octets("")));
  EXPECT_FALSE(parses_with("certificate", octets(std::string(1025, 'c'))));
  EXPECT_TRUE(parses_with("certificate", octets(std::string(1024, 'c'))));
  EXPECT_FALSE(parses_with("cabundle", list({})));
  EXPECT_FALSE(parses_with("cabundle", list({octets("")})));
  EXPECT_TRUE(parses_with("cabundle", list(std::vector<std::string>(16, octets("c")))));
  EXPECT_FALSE(parses_with("cabundle", list(std::vector<std::string>(17, octets("c")))));
  EXPECT_FALSE(parses_with("public_key", octets("")));
  EXPECT_FALSE(parses_with("public_key", octets(std::string(1025, 'k'))));
  EXPECT_TRUE(parses_with("nonce", octets(std::string(512, 'n'))));
  EXPECT_FALSE(parses_with("nonce", octets(std::string(513, 'n'))));
}

TEST_F(AttestationTest, TheEnvelopeIsAsItIsSaid) {
  const Document whole = document_;
  const auto refused = [&](const std::function<void(Document&)>& change) {
    document_ = whole;
    change(document_);
    return !parses();
  };
  EXPECT_TRUE(refused([](Document& d) { d.header = std::string("\xa1\x01\x26", 3); })) << "ES256";
  EXPECT_TRUE(refused([](Document& d) { d.header = ""; }));
  EXPECT_TRUE(refused([](Document& d) { d.unprotected = map({{number(1), number(1)}}); }));
  EXPECT_TRUE(refused([](Document& d) { d.tag = head(6, 17); }));
  EXPECT_TRUE(refused([](Document& d) { d.tag = head(6, 18) + head(6, 18); }));
  EXPECT_TRUE(refused([](Document& d) { d.behind = "x"; }));
  document_ = whole;
  const Bytes bytes = encoded();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(parse_attestation(ByteSpan(bytes).first(size)).has_value()) << size;
  }
  EXPECT_FALSE(parse_attestation(Bytes(kMaxAttestationDocumentBytes + 1)).has_value());
}

TEST_F(AttestationTest, EveryChangeOfWhatIsSignedIsFound) {
  const Bytes bytes = encoded();
  for (std::size_t i = 0; i < bytes.size(); i += 7) {
    Bytes altered = bytes;
    altered[i] ^= 0x10;
    const auto parsed = parse_attestation(altered);
    EXPECT_FALSE(parsed && verifier_.verify(*parsed, kNow)) << i;
  }
}

TEST_F(AttestationTest, IsGoodForFiveMinutes) {
  EXPECT_EQ(refusal(kNow + kAttestationLifetime), "");
  EXPECT_EQ(refusal(kNow - kAttestationLifetime), "");
  const auto more = kAttestationLifetime + std::chrono::milliseconds(1);
  EXPECT_EQ(refusal(kNow + more), "its time is too far from now");
  EXPECT_EQ(refusal(kNow - more), "its time is too far from now");
}

TEST_F(AttestationTest, IsBelievedOverAChainToARoot) {
  document_.members["cabundle"] = list({octets(root_.certificate())});
  EXPECT_EQ(refusal(), "its certificate leads to no root");
  const auto parsed = parse_attestation(encoded());
  const auto others = AttestationVerifier::from_pem(TestSigner::root().pem());
  EXPECT_FALSE(others->verify(*parsed, kNow));
  document_.members["cabundle"] = list({octets("x")});
  EXPECT_EQ(refusal(), "a certificate of its bundle does not parse");
  document_.members["certificate"] = octets("x");
  EXPECT_EQ(refusal(), "its certificate does not parse");
}

TEST_F(AttestationTest, IsSignedByItsCertificate) {
  const auto parsed = parse_attestation(signed_by(authority_));
  ASSERT_TRUE(parsed.has_value());
  const auto status = verifier_.verify(*parsed, kNow);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kValidation);
  EXPECT_EQ(status.error().message(), "The attestation document is not valid.");
  EXPECT_EQ(status.error().detail(), "its signature does not hold");
}

TEST_F(AttestationTest, NamesAnRsaKey) {
  document_.members["public_key"] = octets(crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key().spki());
  EXPECT_EQ(refusal(), "its public key is none of RSA");
}

TEST_F(AttestationTest, WithoutRootsNobodyIsBelieved) {
  const auto status = AttestationVerifier().verify(parse_attestation(encoded()).value(), kNow);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kUnsupportedOperation);
  EXPECT_FALSE(AttestationVerifier::from_pem("").has_value());
  EXPECT_FALSE(AttestationVerifier().has_roots());
  EXPECT_TRUE(verifier_.has_roots());
}

TEST_F(AttestationTest, EnvelopesForItsKey) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kRsa2048);
  document_.members["public_key"] = octets(key.public_key().spki());
  const auto recipient = verify();
  ASSERT_TRUE(recipient.has_value());
  const Bytes cms = envelop(*recipient, SecretBytes::copy_of(Bytes{1, 2, 3}));
  const SecretBytes pkcs8 = key.pkcs8();
  EXPECT_EQ(crypto::open_enveloped_data(cms, insecure_expose(pkcs8)), (Bytes{1, 2, 3}));
}

}  // namespace
}  // namespace claviger::hsm
