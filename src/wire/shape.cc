#include "wire/shape.h"

#include "base/secret.h"

namespace claviger::wire {
namespace {

bool is_empty(const TypeInfo& type, const void* value) {
  switch (type.kind) {
    case Kind::kString:
      return static_cast<const std::string*>(value)->empty();
    case Kind::kBlob:
      return static_cast<const Bytes*>(value)->empty();
    case Kind::kSecretBlob:
      return static_cast<const SecretBytes*>(value)->empty();
    case Kind::kSecretText:
      return static_cast<const SecretText*>(value)->bytes.empty();
    case Kind::kList:
      return type.size(value) == 0;
    case Kind::kMap:
      return type.map_empty(value);
    case Kind::kBoolean:
    case Kind::kInteger:
    case Kind::kLong:
    case Kind::kTimestamp:
    case Kind::kEnum:
    case Kind::kStructure:
      break;
  }
  return false;
}

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kString:
    case Kind::kSecretText:
      return "String";
    case Kind::kBoolean:
      return "Boolean";
    case Kind::kInteger:
      return "Integer";
    case Kind::kLong:
      return "Long";
    case Kind::kTimestamp:
      return "Timestamp";
    case Kind::kBlob:
    case Kind::kSecretBlob:
      return "Blob";
    case Kind::kEnum:
      return "Enum";
    case Kind::kList:
      return "List";
    case Kind::kMap:
      return "Map";
    case Kind::kStructure:
      break;
  }
  return "Structure";
}

const void* present(const MemberInfo& member, const void* object) {
  if (!member.supported()) return nullptr;
  const void* value = member.find(object);
  if (value == nullptr || member.required || member.wrapped_in_optional) return value;
  return is_empty(*member.type, value) ? nullptr : value;
}

void append_lower_camel(std::string& out, std::string_view name) {
  if (name.empty()) return;
  const char first = name.front();
  out += first >= 'A' && first <= 'Z' ? static_cast<char>(first - 'A' + 'a') : first;
  out += name.substr(1);
}

}  // namespace claviger::wire
