#include "iam/key_set.h"

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "crypto/jws.h"
#include "iam/base64url.h"
#include "iam/json_members.h"

namespace claviger::iam {
namespace {

constexpr std::size_t kMaxKeyIdBytes = 256;

std::unexpected<Error> malformed_key_set(std::string_view what) {
  return fail(ErrorCode::kInvalidInput, std::string("The JSON Web Key Set is malformed: ").append(what));
}

// The text of a member; empty when it is missing or no text.
std::string_view text_of(const JsonMembers& members, std::string_view name) {
  const auto found = members.find(name);
  return found == members.end() || found->second.type() != json::Type::kString ? std::string_view()
                                                                               : found->second.text();
}

// For signatures: `use` and `key_ops` say nothing else.
bool is_for_signatures(const JsonMembers& members) {
  if (members.contains("use") && text_of(members, "use") != "sig") return false;
  const auto operations = members.find("key_ops");
  if (operations == members.end()) return true;
  if (operations->second.type() != json::Type::kArray) return false;
  json::ArrayCursor cursor = operations->second.elements();
  json::Value operation;
  while (cursor.next(operation)) {
    if (operation.type() == json::Type::kString && operation.text() == "verify") return true;
  }
  return false;
}

// Which of our algorithms the key is for; nullopt for all others.
std::optional<TokenAlgorithm> algorithm_of(const JsonMembers& members) {
  const bool named = members.contains("alg");
  const std::string_view type = text_of(members, "kty"), algorithm = text_of(members, "alg");
  if (type == "RSA" && (!named || algorithm == "RS256")) return TokenAlgorithm::kRs256;
  if (type == "EC" && text_of(members, "crv") == "P-256" && (!named || algorithm == "ES256")) {
    return TokenAlgorithm::kEs256;
  }
  return std::nullopt;
}

}  // namespace

Result<KeySet> KeySet::parse(std::string_view json_text) {
  if (json_text.size() > kMaxKeySetBytes) return malformed_key_set("it is too long");
  json::Parser parser(8);
  const auto root = parser.parse(as_bytes(json_text));
  if (!root || root->type() != json::Type::kObject) return malformed_key_set("it is no JSON object");
  const auto members = members_of(*root);
  if (!members || !members->contains("keys") || members->at("keys").type() != json::Type::kArray) {
    return malformed_key_set("it has no list of keys");
  }
  std::vector<Key> keys;
  std::size_t seen = 0;
  json::ArrayCursor cursor = members->at("keys").elements();
  json::Value element;
  while (cursor.next(element)) {
    if (++seen > kMaxKeysPerSet) return malformed_key_set("it has too many keys");
    if (element.type() != json::Type::kObject) return malformed_key_set("a key is no object");
    const auto key = members_of(element);
    if (!key) return malformed_key_set("a key has a member twice");
    if (key->contains("d")) return malformed_key_set("it holds a private key");
    const auto algorithm = algorithm_of(*key);
    if (!algorithm || !is_for_signatures(*key)) continue;
    const bool rsa = *algorithm == TokenAlgorithm::kRs256;
    const auto first = base64url_decode(text_of(*key, rsa ? "n" : "x"));
    const auto second = base64url_decode(text_of(*key, rsa ? "e" : "y"));
    const std::string_view id = text_of(*key, "kid");
    if (!first || !second || id.size() > kMaxKeyIdBytes || (key->contains("kid") && id.empty())) {
      return malformed_key_set("a key cannot be read");
    }
    const bool usable = rsa ? crypto::is_usable(crypto::RsaPublicKey{*first, *second})
                            : crypto::is_usable(crypto::P256PublicKey{*first, *second});
    if (!usable) return malformed_key_set("a key is no valid key of at least 2048 bits, or of P-256");
    const bool again = std::any_of(keys.begin(), keys.end(), [&](const Key& known) { return known.id == id; });
    if (again && !id.empty()) return malformed_key_set("two keys have the same id");
    keys.push_back({*algorithm, std::string(id), *first, *second});
  }
  if (keys.empty()) return malformed_key_set("it has no key for RS256 or ES256");
  return KeySet(std::move(keys));
}

std::vector<std::string_view> KeySet::ids() const {
  std::vector<std::string_view> ids;
  ids.reserve(keys_.size());
  for (const Key& key : keys_) ids.push_back(key.id);
  return ids;
}

const KeySet::Key* KeySet::find(TokenAlgorithm algorithm, std::string_view key_id) const {
  const Key* found = nullptr;
  for (const Key& key : keys_) {
    if (key.algorithm != algorithm || (!key_id.empty() && key.id != key_id)) continue;
    // Which of several is meant cannot be told.
    if (found != nullptr) return nullptr;
    found = &key;
  }
  return found;
}

bool KeySet::verify(TokenAlgorithm algorithm, std::string_view key_id, ByteSpan message, ByteSpan signature) const {
  const Key* key = find(algorithm, key_id);
  if (key == nullptr) return false;
  if (algorithm == TokenAlgorithm::kRs256) return crypto::rs256_verify({key->first, key->second}, message, signature);
  return crypto::es256_verify({key->first, key->second}, message, signature);
}

}  // namespace claviger::iam
