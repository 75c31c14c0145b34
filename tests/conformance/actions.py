"""The actions that are built: how to call each on a symmetric key, and what the documentation says of it."""

import base64

from botocore import xform_name


def b64(data):
    return base64.b64encode(data).decode()


ACTIONS = frozenset("""
    CreateKey DescribeKey ListKeys EnableKey DisableKey ScheduleKeyDeletion CancelKeyDeletion UpdateKeyDescription
    TagResource UntagResource ListResourceTags CreateAlias UpdateAlias DeleteAlias ListAliases GetKeyPolicy PutKeyPolicy
    ListKeyPolicies Encrypt Decrypt ReEncrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateRandom
    CreateGrant ListGrants ListRetirableGrants RetireGrant RevokeGrant
""".split())

# The actions on other keys, and those of key pairs: test_key_kinds.py is about them.
KEY_KIND_ACTIONS = frozenset("""
    Sign Verify GenerateMac VerifyMac GetPublicKey DeriveSharedSecret GenerateDataKeyPair
    GenerateDataKeyPairWithoutPlaintext
""".split())
BUILT = ACTIONS | KEY_KIND_ACTIONS

# What is built of the services that speak the Query protocol.
IAM_ACTIONS = frozenset("""
    AddClientIDToOpenIDConnectProvider AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy
    CreateAccessKey CreateAccountAlias CreateGroup CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion
    CreateRole CreateUser DeleteAccessKey DeleteAccountAlias DeleteGroup DeleteGroupPolicy
    DeleteOpenIDConnectProvider DeletePolicy DeletePolicyVersion DeleteRole DeleteRolePermissionsBoundary
    DeleteRolePolicy DeleteUser DeleteUserPermissionsBoundary DeleteUserPolicy DetachGroupPolicy DetachRolePolicy
    DetachUserPolicy GetAccessKeyLastUsed GetAccountAuthorizationDetails GetAccountSummary
    GetContextKeysForCustomPolicy GetContextKeysForPrincipalPolicy GetGroup GetGroupPolicy GetOpenIDConnectProvider
    GetPolicy GetPolicyVersion GetRole GetRolePolicy GetUser GetUserPolicy ListAccessKeys ListAccountAliases
    ListAttachedGroupPolicies ListAttachedRolePolicies ListAttachedUserPolicies ListEntitiesForPolicy
    ListGroupPolicies ListGroups ListGroupsForUser ListOpenIDConnectProviderTags ListOpenIDConnectProviders
    ListPolicies ListPolicyTags ListPolicyVersions ListRolePolicies ListRoleTags ListRoles ListUserPolicies
    ListUserTags ListUsers PutGroupPolicy PutRolePermissionsBoundary PutRolePolicy PutUserPermissionsBoundary
    PutUserPolicy RemoveClientIDFromOpenIDConnectProvider RemoveUserFromGroup SetDefaultPolicyVersion
    SimulateCustomPolicy SimulatePrincipalPolicy TagOpenIDConnectProvider TagPolicy TagRole TagUser
    UntagOpenIDConnectProvider UntagPolicy UntagRole UntagUser UpdateAccessKey UpdateAssumeRolePolicy UpdateGroup
    UpdateOpenIDConnectProviderThumbprint UpdateRole UpdateRoleDescription UpdateUser
""".split())
STS_ACTIONS = frozenset("""
    AssumeRole AssumeRoleWithWebIdentity GetAccessKeyInfo GetCallerIdentity GetSessionToken
""".split())
QUERY_ACTIONS = frozenset({("sts", action) for action in STS_ACTIONS} | {("iam", action) for action in IAM_ACTIONS})
# What no model of AWS has: see docs/api-coverage.md.
OWN_ACTIONS = frozenset({("iam", "PutOpenIDConnectProviderKeySet")})

# CloudTrail's readOnly, which is true of every cryptographic operation.
READ_ONLY = frozenset("""
    DescribeKey ListKeys ListResourceTags ListAliases GetKeyPolicy ListKeyPolicies Encrypt Decrypt ReEncrypt
    GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateRandom ListGrants ListRetirableGrants
""".split())

# The actions that use a key's material.
CRYPTO = frozenset("Encrypt Decrypt ReEncrypt GenerateDataKey GenerateDataKeyWithoutPlaintext".split())

