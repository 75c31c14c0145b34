// IAM's records behind the store's seal: what they decode to is written down as the same bytes again, so no two values
// mean the same. The first byte says which decoder.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "iam/credential_record.h"
#include "iam/layout.h"
#include "iam/records.h"
#include "iam/session_claims.h"

namespace {

using namespace claviger;

template <class Decoded>
void check_same(const Decoded& record, ByteSpan input) {
  if (record) CLAVIGER_CHECK(iam::encode(*record) == to_bytes(input));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteSpan input(data + 1, size - 1);
  static const AccountId account = AccountId::parse("111122223333").value();
  switch (data[0] % 9) {
    case 0:
      check_same(iam::decode_account(account, input), input);
      break;
    case 1:
      check_same(iam::decode_user(account, "alice", input), input);
      break;
    case 2:
      check_same(iam::decode_group(account, "admins", input), input);
      break;
    case 3:
      check_same(iam::decode_role(account, "app", input), input);
      break;
    case 4:
      check_same(iam::decode_policy(account, "usekeys", input), input);
      break;
    case 5:
      check_same(iam::decode_provider(account, "oidc.example.com/id/1", input), input);
      break;
    case 6:
      if (const auto credential = iam::decode_credential(input)) {
        CLAVIGER_CHECK(iam::encode_credential(*credential) == to_bytes(input));
      }
      break;
    case 7:
      check_same(iam::decode_session_claims(input), input);
      break;
    default:
      static_cast<void>(iam::layout::parse(as_text(input)));
      static_cast<void>(iam::parse_entity_arn(as_text(input)));
      static_cast<void>(iam::parse_assumed_role_arn(as_text(input)));
  }
  return 0;
}
