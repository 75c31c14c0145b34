#include "wire/describe.h"

#include "base/json.h"

namespace claviger::wire {
namespace {

using Writer = json::Writer<std::string>;

void write_members(const Shape& shape, Writer& writer);

std::string_view audited_name(Audited audited) {
  switch (audited) {
    case Audited::kNever:
      return "never";
    case Audited::kWhenSent:
      return "whenSent";
    case Audited::kAlways:
      break;
  }
  return "always";
}

void write_names(std::string_view field, const TypeInfo& type, std::uint64_t chosen, Writer& writer) {
  writer.name(field);
  writer.begin_array();
  for (std::size_t i = 0; i < type.names.size(); ++i) {
    if ((chosen >> i & 1) != 0) writer.string(type.names[i]);
  }
  writer.end_array();
}

void write_bound(std::string_view field, bool bounded, std::int64_t bound, Writer& writer) {
  writer.name(field);
  if (bounded) {
    writer.integer(bound);
  } else {
    writer.null();
  }
}

void write_type(const TypeInfo& type, const Constraint& constraint, const MemberInfo& member, Writer& writer) {
  writer.name("type");
  writer.string(kind_name(type.kind));
  if (constraint.has_min() || constraint.has_max()) {
    write_bound("min", constraint.has_min(), constraint.min, writer);
    write_bound("max", constraint.has_max(), constraint.max, writer);
  }
  if (constraint.pattern != nullptr) {
    writer.name("pattern");
    writer.string(constraint.pattern->expression);
  }
  if (type.kind == Kind::kEnum) {
    write_names("values", type, member.built_names, writer);
    write_names("missingValues", type, ~member.built_names, writer);
  }
  if (type.kind == Kind::kStructure) {
    writer.name("members");
    write_members(type.structure(), writer);
  }
  if (type.kind == Kind::kList) {
    writer.name("element");
    writer.begin_object();
    write_type(*type.element, member.each, member, writer);
    writer.end_object();
  }
}

void write_members(const Shape& shape, Writer& writer) {
  writer.begin_array();
  for (const MemberInfo& member : shape.members) {
    writer.begin_object();
    writer.name("name");
    writer.string(member.name);
    writer.name("required");
    writer.boolean(member.required);
    writer.name("supported");
    writer.boolean(member.supported());
    if (member.supported()) {
      write_type(*member.type, member.own, member, writer);
      if (member.sensitive) {
        writer.name("sensitive");
        writer.boolean(true);
      }
      if (member.url_encoded) {
        writer.name("urlEncoded");
        writer.boolean(true);
      }
      writer.name("audited");
      writer.string(audited_name(member.audited));
    } else {
      writer.name("reason");
      writer.string(member.missing_reason);
    }
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace

void describe_action(std::string_view service, std::string_view name, const Shape& request, const Shape& response,
                     std::string& out) {
  Writer writer(out);
  writer.begin_object();
  writer.name("service");
  writer.string(service);
  writer.name("action");
  writer.string(name);
  writer.name("request");
  write_members(request, writer);
  writer.name("response");
  write_members(response, writer);
  writer.end_object();
}

}  // namespace claviger::wire
