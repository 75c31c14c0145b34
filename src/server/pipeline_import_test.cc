// Imported key material through the whole pipeline, on a clock that is moved.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "crypto/asymmetric_key.h"
#include "keys/due_layout.h"
#include "server/testing_import.h"

namespace claviger::server {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kForever = R"("ExpirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE")";
constexpr std::string_view kNew = R"(,"ImportType":"NEW_KEY_MATERIAL")";
constexpr std::string_view kExisting = R"(,"ImportType":"EXISTING_KEY_MATERIAL")";

class PipelineImport : public testing::Test {
 protected:
  struct Parameters {
    std::string token;
    std::string public_key;
  };

  std::string external_key(std::string_view more = "") {
    return world_.create_key(fmt::format(R"({{"Origin":"EXTERNAL"{}}})", more));
  }
  static std::string about(std::string_view key, std::string_view more = "") {
    return fmt::format(R"({{"KeyId":"{}"{}}})", key, more);
  }
  Parameters parameters(std::string_view key, std::string_view algorithm = "RSAES_OAEP_SHA_256") {
    const TestReply reply =
        world_.call("GetParametersForImport",
                    about(key, fmt::format(R"(,"WrappingAlgorithm":"{}","WrappingKeySpec":"RSA_2048")", algorithm)));
    EXPECT_EQ(reply.status, 200) << reply.body;
    return {text_member(reply.body, "ImportToken"), text_member(reply.body, "PublicKey")};
  }
  TestReply import(std::string_view key, const Parameters& with, std::string_view blob, std::string_view options) {
    return world_.call(
        "ImportKeyMaterial",
        about(key, fmt::format(R"(,"ImportToken":"{}","EncryptedKeyMaterial":"{}",{})", with.token, blob, options)));
  }
  // The whole way with fresh parameters.
  TestReply import(std::string_view key, const SecretBytes& material, std::string_view options,
                   std::string_view algorithm = "RSAES_OAEP_SHA_256") {
    const Parameters with = parameters(key, algorithm);
    return import(key, with, wrapped(with.public_key, algorithm, material), options);
  }
  static std::string expiring(WallTime valid_to) { return fmt::format(R"("ValidTo":{})", to_millis(valid_to) / 1000); }
  std::string metadata(std::string_view key) { return world_.call("DescribeKey", about(key)).body; }
  std::string state(std::string_view key) { return text_member(metadata(key), "KeyState"); }
  std::string encrypted(std::string_view key) {
    return text_member(world_.call("Encrypt", about(key, R"(,"Plaintext":"aGVsbG8=")")).body, "CiphertextBlob");
  }
  TestReply decrypt(std::string_view blob) {
    return world_.call("Decrypt", fmt::format(R"({{"CiphertextBlob":"{}"}})", blob));
  }
  std::size_t expiry_entries() { return world_.store.range(keys::layout::kExpiryDue, "", 100)->size(); }
  bool owes_scrub() { return world_.store.get(std::string(keys::layout::kScrubOwed)).value().has_value(); }
  SecretBytes material(std::size_t size = 32) {
    SecretBytes bytes(size);
    world_.random.fill(bytes.writable());
    return bytes;
  }
  WallTime now() const { return world_.clock.now(); }

