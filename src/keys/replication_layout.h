// Where it stands in the store that a message to a related key is owed: layout.h for replication.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keys/replication_message.h"

namespace claviger::keys::layout {

inline constexpr std::string_view kReplication = "replication/";

// replication/<to>/<account>/<key id>/<kind, one digit>/<from> -> of kReport the encoded report, else empty: the
// message is made of what the sender's record says when it is delivered
std::string replication(const ReplicationRoute& route);
// The inverse; nullopt for anything else.
std::optional<ReplicationRoute> parse_replication(std::string_view store_key);

}  // namespace claviger::keys::layout
