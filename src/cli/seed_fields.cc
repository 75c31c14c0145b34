#include "cli/seed_fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
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

// A policy written as YAML instead of as JSON; all scalars are strings, which policies take for numbers and truth
// values too. The recursion ends: the tree has a bounded depth.
void append_json(const yaml::Node& node, json::Writer<std::string>& writer) {
  switch (node.kind) {
    case yaml::Kind::kNull:
      return writer.null();
    case yaml::Kind::kText:
      return writer.string(node.text);
    case yaml::Kind::kList:
      writer.begin_array();
      for (const yaml::Node& child : node.children) append_json(child, writer);
      return writer.end_array();
    case yaml::Kind::kMap:
      writer.begin_object();
      for (const yaml::Node& child : node.children) {
        writer.name(child.name);
        append_json(child, writer);
      }
      return writer.end_object();
  }
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

Result<SeedText> read_seed_document(std::string_view file, const yaml::Node& node, std::string_view advice) {
  SeedText document{.place = node.place};
  if (node.kind == yaml::Kind::kText) {
    document.text = node.text;
  } else {
    json::Writer<std::string> writer(document.text);
    append_json(node, writer);
  }
  if (document.text.empty()) {
    return yaml::fail_at(file, node.place, fmt::format("{} is empty; {}", node.name, advice));
  }
  return document;
}

Result<std::vector<SeedText>> read_seed_texts(std::string_view file, const SeedFields& fields, std::string_view name) {
  std::vector<SeedText> texts;
  CLAVIGER_ASSIGN(const auto entries, fields.list(name));
  for (const yaml::Node& entry : entries) {
    CLAVIGER_ASSIGN(std::string text, seed_text(file, entry, fmt::format("an entry of {}", name)));
    texts.push_back({entry.place, std::move(text)});
  }
  return texts;
}

Result<std::vector<std::pair<std::string, std::string>>> read_seed_tags(std::string_view file, const SeedFields& fields,
                                                                        std::string_view key_field,
                                                                        std::string_view value_field) {
  std::vector<std::pair<std::string, std::string>> tags;
  CLAVIGER_ASSIGN(const auto entries, fields.list("Tags"));
  for (const yaml::Node& entry : entries) {
    CLAVIGER_ASSIGN(const SeedFields pair, SeedFields::of(file, entry, "a tag", {key_field, value_field}));
    auto& [key, value] = tags.emplace_back();
    CLAVIGER_ASSIGN(key, pair.required_text(key_field));
    CLAVIGER_ASSIGN(value, pair.text(value_field, ""));
  }
  return tags;
}

Result<std::vector<SecretBytes>> read_seed_materials(std::string_view file, const yaml::Node& node,
                                                     const SeedOptions& options) {
  if (!options.development) {
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