  TestWorld world_;
};

TEST_F(PipelineImport, AKeyLivesAsItsMaterialComesAndGoes) {
  const std::string key = external_key();
  const std::string born = metadata(key);
  EXPECT_EQ(text_member(born, "KeyState"), "PendingImport");
  EXPECT_EQ(text_member(born, "Origin"), "EXTERNAL");
  for (const char* absent : {"ExpirationModel", "ValidTo", "CurrentKeyMaterialId", R"("Enabled":true)"}) {
    EXPECT_EQ(born.find(absent), std::string::npos) << absent;
  }
  const TestReply early = world_.call("Encrypt", about(key, R"(,"Plaintext":"aGVsbG8=")"));
  EXPECT_EQ(early.error(), "KMSInvalidStateException");
  EXPECT_EQ(early.message(), "arn:aws:kms:us-east-1:111122223333:key/" + key + " is pending import.");

  const SecretBytes first = material();
  const TestReply imported = import(key, first, expiring(now() + days(3)));
  ASSERT_EQ(imported.status, 200) << imported.body;
  EXPECT_EQ(text_member(imported.body, "KeyId"), "arn:aws:kms:us-east-1:111122223333:key/" + key);
  const std::string id = text_member(imported.body, "KeyMaterialId");
  EXPECT_EQ(id.size(), 64U);
  const std::string alive = metadata(key);
  EXPECT_EQ(text_member(alive, "KeyState"), "Enabled");
  EXPECT_EQ(text_member(alive, "ExpirationModel"), "KEY_MATERIAL_EXPIRES");
  EXPECT_EQ(text_member(alive, "CurrentKeyMaterialId"), id);
  EXPECT_NE(alive.find(expiring(now() + days(3))), std::string::npos) << alive;
  const std::string blob = encrypted(key);
  ASSERT_FALSE(blob.empty());
  EXPECT_FALSE(owes_scrub());

  const TestReply deleted = world_.call("DeleteImportedKeyMaterial", about(key));
  EXPECT_EQ(deleted.status, 200);
  EXPECT_EQ(text_member(deleted.body, "KeyMaterialId"), id);
  EXPECT_TRUE(owes_scrub());
  const std::string gone = metadata(key);
  EXPECT_EQ(text_member(gone, "KeyState"), "PendingImport");
  EXPECT_EQ(text_member(gone, "CurrentKeyMaterialId"), id) << "it stays";
  EXPECT_EQ(gone.find("ExpirationModel"), std::string::npos);
  EXPECT_EQ(gone.find("ValidTo"), std::string::npos);
  EXPECT_EQ(decrypt(blob).error(), "KMSInvalidStateException");
  EXPECT_EQ(world_.call("DeleteImportedKeyMaterial", about(key)).status, 200) << "again, without effect";

  EXPECT_EQ(import(key, material(), kForever).error(), "IncorrectKeyMaterialException");
  EXPECT_EQ(state(key), "PendingImport");
  const TestReply again = import(key, first, kForever);
  EXPECT_EQ(text_member(again.body, "KeyMaterialId"), id);
  EXPECT_EQ(text_member(metadata(key), "ExpirationModel"), "KEY_MATERIAL_DOES_NOT_EXPIRE");
  EXPECT_NE(decrypt(blob).body.find("aGVsbG8="), std::string::npos);
}

TEST_F(PipelineImport, NewMaterialWaitsAndCanBeTakenBack) {
  const std::string key = external_key();
  ASSERT_EQ(import(key, material(), kForever).status, 200);
  const std::string options = std::string(kForever) + std::string(kNew);
  const TestReply waiting = import(key, material(), options + R"(,"KeyMaterialDescription":"next: a/b_c.d-e")");
  ASSERT_EQ(waiting.status, 200) << waiting.body;
  const std::string id = text_member(waiting.body, "KeyMaterialId");
  ASSERT_TRUE(world_.record(key).pending_material);
  EXPECT_EQ(world_.record(key).pending_material->material.description, "next: a/b_c.d-e");
  EXPECT_EQ(state(key), "Enabled");
  EXPECT_NE(text_member(metadata(key), "CurrentKeyMaterialId"), id);
  const TestReply third = import(key, material(), options);
  EXPECT_EQ(third.error(), "KMSInvalidStateException");
  EXPECT_NE(third.message().find("(id: " + id + ") is pending rotation."), std::string::npos);
  const TestReply taken = world_.call("DeleteImportedKeyMaterial", about(key, R"(,"KeyMaterialId":")" + id + '"'));
  EXPECT_EQ(text_member(taken.body, "KeyMaterialId"), id);
  EXPECT_FALSE(world_.record(key).pending_material);
  EXPECT_EQ(state(key), "Enabled");
  EXPECT_EQ(world_.call("DeleteImportedKeyMaterial", about(key, R"(,"KeyMaterialId":")" + id + '"')).error(),
            "NotFoundException");
}

TEST_F(PipelineImport, MaterialEndsByTheClock) {
  const std::string key = external_key();
  const SecretBytes first = material();
  const WallTime end = now() + days(1);
  ASSERT_EQ(import(key, first, expiring(end)).status, 200);
  EXPECT_EQ(expiry_entries(), 1U);
  const std::string blob = encrypted(key);
  world_.clock.set(end - milliseconds(1));
  EXPECT_EQ(decrypt(blob).status, 200);
  world_.clock.set(end);
  EXPECT_EQ(decrypt(blob).error(), "KMSInvalidStateException") << "though nobody has deleted it yet";
  EXPECT_EQ(state(key), "PendingImport");
  EXPECT_EQ(metadata(key).find("ExpirationModel"), std::string::npos);
  EXPECT_EQ(world_.call("EnableKey", about(key)).error(), "KMSInvalidStateException");
  ASSERT_EQ(import(key, first, expiring(end + days(2))).status, 200);
  EXPECT_EQ(decrypt(blob).status, 200);
  EXPECT_EQ(expiry_entries(), 1U) << "the former date is forgotten";
  ASSERT_EQ(import(key, first, kForever).status, 200);
  EXPECT_EQ(expiry_entries(), 0U);
}

TEST_F(PipelineImport, ParametersEndAfterADayAndAreForTheirOwnKey) {
  const std::string key = external_key(), other = external_key();
  const Parameters with = parameters(key);
  const SecretBytes bytes = material();
  const std::string blob = wrapped(with.public_key, "RSAES_OAEP_SHA_256", bytes);
  EXPECT_EQ(import(other, with, blob, kForever).error(), "InvalidImportTokenException");
  Parameters altered = with;
  altered.token[20] = altered.token[20] == 'A' ? 'B' : 'A';
  EXPECT_EQ(import(key, altered, blob, kForever).error(), "InvalidImportTokenException");
  EXPECT_EQ(import(key, {parameters(key).token, {}}, blob, kForever).error(), "InvalidCiphertextException")
      << "the public key of another token";
  world_.clock.advance(hours(24) - milliseconds(1));
  EXPECT_EQ(import(key, with, blob, kForever).status, 200);
  EXPECT_EQ(import(key, with, blob, kForever).status, 200) << "again, with the same token";
  world_.clock.advance(milliseconds(1));
  EXPECT_EQ(import(key, with, blob, kForever).error(), "ExpiredImportTokenException");
}

TEST_F(PipelineImport, ParametersSayUntilWhenTheyAreValid) {
  const std::string key = external_key();
  const TestReply reply =
      world_.call("GetParametersForImport",
                  about(key, R"(,"WrappingAlgorithm":"RSA_AES_KEY_WRAP_SHA_1","WrappingKeySpec":"RSA_2048")"));
  // Not of a symmetric key.
  EXPECT_EQ(reply.error(), "UnsupportedOperationException");
  const TestReply good = world_.call(
      "GetParametersForImport", about(key, R"(,"WrappingAlgorithm":"RSAES_OAEP_SHA_1","WrappingKeySpec":"RSA_2048")"));
  EXPECT_NE(good.body.find(fmt::format(R"("ParametersValidTo":{})", to_millis(now() + hours(24)) / 1000)),
            std::string::npos)
      << good.body;
}

TEST_F(PipelineImport, OriginComesBeforeStateAndStateBeforeTheRest) {
  const std::string own = world_.create_key(), doomed = external_key();
  ASSERT_EQ(import(doomed, material(), kForever).status, 200);
  const Parameters with = parameters(doomed);
  ASSERT_EQ(world_.call("ScheduleKeyDeletion", about(doomed)).status, 200);
  ASSERT_EQ(world_.call("DisableKey", about(own)).status, 200);
  const std::string wrapping = R"(,"WrappingAlgorithm":"RSAES_OAEP_SHA_256","WrappingKeySpec":"RSA_2048")";
  for (const TestReply& reply :
       {world_.call("GetParametersForImport", about(own, wrapping)), import(own, with, "AA==", kForever),
        world_.call("DeleteImportedKeyMaterial", about(own))}) {
    EXPECT_EQ(reply.error(), "UnsupportedOperationException");
    EXPECT_EQ(reply.message(), "arn:aws:kms:us-east-1:111122223333:key/" + own +
                                   " origin is AWS_KMS which is not valid for this operation.");
  }
  EXPECT_EQ(world_.call("GetParametersForImport", about(doomed, wrapping)).error(), "KMSInvalidStateException");
  EXPECT_EQ(import(doomed, with, "AA==", kForever).error(), "KMSInvalidStateException");
  // Its material can be deleted, and it goes on waiting.
  EXPECT_EQ(world_.call("DeleteImportedKeyMaterial", about(doomed)).status, 200);
  EXPECT_EQ(state(doomed), "PendingDeletion");
}

TEST_F(PipelineImport, OptionsThatDoNotFitAreRefused) {
  const std::string key = external_key();
  ASSERT_EQ(import(key, material(), kForever).status, 200);
  const std::string codes = external_key(R"(,"KeySpec":"HMAC_256","KeyUsage":"GENERATE_VERIFY_MAC")");
  const Parameters with = parameters(key), with_codes = parameters(codes);
  const std::string date = expiring(now() + days(1));
  const std::string id = R"(,"KeyMaterialId":")" + std::string(64, 'a') + '"';
  const auto error = [&](const std::string& options) { return import(key, with, "AA==", options).error(); };
  const TestReply undated = import(key, with, "AA==", R"("ExpirationModel":"KEY_MATERIAL_EXPIRES")");
  EXPECT_EQ(undated.error(), "ValidationException");
  EXPECT_EQ(undated.message(), "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
  EXPECT_EQ(error(R"("ImportType":"EXISTING_KEY_MATERIAL")"), "ValidationException")
      << "the default model wants a date";
  EXPECT_EQ(error(date + "," + std::string(kForever)), "ValidationException");
  EXPECT_EQ(error(expiring(now())), "ValidationException");
  EXPECT_EQ(error(expiring(now() + days(365) + seconds(1))), "ValidationException");
  EXPECT_EQ(error(date + id + std::string(kNew)), "ValidationException");
  EXPECT_EQ(error(date + R"(,"KeyMaterialDescription":"a+b")"), "ValidationException");
  EXPECT_EQ(error(date + R"(,"KeyMaterialId":")" + std::string(64, 'A') + '"'), "ValidationException");
  EXPECT_EQ(error(date), "InvalidCiphertextException") << "options that fit";
  EXPECT_EQ(import(key, material(), std::string(kForever) + id).error(), "IncorrectKeyMaterialException");
  for (const std::string& option : {std::string(kExisting), id, std::string(R"(,"KeyMaterialDescription":"a")")}) {
    EXPECT_EQ(import(codes, with_codes, "AA==", std::string(kForever) + option).error(),
              "UnsupportedOperationException");
  }
}

TEST_F(PipelineImport, KeysOfOtherKindsWork) {
  const std::string codes = external_key(R"(,"KeySpec":"HMAC_256","KeyUsage":"GENERATE_VERIFY_MAC")");
  const TestReply imported = import(codes, material(40), kForever);
  ASSERT_EQ(imported.status, 200) << imported.body;
  EXPECT_EQ(imported.body.find("KeyMaterialId"), std::string::npos) << "only of symmetric keys";
  EXPECT_EQ(metadata(codes).find("CurrentKeyMaterialId"), std::string::npos);
  EXPECT_EQ(world_.call("GenerateMac", about(codes, R"(,"Message":"aGVsbG8=","MacAlgorithm":"HMAC_SHA_256")")).status,
            200);
  EXPECT_EQ(import(codes, material(40), kForever).error(), "IncorrectKeyMaterialException");
  EXPECT_EQ(world_.call("DeleteImportedKeyMaterial", about(codes)).body.find("KeyMaterialId"), std::string::npos);

  const std::string signing = external_key(R"(,"KeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY")");
  EXPECT_EQ(world_.call("GetPublicKey", about(signing)).error(), "KMSInvalidStateException");
  const auto pair = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  ASSERT_EQ(import(signing, pair.pkcs8(), kForever, "RSA_AES_KEY_WRAP_SHA_256").status, 200);
  EXPECT_EQ(text_member(world_.call("GetPublicKey", about(signing)).body, "PublicKey"),
            base64_encode(pair.public_key().spki()));
  EXPECT_EQ(world_.call("Sign", about(signing, R"(,"Message":"aGVsbG8=","SigningAlgorithm":"ECDSA_SHA_256")")).status,
            200);
  EXPECT_EQ(import(signing, crypto::PrivateKey::generate(crypto::KeyKind::kP256).pkcs8(), kForever).error(),
            "IncorrectKeyMaterialException");
  ASSERT_EQ(world_.call("DeleteImportedKeyMaterial", about(signing)).status, 200);
  EXPECT_EQ(world_.call("GetPublicKey", about(signing)).status, 200) << "the public key is no secret";
  EXPECT_EQ(world_.call("Sign", about(signing, R"(,"Message":"aGVsbG8=","SigningAlgorithm":"ECDSA_SHA_256")")).error(),
            "KMSInvalidStateException");
  EXPECT_EQ(import(signing, pair.pkcs8(), kForever, "RSAES_OAEP_SHA_1").status, 200);
}

TEST_F(PipelineImport, MlDsaIsNotImported) {
  for (const char* spec : {"ML_DSA_44", "ML_DSA_65", "ML_DSA_87"}) {
    EXPECT_EQ(
        world_
            .call("CreateKey", fmt::format(R"({{"Origin":"EXTERNAL","KeySpec":"{}","KeyUsage":"SIGN_VERIFY"}})", spec))
            .error(),
        "UnsupportedOperationException");
  }
}

TEST_F(PipelineImport, AKeyWithoutMaterialIsDisabledWhenItIsSavedAndPendingImportWhenItIsEnabled) {
  const std::string key = external_key();
  const SecretBytes first = material();
  ASSERT_EQ(world_.call("ScheduleKeyDeletion", about(key)).status, 200);
  ASSERT_EQ(world_.call("CancelKeyDeletion", about(key)).status, 200);
  EXPECT_EQ(state(key), "Disabled");
  EXPECT_EQ(world_.call("Encrypt", about(key, R"(,"Plaintext":"aGVsbG8=")")).error(), "DisabledException");
  // Its material may come before it is enabled ...
  ASSERT_EQ(import(key, first, kForever).status, 200);
  EXPECT_EQ(state(key), "Disabled");
  ASSERT_EQ(world_.call("EnableKey", about(key)).status, 200);
  EXPECT_EQ(state(key), "Enabled");
  // ... or after.
  const std::string late = external_key();
  ASSERT_EQ(world_.call("ScheduleKeyDeletion", about(late)).status, 200);
  ASSERT_EQ(world_.call("CancelKeyDeletion", about(late)).status, 200);
  ASSERT_EQ(world_.call("EnableKey", about(late)).status, 200);
  EXPECT_EQ(state(late), "PendingImport");
  ASSERT_EQ(import(late, first, kForever).status, 200);
  EXPECT_EQ(state(late), "Enabled");
}

TEST_F(PipelineImport, TheSameMaterialInAnotherKeyReadsNothing) {
  const SecretBytes shared = material();
  const std::string one = external_key(), two = external_key();
  const std::string first = text_member(import(one, shared, kForever).body, "KeyMaterialId");
  const std::string second = text_member(import(two, shared, kForever).body, "KeyMaterialId");
  EXPECT_NE(first, second);
  const std::string blob = encrypted(one);
  EXPECT_EQ(world_.call("Decrypt", fmt::format(R"({{"CiphertextBlob":"{}","KeyId":"{}"}})", blob, two)).error(),
            "IncorrectKeyException");
}

TEST_F(PipelineImport, TheAuditTellsWhatWasImportedAndNothingOfTheMaterial) {
  const std::string key = external_key();
  const SecretBytes bytes = material();
  const Parameters with = parameters(key);
  const std::string asked = world_.log.events().back().json;
  EXPECT_NE(
      asked.find(R"("requestParameters":{"keyId":")" + key +
                 R"(","wrappingAlgorithm":"RSAES_OAEP_SHA_256","wrappingKeySpec":"RSA_2048"},"responseElements":null)"),
      std::string::npos)
      << asked;
  const std::string blob = wrapped(with.public_key, "RSAES_OAEP_SHA_256", bytes);
  const TestReply reply =
      import(key, with, blob, expiring(now() + days(1)) + std::string(kNew) + R"(,"KeyMaterialDescription":"d")");
  ASSERT_EQ(reply.status, 200) << reply.body;
  const std::string id = text_member(reply.body, "KeyMaterialId");
  const std::string told = world_.log.events().back().json;
  EXPECT_EQ(text_member(told, "importType"), "NEW_KEY_MATERIAL");
  EXPECT_EQ(text_member(told, "keyMaterialDescription"), "d");
  EXPECT_NE(told.find("\"validTo\":"), std::string::npos) << told;
  EXPECT_EQ(told.find("expirationModel"), std::string::npos) << "it was not sent";
  EXPECT_NE(told.find(R"("responseElements":{"keyId":"arn:aws:kms:us-east-1:111122223333:key/)" + key +
                      R"(","keyMaterialId":")" + id + "\"}"),
            std::string::npos)
      << told;
  ASSERT_EQ(world_.call("DeleteImportedKeyMaterial", about(key)).status, 200);
  for (const audit::Frame& frame : world_.log.frames()) {
    for (const std::string& secret : {with.token, with.public_key, blob, std::string("EncryptedKeyMaterial"),
                                      std::string("encryptedKeyMaterial"), std::string("mportToken\"")}) {
      EXPECT_EQ(frame.json.find(secret), std::string::npos) << frame.json;
    }
  }
}

}  // namespace
}  // namespace claviger::server
