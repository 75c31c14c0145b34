#include "cli/seed_fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/encoding.h"
#include "cli/seed.h"

namespace claviger::cli {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Into memory that is wiped.
std::optional<SecretBytes> hex_decode_secret(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  SecretBytes bytes(text.size() / 2);
  const MutableByteSpan out = bytes.writable();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return bytes;
}

Result<SecretBytes> read_material(std::string_view file, const yaml::Node& node) {
  std::optional<SecretBytes> bytes;
  if (node.kind == yaml::Kind::kText) {
    bytes = hex_decode_secret(node.text);
    if (!bytes) bytes = base64_decode_secret(node.text);
  }
  if (!bytes || bytes->size() != kSeedMaterialBytes) {
    return yaml::fail_at(file, node.place,
                         fmt::format("key material must be {} bytes as {} hexadecimal digits or in base64; "
                                     "`openssl rand -hex 32` makes some",
                                     kSeedMaterialBytes, 2 * kSeedMaterialBytes));
  }
  return *std::move(bytes);
}

}  // namespace

Result<SeedFields> SeedFields::of(std::string_view file, const yaml::Node& node, std::string_view what,
                                  std::initializer_list<std::string_view> known) {
  if (node.kind != yaml::Kind::kMap) {
    return yaml::fail_at(file, node.place, fmt::format("{} must be a map of fields", what));
  }
  for (const yaml::Node& child : node.children) {
    if (std::find(known.begin(), known.end(), child.name) != known.end()) continue;
    return yaml::fail_at(
        file, child.name_place,
        fmt::format("{} has no field {}; it has {}", what, child.name, fmt::join(known.begin(), known.end(), ", ")));
  }
  return SeedFields(file, node, what);
}

const yaml::Node* SeedFields::find(std::string_view name) const {
  for (const yaml::Node& child : node_->children) {
    if (child.name == name) return child.kind == yaml::Kind::kNull ? nullptr : &child;
  }
  return nullptr;
}

Result<const yaml::Node*> SeedFields::require(std::string_view name) const {
  const yaml::Node* node = find(name);
  if (node == nullptr) return fail_here(fmt::format("{} must have a field {}", what_, name));
  return node;
}

Result<std::string> SeedFields::text(std::string_view name, std::string_view otherwise) const {
  const yaml::Node* node = find(name);
  if (node == nullptr) return std::string(otherwise);
  return seed_text(file_, *node, name);
}

Result<std::string> SeedFields::required_text(std::string_view name) const {
  CLAVIGER_ASSIGN(const yaml::Node* const node, require(name));
  return seed_text(file_, *node, name);
}

Result<bool> SeedFields::truth(std::string_view name, bool otherwise) const {
  const yaml::Node* node = find(name);
  if (node == nullptr) return otherwise;
  if (node->text == "true") return true;
  if (node->text == "false") return false;
  return yaml::fail_at(file_, node->place, fmt::format("{} must be true or false", name));
}

Result<std::span<const yaml::Node>> SeedFields::list(std::string_view name) const {
  const yaml::Node* node = find(name);
  if (node == nullptr) return std::span<const yaml::Node>();
  if (node->kind != yaml::Kind::kList) return yaml::fail_at(file_, node->place, fmt::format("{} must be a list", name));
  return node->children;
}

Result<std::string> seed_text(std::string_view file, const yaml::Node& node, std::string_view what) {
  if (node.kind != yaml::Kind::kText) return yaml::fail_at(file, node.place, fmt::format("{} must be a text", what));
  return node.text;
}

Result<std::vector<SecretBytes>> read_seed_materials(std::string_view file, const yaml::Node& node,
                                                     const SeedOptions& options) {
  if (!options.key_material) {
    return yaml::fail_at(file, node.name_place,
                         fmt::format("{} is for `claviger dev` alone: key material that stands in a file is no secret; "
                                     "remove it, and the key gets random material",
                                     node.name));
  }
  if (node.kind != yaml::Kind::kList || node.children.empty() || node.children.size() > kMaxSeedMaterials) {
    return yaml::fail_at(
        file, node.place,
        fmt::format("{} must be a list of 1 to {} texts, the oldest first", node.name, kMaxSeedMaterials));
  }
  std::vector<SecretBytes> materials;
  for (const yaml::Node& child : node.children) {
    CLAVIGER_ASSIGN(materials.emplace_back(), read_material(file, child));
  }
  return materials;
}

}  // namespace claviger::cli
