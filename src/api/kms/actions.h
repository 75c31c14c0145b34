// Every KMS action that is built, one file each. server/action_table.cc lists them.
#pragma once

#include <memory>

#include "api/action.h"

namespace claviger::api::kms {

std::unique_ptr<const Action> cancel_key_deletion_action();
std::unique_ptr<const Action> create_alias_action();
std::unique_ptr<const Action> create_key_action();
std::unique_ptr<const Action> decrypt_action();
std::unique_ptr<const Action> delete_alias_action();
std::unique_ptr<const Action> describe_key_action();
std::unique_ptr<const Action> disable_key_action();
std::unique_ptr<const Action> enable_key_action();
std::unique_ptr<const Action> encrypt_action();
std::unique_ptr<const Action> generate_data_key_action();
std::unique_ptr<const Action> generate_data_key_without_plaintext_action();
std::unique_ptr<const Action> generate_random_action();
std::unique_ptr<const Action> get_key_policy_action();
std::unique_ptr<const Action> list_aliases_action();
std::unique_ptr<const Action> list_key_policies_action();
std::unique_ptr<const Action> list_keys_action();
std::unique_ptr<const Action> list_resource_tags_action();
std::unique_ptr<const Action> put_key_policy_action();
std::unique_ptr<const Action> re_encrypt_action();
std::unique_ptr<const Action> schedule_key_deletion_action();
std::unique_ptr<const Action> tag_resource_action();
std::unique_ptr<const Action> untag_resource_action();
std::unique_ptr<const Action> update_alias_action();
std::unique_ptr<const Action> update_key_description_action();

}  // namespace claviger::api::kms
