"""Who may do what, as AWS documents it: the actions of AWS KMS that are built, situations in which one is called, and
the outcome of each pair. Worked out from the documentation alone; nothing here looks at the server.

Sources: KMS Developer Guide, "AWS KMS permissions reference", "Key policies", "Grants", "Allowing users in other
accounts to use a KMS key"; IAM User Guide, "Policy evaluation logic", "Permissions boundaries", "Session policies".
"""

import dataclasses
import enum

from actions import AGREEMENT, IMPORTED, MAC, PRIMARY, SIGNING, SYMMETRIC, kind_of

DENIED = "AccessDeniedException"


class Where(enum.Enum):
    """What decides on an action."""

    KEY = "the key policy, or identity policies that it enables, or a grant"
    ALIAS = "identity policies for the alias, and what decides on a key for the key"
    REPLICA = "identity policies for making a key in the other Region, and what decides on a key for the key"
    BOTH_KEYS = "what decides on a key, for each of two related keys"
    ACCOUNT = "identity policies"
    GRANT = "the grant that is to be retired"


class Constrained(enum.Enum):
    """What the constraint of a grant does for an action."""

    NEVER = "is not looked at"
    BY_CONTEXT = "must fit the encryption context of the call"
    BY_CHILD = "must be kept by the grant that is to be made"
    IMPOSSIBLE = "is not for keys of this kind"


@dataclasses.dataclass(frozen=True)
class Action:
    name: str
    where: Where
    permissions: tuple = ()
    across: bool = False  # principals of other accounts can use it
    grantable: tuple = ()  # the operations of a grant that give it
    constrained: Constrained = Constrained.NEVER


def action(name, where, permissions=(), **more):
    return Action(name, where, tuple(f"kms:{one}" for one in permissions or (name,)), **more)


def use(name, *operations):
    operations = operations or (name,)
    # Constraints are about encryption contexts, and so for symmetric encryption keys.
    constrained = Constrained.BY_CONTEXT if kind_of(name) == SYMMETRIC else Constrained.IMPOSSIBLE
    return action(name, Where.KEY, operations, across=True, grantable=operations, constrained=constrained)


ACTIONS = (
    use("Encrypt"),
    use("Decrypt"),
    use("ReEncrypt", "ReEncryptFrom", "ReEncryptTo"),
    use("GenerateDataKey"),
    use("GenerateDataKeyWithoutPlaintext"),
    use("GenerateDataKeyPair"),
    use("GenerateDataKeyPairWithoutPlaintext"),
    use("Sign"),
    use("Verify"),
    use("GetPublicKey"),
    use("DeriveSharedSecret"),
    use("GenerateMac"),
    use("VerifyMac"),
    action("DescribeKey", Where.KEY, across=True, grantable=("DescribeKey",)),
    action(
        "CreateGrant", Where.KEY, across=True, grantable=("CreateGrant",), constrained=Constrained.BY_CHILD
    ),
    action("GetKeyRotationStatus", Where.KEY, across=True),
    action("ListGrants", Where.KEY, across=True),
    action("RevokeGrant", Where.KEY, across=True),
    action("RetireGrant", Where.GRANT, across=True, grantable=("RetireGrant",)),
    *(
        action(name, Where.KEY)
        for name in """
            CancelKeyDeletion DeleteImportedKeyMaterial DisableKey DisableKeyRotation EnableKey EnableKeyRotation
            GetKeyLastUsage GetKeyPolicy GetParametersForImport ImportKeyMaterial ListKeyPolicies ListKeyRotations
            ListResourceTags PutKeyPolicy RotateKeyOnDemand ScheduleKeyDeletion TagResource UntagResource
            UpdateKeyDescription
        """.split()
    ),
    *(action(name, Where.ALIAS) for name in ("CreateAlias", "DeleteAlias", "UpdateAlias")),
    action("ReplicateKey", Where.REPLICA, ("ReplicateKey", "CreateKey")),
    action("UpdatePrimaryRegion", Where.BOTH_KEYS),
    *(
        action(name, Where.ACCOUNT)
        for name in ("CreateKey", "GenerateRandom", "ListKeys", "ListAliases", "ListRetirableGrants")
    ),
)
# What a grant on a key of each kind can hold.
ON_ANY_KEY = ("CreateGrant", "DescribeKey", "RetireGrant")
GRANTABLE = {
    SYMMETRIC: (
        *ON_ANY_KEY, "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
    ),
    SIGNING: (*ON_ANY_KEY, "GetPublicKey", "Sign", "Verify"),
    AGREEMENT: (*ON_ANY_KEY, "DeriveSharedSecret", "GetPublicKey"),
    MAC: (*ON_ANY_KEY, "GenerateMac", "VerifyMac"),
    IMPORTED: ON_ANY_KEY,
    # Operations with an encryption context would say no more than those of SYMMETRIC.
    PRIMARY: ON_ANY_KEY,
}  # fmt: skip
# In another account these are about something of the owner's, though no key decides on them.
OF_THE_OWNER = {"ListAliases", "ListRetirableGrants"}
# In another account there is no alias of that name.
OF_NOBODY = {"DeleteAlias", "UpdateAlias"}


