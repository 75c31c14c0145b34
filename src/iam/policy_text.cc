#include "iam/policy_text.h"

#include <algorithm>

namespace claviger::iam {

std::size_t counted_characters(std::string_view document) {
  return static_cast<std::size_t>(std::count_if(document.begin(), document.end(), [](char c) {
    // One for each character: the later bytes of one in UTF-8 begin with the bits 10.
    const bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    return !continues && c != ' ' && c != '\t' && c != '\n' && c != '\r';
  }));
}

Status check_identity_policy(std::string_view document) {
  CLAVIGER_TRY(policy::Document::parse(policy::DocumentKind::kIdentity, document));
  return {};
}

}  // namespace claviger::iam