DRY_RUN = CRYPTO | {"CreateGrant", "RetireGrant", "RevokeGrant"}

TAKE_GRANT_TOKENS = CRYPTO | {"CreateGrant", "DescribeKey"}

# Of the actions that name a key: those that accept an alias for it. All others are for key ids and key ARNs.
ACCEPT_ALIASES = CRYPTO | {"DescribeKey"}

# Of the actions that name a key: those whose model has no InvalidArnException.
NO_INVALID_ARN = CRYPTO | {"CreateAlias", "UpdateAlias"}

# The account that a development server has when it is told no other.
ROOT = "arn:aws:iam::000000000000:root"
NO_GRANT = "0" * 64


def default_policy(account):
    return f"""{{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {{
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "arn:aws:iam::{account}:root"
    }},
    "Action" : "kms:*",
    "Resource" : "*"
  }} ]
}}"""


def key_parameters(action, key_id, blob=b"", alias="alias/x", source=None, policy="{}", grant=NO_GRANT):
    """JSON parameters of a valid call of `action` on the key `key_id`. `blob` is a ciphertext of that key; `alias` is
    the alias that alias actions work on; ReEncrypt goes from `source`, or `key_id` itself, to `key_id`; `grant` is the
    id of the grant that goes."""
    return {
        "CancelKeyDeletion": {"KeyId": key_id},
        "CreateAlias": {"AliasName": alias, "TargetKeyId": key_id},
        "CreateGrant": {"KeyId": key_id, "GranteePrincipal": ROOT, "Operations": ["Encrypt"]},
        "Decrypt": {"KeyId": key_id, "CiphertextBlob": b64(blob)},
        "DescribeKey": {"KeyId": key_id},
        "DisableKey": {"KeyId": key_id},
        "EnableKey": {"KeyId": key_id},
        "Encrypt": {"KeyId": key_id, "Plaintext": b64(b"plaintext")},
        "GenerateDataKey": {"KeyId": key_id, "KeySpec": "AES_256"},
        "GenerateDataKeyWithoutPlaintext": {"KeyId": key_id, "NumberOfBytes": 24},
        "GetKeyPolicy": {"KeyId": key_id},
        "ListAliases": {"KeyId": key_id},
        "ListGrants": {"KeyId": key_id},
        "ListKeyPolicies": {"KeyId": key_id},
        "ListResourceTags": {"KeyId": key_id},
        "PutKeyPolicy": {"KeyId": key_id, "Policy": policy},
        "ReEncrypt": {"CiphertextBlob": b64(blob), "SourceKeyId": source or key_id, "DestinationKeyId": key_id},
        "RevokeGrant": {"KeyId": key_id, "GrantId": grant},
        "ScheduleKeyDeletion": {"KeyId": key_id},
        "TagResource": {"KeyId": key_id, "Tags": [{"TagKey": "k", "TagValue": "v"}]},
        "UntagResource": {"KeyId": key_id, "TagKeys": ["k"]},
        "UpdateAlias": {"AliasName": alias, "TargetKeyId": key_id},
        "UpdateKeyDescription": {"KeyId": key_id, "Description": "changed"},
    }[action]


# The actions of key_parameters(): those that name a key by an identifier.
NAME_A_KEY = ACTIONS - {
    "CreateKey", "ListKeys", "DeleteAlias", "GenerateRandom", "ListRetirableGrants", "RetireGrant"
}


def valid_parameters(action, key_id, blob=b"", **more):
    """The same for all actions, those without a key too. RetireGrant takes a key's ARN for `key_id` only."""
    if action in NAME_A_KEY:
        return key_parameters(action, key_id, blob, **more)
    return {
        "CreateKey": {},
        "ListKeys": {},
        "DeleteAlias": {"AliasName": more.get("alias", "alias/x")},
        "GenerateRandom": {"NumberOfBytes": 16},
        "ListRetirableGrants": {"RetiringPrincipal": ROOT},
        "RetireGrant": {"KeyId": key_id, "GrantId": more.get("grant", NO_GRANT)},
    }[action]


def method(client, action):
    """boto3's method for an action."""
    return getattr(client, xform_name(action))
