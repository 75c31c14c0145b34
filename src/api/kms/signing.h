// What Sign and Verify have in common: the message, in one of its forms.
#pragma once

#include "api/kms/common.h"

namespace claviger::api::kms {

struct SignedMessage {
  keys::KeySpec spec;
  keys::SigningAlgorithm algorithm;
  keys::MessageType type;
  const SecretBytes& message;
};

// As hsm/ wants it.
struct SigningTask {
  hsm::SignatureAlgorithm algorithm;
  hsm::MessageForm form;
};

// Of a key that has the algorithm. kValidation when the algorithm does not take messages of this type, or a digest or
// mu has not its length.
[[nodiscard]] Result<SigningTask> signing_task(const SignedMessage& message);

}  // namespace claviger::api::kms
