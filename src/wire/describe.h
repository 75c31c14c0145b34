// Declarations as JSON, for the coverage page and for the comparison with AWS's service model.
#pragma once

#include <string>
#include <string_view>

#include "wire/shape.h"

namespace claviger::wire {

// Appends `{"service":SERVICE,"action":NAME,"request":[MEMBER...],"response":[MEMBER...]}`. A MEMBER is
//   {"name":"GrantTokens","type":"List","required":false,"supported":true,...}
// with, where they apply: "reason" (why it is missing; there is then no type), "min" and "max" (null
// when unbounded), "pattern", "sensitive":true, "urlEncoded":true, "audited":"never"|"whenSent"|"always", "values" (an
// enum's names that are built), "missingValues" (those that are not), "members" (of a structure) and
// "element" (of a list: the same fields but for name, required and supported).
void describe_action(std::string_view service, std::string_view name, const Shape& request, const Shape& response,
                     std::string& out);

}  // namespace claviger::wire
