#include "iam/key_set.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/json.h"
#include "crypto/jws.h"
#include "iam/base64url.h"

namespace claviger::iam {
namespace {

constexpr std::size_t kMaxKeyIdBytes = 256;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::kInvalidInput, std::string("The JSON Web Key Set is malformed: ").append(what));
}

using Members = std::map<std::string_view, json::Value>;

// nullopt when a name occurs twice.
std::optional<Members> members_of(const json::Value& object) {
  Members members;
  json::ObjectCursor cursor = object.fields();
  std::string_view name;
  json::Value value;
  while (cursor.next(name, value)) {
    if (!members.emplace(name, value).second) return std::nullopt;
  }
  return members;
}

// The text of a member; empty when it is missing or no text.
std::string_view text(const Members& members, std::string_view name) {
  const auto found = members.find(name);
  return found == members.end() || found->second.type() != json::Type::kString ? std::string_view()
                                                                               : found->second.text();
}

// For signatures: `use` and `key_ops` say nothing else.
bool is_for_signatures(const Members& members) {
  if (members.contains("use") && text(members, "use") != "sig") return false;
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
std::optional<TokenAlgorithm> algorithm_of(const Members& members) {
  const bool named = members.contains("alg");
  const std::string_view type = text(members, "kty"), algorithm = text(members, "alg");
  if (type == "RSA" && (!named || algorithm == "RS256")) return TokenAlgorithm::kRs256;
  if (type == "EC" && text(members, "crv") == "P-256" && (!named || algorithm == "ES256")) {
    return TokenAlgorithm::kEs256;
  }
  return std::nullopt;
}

}  // namespace

Result<KeySet> KeySet::parse(std::string_view json_text) {
  if (json_text.size() > kMaxKeySetBytes) return malformed("it is too long");
  json::Parser parser(8);
  const auto root = parser.parse(as_bytes(json_text));
  if (!root || root->type() != json::Type::kObject) return malformed("it is no JSON object");
  const auto members = members_of(*root);
  if (!members || !members->contains("keys") || members->at("keys").type() != json::Type::kArray) {
    return malformed("it has no list of keys");
  }
  std::vector<Key> keys;
  std::size_t seen = 0;
  json::ArrayCursor cursor = members->at("keys").elements();
  json::Value element;
  while (cursor.next(element)) {
    if (++seen > kMaxKeysPerSet) return malformed("it has too many keys");
    if (element.type() != json::Type::kObject) return malformed("a key is no object");
    const auto key = members_of(element);
    if (!key) return malformed("a key has a member twice");
    if (key->contains("d")) return malformed("it holds a private key");
    const auto algorithm = algorithm_of(*key);
    if (!algorithm || !is_for_signatures(*key)) continue;
    const bool rsa = *algorithm == TokenAlgorithm::kRs256;
    const auto first = base64url_decode(text(*key, rsa ? "n" : "x"));
    const auto second = base64url_decode(text(*key, rsa ? "e" : "y"));
    const std::string_view id = text(*key, "kid");
    if (!first || !second || id.size() > kMaxKeyIdBytes || (key->contains("kid") && id.empty())) {
      return malformed("a key cannot be read");
    }
    const bool usable = rsa ? crypto::is_usable(crypto::RsaPublicKey{*first, *second})
                            : crypto::is_usable(crypto::P256PublicKey{*first, *second});
    if (!usable) return malformed("a key is no valid key of at least 2048 bits, or of P-256");
    const bool again = std::any_of(keys.begin(), keys.end(), [&](const Key& known) { return known.id == id; });
    if (again && !id.empty()) return malformed("two keys have the same id");
    keys.push_back({*algorithm, std::string(id), *first, *second});
  }
  if (keys.empty()) return malformed("it has no key for RS256 or ES256");
  return KeySet(std::move(keys));
}

std::vector<std::string_view> KeySet::ids() const {
  std::vector<std::string_view> ids;
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
