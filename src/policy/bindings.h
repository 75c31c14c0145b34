// The binding of a stored policy to who its principals were when it was stored.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "policy/document.h"
#include "policy/principal.h"

namespace claviger::policy {

// The bindings to store beside `document`: one for each user and role that it names. kMalformedPolicyDocument when one
// does not exist. A session or federated user is not bound: its ARN has no id of its own.
[[nodiscard]] Result<std::vector<Binding>> bind_principals(const Document& document,
                                                           const PrincipalDirectory& directory);

// The text of a policy as it is shown: where a bound user or role is not found under its ARN any more, the ARN that it
// has now, or its unique id where it was deleted (KMS Developer Guide, "Key policies": "AIDA..." and "AROA..."). All
// else is as it was put, byte for byte.
std::string shown_text(const Document& document, const PrincipalDirectory& directory);

}  // namespace claviger::policy