class Statement(enum.Enum):
    """A statement of the key policy, beside the one for the key's administrator."""

    DELEGATES = "allows the owning account the action"
    DELEGATES_OTHERS = "allows the owning account every other action"
    CALLER = "allows the caller the action"
    ROLE = "allows the role of the caller's session the action"
    ACCOUNT = "allows the caller's account the action"
    EVERYONE = "allows everyone the action"
    DENIES = "denies the caller the action"


class Says(enum.Enum):
    """What a policy of the caller says."""

    ALLOW = "allows the action"
    OTHERS = "allows every other action"
    DENY = "allows everything and denies the action"


class Granted(enum.Enum):
    """What a grant on the key to the caller holds."""

    ALL = "every operation"
    OTHERS = "every other operation"
    SOMEBODY_ELSE = "every operation, for somebody else, whose grant token the call carries"


class Credentials(enum.Enum):
    VALID = None
    INACTIVE = "UnrecognizedClientException"
    EXPIRED = "ExpiredTokenException"


DELEGATES, CALLER, DENIES = Statement.DELEGATES, Statement.CALLER, Statement.DENIES


@dataclasses.dataclass(frozen=True)
class Situation:
    id: str
    key_policy: tuple = ()
    identity: Says | None = None
    boundary: Says | None = None
    session: Says | None = None
    grant: Granted | None = None
    constraint: str | None = None  # Equals or Subset
    fits: bool = True  # the call satisfies the constraint
    foreign: bool = False  # the caller is of another account than the key
    role: bool = False  # the caller is a session of a role, not a user
    credentials: Credentials = Credentials.VALID


SITUATIONS = (
    Situation("nothing", (DELEGATES,)),
    Situation("no policy at all"),
    Situation("identity policy, delegated", (DELEGATES,), Says.ALLOW),
    Situation("identity policy for everything else", (DELEGATES,), Says.OTHERS),
    Situation("identity policy, not delegated", (), Says.ALLOW),
    Situation("identity policy, all but this delegated", (Statement.DELEGATES_OTHERS,), Says.ALLOW),
    Situation("key policy", (CALLER,)),
    Situation("key policy allows everyone", (Statement.EVERYONE,)),
    Situation("denied by the key policy", (DELEGATES, CALLER, DENIES), Says.ALLOW),
    Situation("denied by an identity policy", (DELEGATES, CALLER), Says.DENY),
    Situation("denied by the boundary", (DELEGATES, CALLER), Says.ALLOW, boundary=Says.DENY),
    Situation("boundary is silent, identity policy", (DELEGATES,), Says.ALLOW, boundary=Says.OTHERS),
    Situation("boundary is silent, key policy", (CALLER,), boundary=Says.OTHERS),
    Situation("boundary and identity policy", (DELEGATES,), Says.ALLOW, boundary=Says.ALLOW),
    Situation("boundary alone", (DELEGATES,), boundary=Says.ALLOW),
    Situation("grant", grant=Granted.ALL),
    Situation("grant for everything else", grant=Granted.OTHERS),
    Situation("grant, denied by the key policy", (DENIES,), grant=Granted.ALL),
    Situation("grant, denied by an identity policy", identity=Says.DENY, grant=Granted.ALL),
    Situation("grant, equal context", grant=Granted.ALL, constraint="Equals"),
    Situation("grant, context not equal", grant=Granted.ALL, constraint="Equals", fits=False),
    Situation("grant, context contained", grant=Granted.ALL, constraint="Subset"),
    Situation("grant, context not contained", grant=Granted.ALL, constraint="Subset", fits=False),
    Situation("grant token of somebody else", grant=Granted.SOMEBODY_ELSE),
    Situation("other account, both sides", (Statement.ACCOUNT,), Says.ALLOW, foreign=True),
    Situation("other account, caller named, both sides", (CALLER,), Says.ALLOW, foreign=True),
    Situation("other account, key policy only", (CALLER,), foreign=True),
    Situation("other account, everyone allowed", (Statement.EVERYONE,), foreign=True),
    Situation("other account, identity policy only", (DELEGATES,), Says.ALLOW, foreign=True),
    Situation("other account, neither side", foreign=True),
    Situation("other account, grant", grant=Granted.ALL, foreign=True),
    Situation("other account, denied by the key policy", (CALLER, DENIES), Says.ALLOW, foreign=True),
    Situation("session, identity policy", (DELEGATES,), Says.ALLOW, role=True),
    Situation("session, key policy for the role", (Statement.ROLE,), role=True),
    Situation("session, key policy for the session", (CALLER,), role=True),
    Situation("session policy and identity policy", (DELEGATES,), Says.ALLOW, session=Says.ALLOW, role=True),
    Situation("session policy alone", (DELEGATES,), session=Says.ALLOW, role=True),
    Situation("session policy is silent, identity policy", (DELEGATES,), Says.ALLOW, session=Says.OTHERS, role=True),
    Situation("session policy is silent, key policy for the role", (Statement.ROLE,), session=Says.OTHERS, role=True),
    Situation("session policy is silent, key policy for the session", (CALLER,), session=Says.OTHERS, role=True),
    Situation("denied by the session policy", (DELEGATES, CALLER), Says.ALLOW, session=Says.DENY, role=True),
    Situation("denied by the boundary of the role", (DELEGATES, CALLER), Says.ALLOW, boundary=Says.DENY, role=True),
    Situation(
        "boundary of the role is silent, key policy for the role", (Statement.ROLE,), boundary=Says.OTHERS, role=True
    ),
    Situation(
        "expired session", (DELEGATES, CALLER), Says.ALLOW, role=True, credentials=Credentials.EXPIRED
    ),
    Situation("inactive access key", (DELEGATES, CALLER), Says.ALLOW, credentials=Credentials.INACTIVE),
)


