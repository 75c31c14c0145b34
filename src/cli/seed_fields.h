// Reading declared fields from a YAML tree, for the two formats of seeds. Internal to cli/.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "cli/seed.h"
#include "cli/yaml_tree.h"

namespace claviger::cli {

// A map whose fields are known. Borrows the tree.
class SeedFields final {
 public:
  // kValidation when `node` is not a map, or has a field that is not one of `known`. `what` names it in errors.
  [[nodiscard]] static Result<SeedFields> of(std::string_view file, const yaml::Node& node, std::string_view what,
                                             std::initializer_list<std::string_view> known);

  yaml::Place place() const { return node_->place; }
  std::unexpected<Error> fail_here(std::string_view problem) const { return yaml::fail_at(file_, place(), problem); }
  // nullptr when the field is not there, or null.
  const yaml::Node* find(std::string_view name) const;
  // kValidation when it is not there.
  [[nodiscard]] Result<const yaml::Node*> require(std::string_view name) const;
  // The text of a field; `otherwise` when it is not there.
  [[nodiscard]] Result<std::string> text(std::string_view name, std::string_view otherwise) const;
  [[nodiscard]] Result<std::string> required_text(std::string_view name) const;
  // `true` or `false`.
  [[nodiscard]] Result<bool> truth(std::string_view name, bool otherwise) const;
  // The list of a field; an empty one when it is not there.
  [[nodiscard]] Result<std::span<const yaml::Node>> list(std::string_view name) const;

 private:
  SeedFields(std::string_view file, const yaml::Node& node, std::string_view what)
      : file_(file), node_(&node), what_(what) {}

  std::string_view file_;
  const yaml::Node* node_;
  std::string_view what_;
};

// kValidation when `node` is not a text.
[[nodiscard]] Result<std::string> seed_text(std::string_view file, const yaml::Node& node, std::string_view what);

// A policy document as JSON, from a text of JSON or from YAML that says the same; kValidation for an empty one.
// `advice` says what to do then.
[[nodiscard]] Result<SeedText> read_seed_document(std::string_view file, const yaml::Node& node,
                                                  std::string_view advice);

// Texts, each with its place.
[[nodiscard]] Result<std::vector<SeedText>> read_seed_texts(std::string_view file, const SeedFields& fields,
                                                            std::string_view name);

// The list `Tags` of maps with these two fields, of which the second may be left out.
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> read_seed_tags(std::string_view file,
                                                                                      const SeedFields& fields,
                                                                                      std::string_view key_field,
                                                                                      std::string_view value_field);

// A list of kSeedMaterialBytes bytes of key material each, as hexadecimal or base64. kValidation, without a word of the
// values; also where `options` do not take any.
[[nodiscard]] Result<std::vector<SecretBytes>> read_seed_materials(std::string_view file, const yaml::Node& node,
                                                                   const SeedOptions& options);

}  // namespace claviger::cli
