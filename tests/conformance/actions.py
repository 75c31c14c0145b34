"""The actions that are built, one line each: on which kind of key it is called, how, and what the documentation says of
it. The suites that go through all actions take them from here."""

import base64
import dataclasses
import enum
from collections.abc import Callable

from botocore import xform_name
from botocore.session import Session
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

MODEL = Session().get_service_model("kms")
# The account that a development server has when it is told no other.
ROOT = "arn:aws:iam::000000000000:root"
NO_GRANT = "0" * 64


def b64(data):
    return base64.b64encode(data).decode()


# The kinds of keys that actions work on: CreateKey's parameters, and with which action such a key makes (as which member
# of the response) what its other actions read.
SYMMETRIC, SIGNING, AGREEMENT, MAC, IMPORTED = KINDS = ("symmetric", "signing", "agreement", "MAC", "imported")
# For the actions that are about a second Region, too.
PRIMARY = "primary"
REPLICA_REGION = "eu-west-1"
MADE_WITH = {
    SYMMETRIC: {},
    SIGNING: {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
    AGREEMENT: {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"},
    MAC: {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    IMPORTED: {"Origin": "EXTERNAL"},
    PRIMARY: {"MultiRegion": True},
}
MAKES = {
    SYMMETRIC: ("Encrypt", "CiphertextBlob"),
    SIGNING: ("Sign", "Signature"),
    AGREEMENT: ("GetPublicKey", "PublicKey"),
    MAC: ("GenerateMac", "Mac"),
}
# What is imported into the keys of that kind, always the same.
MATERIAL = b"material-4e1c77-to-be-imported!!"
WRAPPING = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
FOREVER = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}


class Does(enum.Enum):
    CHANGES = "changes what is stored"
    READS = "tells what is stored"
    USES = "uses the material of a key"


CHANGES, READS, USES = Does


@dataclasses.dataclass(frozen=True)
class Call:
    """What the parameters of a valid call are made of."""

    key: str  # the identifier of the key
    product: str = ""  # what that key, or `source`, made: see product()
    source: str | None = None  # ReEncrypt goes from this key, or from `key`
    alias: str = "alias/x"  # that alias actions work on
    policy: str = "{}"
    grant: str = NO_GRANT  # the id of the grant that goes


@dataclasses.dataclass(frozen=True)
class Action:
    name: str
    does: Does
    parameters: Callable
    key: str | None = SYMMETRIC  # the kind of key; None: it names none by an identifier

    @property
    def members(self):
        return self.shape.input_shape.members

    @property
    def shape(self):
        return MODEL.operation_model(self.name)


def on_key(name, does, kind=SYMMETRIC, more=None, **constant):
    """An action whose member KeyId names the key. `more` makes of a Call what is not constant."""
    return Action(name, does, lambda call: {"KeyId": call.key} | constant | (more(call) if more else {}), kind)


def on_no_key(name, does, more=None, **constant):
    return Action(name, does, lambda call: constant | (more(call) if more else {}), None)


TEXT = b64(b"plaintext")
SIGNED = {"Message": TEXT, "SigningAlgorithm": "ECDSA_SHA_256"}
CODED = {"Message": TEXT, "MacAlgorithm": "HMAC_SHA_256"}
# Quick to make; test_key_kinds.py has the others.
PAIR = {"KeyPairSpec": "ECC_NIST_P256"}


def imported(both):
    """Those of ImportKeyMaterial that product() made, with a space between them."""
    token, _, wrapped = both.partition(" ")
    return {"ImportToken": token or "AA==", "EncryptedKeyMaterial": wrapped or "AA=="}


TABLE = (
    on_key("CancelKeyDeletion", CHANGES),
    Action("CreateAlias", CHANGES, lambda call: {"AliasName": call.alias, "TargetKeyId": call.key}),
    on_key("CreateGrant", CHANGES, GranteePrincipal=ROOT, Operations=["DescribeKey"]),
    on_no_key("CreateKey", CHANGES),
    on_key("Decrypt", USES, more=lambda call: {"CiphertextBlob": call.product}),
    on_no_key("DeleteAlias", CHANGES, more=lambda call: {"AliasName": call.alias}),
    on_key("DeleteImportedKeyMaterial", CHANGES, IMPORTED),
    on_key(
        "DeriveSharedSecret", USES, AGREEMENT, lambda call: {"PublicKey": call.product}, KeyAgreementAlgorithm="ECDH"
    ),
    on_key("DescribeKey", READS),
    on_key("DisableKey", CHANGES),
    on_key("DisableKeyRotation", CHANGES),
    on_key("EnableKey", CHANGES),
    on_key("EnableKeyRotation", CHANGES),
    on_key("Encrypt", USES, Plaintext=TEXT),
    on_key("GenerateDataKey", USES, KeySpec="AES_256"),
    on_key("GenerateDataKeyPair", USES, **PAIR),
    on_key("GenerateDataKeyPairWithoutPlaintext", USES, **PAIR),
    on_key("GenerateDataKeyWithoutPlaintext", USES, NumberOfBytes=24),
    on_key("GenerateMac", USES, MAC, **CODED),
    on_no_key("GenerateRandom", READS, NumberOfBytes=16),
    on_key("GetKeyLastUsage", READS),
    on_key("GetKeyPolicy", READS),
    on_key("GetKeyRotationStatus", READS),
    on_key("GetParametersForImport", READS, IMPORTED, **WRAPPING),
    on_key("GetPublicKey", READS, SIGNING),
    on_key("ImportKeyMaterial", CHANGES, IMPORTED, lambda call: imported(call.product), **FOREVER),
    on_key("ListAliases", READS),
    on_key("ListGrants", READS),
    on_key("ListKeyPolicies", READS),
    on_key("ListKeyRotations", READS),
    on_no_key("ListKeys", READS),
    on_key("ListResourceTags", READS),
    on_no_key("ListRetirableGrants", READS, RetiringPrincipal=ROOT),
    on_key("PutKeyPolicy", CHANGES, more=lambda call: {"Policy": call.policy}),
    Action("ReEncrypt", USES, lambda call: {
        "CiphertextBlob": call.product, "SourceKeyId": call.source or call.key, "DestinationKeyId": call.key
    }),
    # `key` must be an ARN.
    on_no_key("RetireGrant", CHANGES, more=lambda call: {"KeyId": call.key, "GrantId": call.grant}),
    on_key("RevokeGrant", CHANGES, more=lambda call: {"GrantId": call.grant}),
    on_key("RotateKeyOnDemand", CHANGES),
    on_key("ScheduleKeyDeletion", CHANGES),
    on_key("Sign", USES, SIGNING, **SIGNED),
    on_key("TagResource", CHANGES, Tags=[{"TagKey": "k", "TagValue": "v"}]),
    on_key("UntagResource", CHANGES, TagKeys=["k"]),
    Action("UpdateAlias", CHANGES, lambda call: {"AliasName": call.alias, "TargetKeyId": call.key}),
    on_key("UpdateKeyDescription", CHANGES, Description="changed"),
    on_key("Verify", USES, SIGNING, lambda call: {"Signature": call.product}, **SIGNED),
    on_key("VerifyMac", USES, MAC, lambda call: {"Mac": call.product}, **CODED),
)  # fmt: skip
# What works on keys in several Regions: the suites that go through all actions in one Region leave them out.
ACROSS_REGIONS = (
    on_key("ReplicateKey", CHANGES, PRIMARY, ReplicaRegion=REPLICA_REGION),
    on_key("UpdatePrimaryRegion", CHANGES, PRIMARY, PrimaryRegion=REPLICA_REGION),
)
BY_NAME = {action.name: action for action in TABLE + ACROSS_REGIONS}


def those(condition):
    return frozenset(action.name for action in TABLE if condition(action))


ACTIONS = those(lambda action: True)
ACTIONS_ACROSS_REGIONS = frozenset(action.name for action in ACROSS_REGIONS)
# CloudTrail's readOnly, which is true of every cryptographic operation.
READ_ONLY = those(lambda action: action.does is not CHANGES)
# Those that name a key by an identifier.
NAME_A_KEY = those(lambda action: action.key)
# Those that use a key's material, and of these those that seal or open with it.
CRYPTO = those(lambda action: action.does is USES)
TAKE_CONTEXT = those(lambda action: any(name.endswith("EncryptionContext") for name in action.members))
# Those that read what the key made: see product().
READ_PRODUCT = those(lambda action: "made" in action.parameters(Call("key", "made")).values())
DRY_RUN = those(lambda action: "DryRun" in action.members)
TAKE_GRANT_TOKENS = those(lambda action: "GrantTokens" in action.members)
# Of the actions that name a key: those that accept an alias for it. All others are for key ids and key ARNs.
ACCEPT_ALIASES = CRYPTO | {"DescribeKey", "GetPublicKey"}
# Of the actions that name a key: those whose model has no InvalidArnException.
NO_INVALID_ARN = those(
    lambda action: action.key and "InvalidArnException" not in {error.name for error in action.shape.error_shapes}
)


def kind_of(action):
    """The kind of key to call an action on; of one that names none, too."""
    return BY_NAME[action].key or SYMMETRIC


def valid_parameters(action, key, product="", **more):
    """JSON parameters of a valid call of `action` on the key that `key` identifies; the rest as Call has it."""
    return BY_NAME[action].parameters(Call(key, product, **more))


def product(raw, kind, key, context=None):
    """What a key of this kind made for its other actions to read, as it stands in JSON: a ciphertext, made with
    `context`, a signature, a public key, a MAC."""
    if kind == IMPORTED:
        reply = raw.call("GetParametersForImport", {"KeyId": key} | WRAPPING)
        assert reply.status == 200, reply
        return f"{reply.json['ImportToken']} {wrapped_for(reply.json['PublicKey'])}"
    maker, member = MAKES[kind]
    parameters = valid_parameters(maker, key)
    reply = raw.call(maker, parameters | ({"EncryptionContext": context} if context and maker in TAKE_CONTEXT else {}))
    assert reply.status == 200, reply
    return reply.json[member]


def wrapped_for(public_key):
    """MATERIAL, wrapped for a key in base64, as WRAPPING says."""
    key = serialization.load_der_public_key(base64.b64decode(public_key))
    return b64(key.encrypt(MATERIAL, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)))


def make_key(raw, kind, **parameters):
    """The metadata of a new key of this kind, as it was when it was made; one that imports has its material now."""
    return make_imported_key(raw, **parameters)[0] if kind == IMPORTED else create_key(raw, kind, parameters)


def make_imported_key(raw, **parameters):
    """The same for that kind, and what imports its material again: see product()."""
    metadata = create_key(raw, IMPORTED, parameters)
    made = product(raw, IMPORTED, metadata["KeyId"])
    import_again(raw, metadata["KeyId"], made)
    return metadata, made


def import_again(raw, key, made):
    reply = raw.call("ImportKeyMaterial", valid_parameters("ImportKeyMaterial", key, made))
    assert reply.status == 200, reply


def create_key(raw, kind, parameters):
    reply = raw.call("CreateKey", MADE_WITH[kind] | parameters)
    assert reply.status == 200, reply
    return reply.json["KeyMetadata"]


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


def method(client, action):
    """boto3's method for an action."""
    return getattr(client, xform_name(action))