def has_deny(action, situation):
    """An explicit Deny somewhere. A key policy has a say only where there is a key."""
    of_caller = Says.DENY in (situation.identity, situation.boundary, situation.session)
    return of_caller or (action.where is not Where.ACCOUNT and DENIES in situation.key_policy)


def within_limits(situation):
    """Boundary and session policy allow what they limit."""
    return Says.OTHERS not in (situation.boundary, situation.session)


def by_identity(situation):
    return situation.identity is Says.ALLOW and within_limits(situation)


def by_grant(action, situation):
    if situation.grant is not Granted.ALL or not action.grantable:
        return False
    if action.constrained is Constrained.NEVER or situation.constraint is None:
        return True
    return situation.fits


def by_key(action, situation):
    """The key's side: its policy, what that enables, or a grant."""
    named = {CALLER, Statement.EVERYONE} & set(situation.key_policy)
    if situation.foreign:
        # Both sides must agree; a grant is an agreement of both.
        trusted = named or Statement.ACCOUNT in situation.key_policy
        return action.across and (by_grant(action, situation) or (bool(trusted) and by_identity(situation)))
    # A boundary and a session policy do not limit what is given to a user or a session by name, only what its role has.
    if named or (Statement.ROLE in situation.key_policy and within_limits(situation)):
        return True
    return (DELEGATES in situation.key_policy and by_identity(situation)) or by_grant(action, situation)


def allowed(action, situation):
    if action.where is Where.ACCOUNT:
        return by_identity(situation) and not (situation.foreign and action.name in OF_THE_OWNER)
    if action.where in (Where.ALIAS, Where.REPLICA):
        return by_identity(situation) and by_key(action, situation)
    if action.where is Where.GRANT:
        # Who may: the grantee if the grant says so, and the account in which the grant was made, which can leave it to
        # identity policies. No key policy allows it.
        return by_grant(action, situation) or (not situation.foreign and by_identity(situation))
    return by_key(action, situation)


def possible(action, situation):
    """There can be such a situation: its grant is one that a key of the action's kind can have."""
    return situation.constraint is None or action.constrained is not Constrained.IMPOSSIBLE


def expected(action, situation):
    """The name of the error; None when the call is allowed. Of what is possible."""
    if situation.credentials is not Credentials.VALID:
        return situation.credentials.value
    if situation.foreign and action.name in OF_NOBODY:
        return "NotFoundException"
    return None if not has_deny(action, situation) and allowed(action, situation) else DENIED
