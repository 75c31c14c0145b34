// Where entries by date lie in the store: which key is due for what, the first due first. As keys/layout.h, of which
// layout::due() is one too.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/identifiers.h"
#include "keys/layout.h"

namespace claviger::keys::layout {

inline constexpr std::string_view kRotationDue = "rotation-due/";

// rotation-due/<date of the next automatic rotation, as in due()>/<account>/<region>/<key id> -> empty: the keys that
// keys::rotation_due() has a date for
std::string rotation_due(WallTime next, const Scope& scope, const KeyId& id);

inline constexpr std::string_view kExpiryDue = "expiry-due/";

// expiry-due/<date at which imported material expires, likewise>/<account>/<region>/<key id> -> empty: the dates that
// keys::expiry_dates() has for the key
std::string expiry_due(WallTime valid_to, const Scope& scope, const KeyId& id);

struct DatedPlace {
  WallTime date;
  KeyPlace key;
};
// Of any entry `<prefix><date>/<account>/<region>/<key id>`, as due(), rotation_due() and expiry_due() make them;
// nullopt for anything else.
std::optional<DatedPlace> parse_dated(std::string_view prefix, std::string_view store_key);

}  // namespace claviger::keys::layout
