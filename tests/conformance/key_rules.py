"""What becomes of a call on a KMS key, by the action, the key's spec, usage, state and origin, as AWS documents it.
Worked out from the documentation alone; nothing here looks at the server.

Sources: KMS Developer Guide, "Key states of AWS KMS keys", "Key spec reference", "Rotate AWS KMS keys", "Importing
key material", "Multi-Region keys"; API pages of the actions; answers of AWS that others recorded. Where these are
silent, DECISIONS says what was decided; the published table, docs/key-matrix.md, shows it.
"""

import dataclasses
import enum

# What can be created.

SYMMETRIC, ASYMMETRIC, HMAC = "symmetric encryption", "asymmetric", "HMAC"
ENCRYPT, SIGN, AGREE, MAC = "ENCRYPT_DECRYPT", "SIGN_VERIFY", "KEY_AGREEMENT", "GENERATE_VERIFY_MAC"
USAGES = (ENCRYPT, SIGN, AGREE, MAC)
AWS_KMS, EXTERNAL, AWS_CLOUDHSM, EXTERNAL_KEY_STORE = "AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"
ORIGINS = (AWS_KMS, EXTERNAL, AWS_CLOUDHSM, EXTERNAL_KEY_STORE)
OAEP = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
RSASSA = tuple(f"RSASSA_{padding}_SHA_{bits}" for padding in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512))
ECDH = ("ECDH",)


@dataclasses.dataclass(frozen=True)
class Spec:
    name: str
    type: str
    algorithms: dict  # by usage, in the order of DescribeKey
    imports: bool = True  # keys of it can have the origin EXTERNAL
    region: str | None = None  # where it is to be had, when not everywhere

    def __hash__(self):
        return hash(self.name)


def rsa(bits):
    return Spec(f"RSA_{bits}", ASYMMETRIC, {ENCRYPT: OAEP, SIGN: RSASSA})


def nist(bits, hash_bits):
    return Spec(f"ECC_NIST_P{bits}", ASYMMETRIC, {SIGN: (f"ECDSA_SHA_{hash_bits}",), AGREE: ECDH})


def signing(name, *algorithms, **more):
    return Spec(name, ASYMMETRIC, {SIGN: algorithms}, **more)


SPECS = (
    Spec("SYMMETRIC_DEFAULT", SYMMETRIC, {ENCRYPT: ("SYMMETRIC_DEFAULT",)}),
    *(rsa(bits) for bits in (2048, 3072, 4096)),
    *(nist(bits, hash_bits) for bits, hash_bits in ((256, 256), (384, 384), (521, 512))),
    signing("ECC_SECG_P256K1", "ECDSA_SHA_256"),
    signing("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", "ED25519_PH_SHA_512"),
    *(signing(f"ML_DSA_{level}", "ML_DSA_SHAKE_256", imports=False) for level in (44, 65, 87)),
    *(Spec(f"HMAC_{bits}", HMAC, {MAC: (f"HMAC_SHA_{bits}",)}) for bits in (224, 256, 384, 512)),
    Spec("SM2", ASYMMETRIC, {ENCRYPT: ("SM2PKE",), SIGN: ("SM2DSA",), AGREE: ECDH}, region="cn-north-1"),
)
# What the server does not have yet: of these only CreateKey is asked, which refuses.
SPECS_NOT_BUILT = frozenset()
ORIGINS_NOT_BUILT = frozenset({AWS_CLOUDHSM, EXTERNAL_KEY_STORE})


def algorithms_for(usage):
    """Every algorithm of a usage, whatever spec has it."""
    return tuple(dict.fromkeys(one for spec in SPECS for one in spec.algorithms.get(usage, ())))


@dataclasses.dataclass(frozen=True)
class Kind:
    spec: Spec
    usage: str

    @property
    def algorithms(self):
        return self.spec.algorithms[self.usage]

    @property
    def is_symmetric(self):
        return self.spec.type == SYMMETRIC

    def __str__(self):
        return f"{self.spec.name} {self.usage}"


KINDS = tuple(Kind(spec, usage) for spec in SPECS if spec.name not in SPECS_NOT_BUILT for usage in spec.algorithms)

# In what condition a key is.


class State(enum.Enum):
    ENABLED = "Enabled"
    DISABLED = "Disabled"
    PENDING_DELETION = "PendingDeletion"
    PENDING_REPLICA_DELETION = "PendingReplicaDeletion"
    PENDING_IMPORT = "PendingImport"
    CREATING = "Creating"
    UPDATING = "Updating"


class Material(enum.Enum):
    """Of an EXTERNAL key."""

    THERE = "imported"
    NEVER = "never imported"
    DELETED = "deleted"
    EXPIRED = "expired"


class Place(enum.Enum):
    """Among keys in several Regions."""

    SINGLE = "single-Region"
    PRIMARY = "primary"
    REPLICA = "replica"


@dataclasses.dataclass(frozen=True)
class Condition:
    origin: str
    state: State
    material: Material = Material.THERE
    place: Place = Place.SINGLE

    def __str__(self):
        lacking = "" if self.material is Material.THERE else f", {self.material.value}"
        place = "" if self.place is Place.SINGLE else f"{self.place.value} "
        return f"{self.origin} {place}{self.state.value}{lacking}"

    @property
    def is_primary(self):
        """Of the keys of a promotion neither is, until it is over; their place is what they were before."""
        return self.place is Place.PRIMARY and self.state is not State.UPDATING

    def fits(self, kind):
        # Replicas are made in Regions that have only what is to be had everywhere.
        at_home = self.place is Place.SINGLE or kind.spec.region is None
        return at_home and (self.origin != EXTERNAL or kind.spec.imports)


ENABLED = Condition(AWS_KMS, State.ENABLED)
# Creating and Updating last as long as the test likes: what the keys owe each other is held back.
CONDITIONS = (
    ENABLED,
    Condition(AWS_KMS, State.DISABLED),
    Condition(AWS_KMS, State.PENDING_DELETION),
    Condition(EXTERNAL, State.ENABLED),
    Condition(EXTERNAL, State.DISABLED),
    Condition(EXTERNAL, State.PENDING_DELETION),
    Condition(EXTERNAL, State.PENDING_IMPORT, Material.NEVER),
    Condition(EXTERNAL, State.PENDING_IMPORT, Material.DELETED),
    Condition(EXTERNAL, State.PENDING_IMPORT, Material.EXPIRED),
    # A deletion was cancelled, or is asked for, before there was material.
    Condition(EXTERNAL, State.DISABLED, Material.NEVER),
    Condition(EXTERNAL, State.PENDING_DELETION, Material.NEVER),
    # With a replica.
    Condition(AWS_KMS, State.ENABLED, place=Place.PRIMARY),
    Condition(AWS_KMS, State.DISABLED, place=Place.PRIMARY),
    Condition(AWS_KMS, State.PENDING_REPLICA_DELETION, place=Place.PRIMARY),
    Condition(AWS_KMS, State.ENABLED, place=Place.REPLICA),
    Condition(EXTERNAL, State.ENABLED, place=Place.PRIMARY),
    Condition(EXTERNAL, State.PENDING_IMPORT, Material.DELETED, Place.PRIMARY),
    Condition(EXTERNAL, State.ENABLED, place=Place.REPLICA),
    Condition(EXTERNAL, State.PENDING_IMPORT, Material.NEVER, Place.REPLICA),
    Condition(AWS_KMS, State.CREATING, place=Place.REPLICA),
    Condition(EXTERNAL, State.CREATING, Material.NEVER, Place.REPLICA),
    # While the one is to take the place of the other.
    Condition(AWS_KMS, State.UPDATING, place=Place.PRIMARY),
    Condition(AWS_KMS, State.UPDATING, place=Place.REPLICA),
    Condition(EXTERNAL, State.UPDATING, place=Place.PRIMARY),
    Condition(EXTERNAL, State.UPDATING, place=Place.REPLICA),
)

# How a call can end.


@dataclasses.dataclass(frozen=True)
class Outcome:
    code: str  # in the published table
    error: str | None = None
    message: str | None = None  # None: AWS's text is not known


def state_error(code, words, error="KMSInvalidStateException"):
    return Outcome(code, error, f"{{arn}} is {words}.")


def unsupported(code, message=None):
    return Outcome(code, "UnsupportedOperationException", message)


YES = Outcome("yes")
IS_DISABLED = state_error("disabled", "disabled", "DisabledException")
IS_PENDING_DELETION = state_error("deletion", "pending deletion")
IS_PENDING_REPLICA_DELETION = state_error("replica deletion", "pending replica deletion")
IS_NOT_PENDING_DELETION = state_error("no deletion", "not pending deletion")
IS_PENDING_IMPORT = state_error("import", "pending import")
IS_CREATING = state_error("creating", "creating")
IS_UPDATING = state_error("updating", "updating")
WRONG_USAGE = Outcome(
    "usage", "InvalidKeyUsageException", "{arn} key usage is {usage} which is not valid for {action}."
)
WRONG_ALGORITHM = Outcome(
    "algorithm", "InvalidKeyUsageException", "Algorithm {algorithm} is incompatible with key spec {spec}."
)
WRONG_KEY = Outcome(
    "key",
    "IncorrectKeyException",
    "The key ID in the request does not identify a CMK that can perform this operation.",
)
WRONG_ORIGIN = unsupported("origin", "{arn} origin is {origin} which is not valid for this operation.")
WRONG_SPEC = unsupported("spec")
NOT_A_PRIMARY_KEY = unsupported("primary", "{arn} is not a multi-region primary key.")
NOTHING_TO_ROTATE_TO = Outcome(
    "none pending", "KMSInvalidStateException", "No available key material pending rotation for the key: {arn}."
)
NOT_GRANTABLE = Outcome("grant", "ValidationException")
OUTCOMES = (
    YES, IS_DISABLED, IS_PENDING_DELETION, IS_PENDING_REPLICA_DELETION, IS_NOT_PENDING_DELETION, IS_PENDING_IMPORT,
    IS_CREATING, IS_UPDATING, WRONG_USAGE, WRONG_ALGORITHM, WRONG_KEY, WRONG_ORIGIN, WRONG_SPEC, NOT_A_PRIMARY_KEY,
    NOTHING_TO_ROTATE_TO, NOT_GRANTABLE,
)  # fmt: skip

# The table of the page "Key states of AWS KMS keys", with the numbers of its footnotes: what they say of states is
# below, what they say of kinds of keys (6, 7, 9) is in unfit(). `-`: such a key has no such state.
STATES = (
    State.ENABLED, State.DISABLED, State.PENDING_DELETION, State.PENDING_IMPORT, State.CREATING, State.UPDATING
)  # fmt: skip
USED = "Y 1 3 5 14 Y"
SHOWN = "Y Y Y Y Y Y"
EDITED = "Y Y 3 Y Y Y"
BY_STATE = {
    "CancelKeyDeletion": "4 4 Y 4 4 4",
    "CreateAlias": EDITED,
    "CreateGrant": USED,
    "Decrypt": USED,
    "DeleteAlias": SHOWN,
    "DeleteImportedKeyMaterial": "Y Y Y Y 14 15",
    "DeriveSharedSecret": USED,
    "DescribeKey": SHOWN,
    "DisableKey": "Y Y 3 5 14 15",
    "DisableKeyRotation": "Y 1 3 6 14 Y",
    "EnableKey": "Y Y 3 5 14 15",
    "EnableKeyRotation": "Y 1 3 6 14 Y",
    "Encrypt": USED,
    "GenerateDataKey": USED,
    "GenerateDataKeyPair": USED,
    "GenerateDataKeyPairWithoutPlaintext": USED,
    "GenerateDataKeyWithoutPlaintext": USED,
    "GenerateMac": USED,
    "GetKeyLastUsage": SHOWN,
    "GetKeyPolicy": SHOWN,
    "GetKeyRotationStatus": "Y Y Y 6 Y Y",
    "GetParametersForImport": "Y Y 3 Y 14 15",
    "GetPublicKey": "Y Y 3 Y 14 Y",
    "ImportKeyMaterial": "Y Y 3 Y 14 Y",
    "ListAliases": SHOWN,
    "ListGrants": SHOWN,
    "ListKeyPolicies": SHOWN,
    "ListKeyRotations": SHOWN,
    "ListResourceTags": SHOWN,
    "PutKeyPolicy": SHOWN,
    "ReEncrypt": USED,
    "ReplicateKey": "Y 1 3 5 14 15",
    "RetireGrant": SHOWN,
    "RevokeGrant": SHOWN,
    "RotateKeyOnDemand": "Y 1 3 5 14 Y",
    "ScheduleKeyDeletion": "Y Y 3 Y Y 15",
    "Sign": USED,
    "TagResource": EDITED,
    "UntagResource": EDITED,
    "UpdateAlias": EDITED,
    "UpdateKeyDescription": EDITED,
    "UpdatePrimaryRegion": USED,
    "Verify": USED,
    "VerifyMac": USED,
}
FOOTNOTES = {
    "Y": YES,
    "1": IS_DISABLED,
    "3": IS_PENDING_DELETION,
    "4": IS_NOT_PENDING_DELETION,
    "5": IS_PENDING_IMPORT,
    "6": WRONG_ORIGIN,
    "14": IS_CREATING,
    "15": IS_UPDATING,
}

# What the documentation leaves open, and what was decided.
DECISIONS = (
    "Of several errors the one about the key's kind (usage, algorithm, spec, origin) comes before the one about "
    "its state: the footnotes on kinds stand in the columns of states, too. Except RotateKeyOnDemand, which AWS "
    "was seen to answer with `is pending import` for an RSA key.",
    "Cryptographic operations on a key pending deletion get KMSInvalidStateException; the page leaves the choice "
    "between that and DisabledException open.",
    "A symmetric ciphertext names its key. When KeyId (SourceKeyId) names another, of whatever kind and in "
    "whatever state, that is IncorrectKeyException, as AWS was seen to answer; it comes first.",
    "GetPublicKey of an EXTERNAL key whose material was never imported is refused as pending import, though the "
    "page allows it in that state: there is no public key. After material was deleted or has expired there still "
    "is, and a replica knows that of its primary key.",
    "UpdatePrimaryRegion needs material in both Regions.",
    "While a promotion is on its way both keys are replica keys, as the page says that DescribeKey can show them: what is "
    "for primary keys alone (their rotation, another promotion) is UnsupportedOperationException for both. ReplicateKey "
    "is told that they are updating, as the page on states has it.",
    "ListKeyRotations of asymmetric and HMAC keys is UnsupportedOperationException; GetKeyRotationStatus says of them "
    "that they do not rotate, which is what clients such as Terraform ask of every key.",
    "EXTERNAL keys have no automatic rotation: EnableKeyRotation and DisableKeyRotation are "
    "UnsupportedOperationException in every state. GetKeyRotationStatus is only in PendingImport.",
    "An operation that a grant cannot have on keys of the kind, or a constraint on a key that is not a symmetric "
    "encryption key, is ValidationException whatever the state.",
    "ImportKeyMaterial into a disabled key leaves it disabled. EnableKey of a key without material makes it "
    "PendingImport.",
    "DeleteImportedKeyMaterial of a key that has none succeeds and changes nothing, also when it is disabled.",
    "ML-DSA with the origin EXTERNAL is UnsupportedOperationException; a usage that the spec does not have is "
    "told first.",
)


@dataclasses.dataclass(frozen=True)
class Variant:
    """A way to call an action."""

    action: str
    algorithm: str | None = None
    # Which of ReEncrypt's keys is meant, how Decrypt is told, or what a grant would allow.
    role: str | None = None

    def __str__(self):
        return " ".join(one for one in (self.action, self.role, self.algorithm) if one)


TO, FROM, TOLD_BY_CIPHERTEXT, FROM_CIPHERTEXT = "to", "from", "by the ciphertext alone", "from, by the ciphertext alone"
AWAY = "away"
CONSTRAINED = "with a constraint"
# The operations a grant can have: Developer Guide, "Grants", besides what it can have on every key.
USES = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo")
DATA_KEYS = tuple(f"GenerateDataKey{pair}{without}" for pair in ("", "Pair") for without in ("", "WithoutPlaintext"))
EVERY_KEY = ("DescribeKey", "CreateGrant", "RetireGrant")


def grantable(kind):
    if kind.is_symmetric:
        return EVERY_KEY + USES + DATA_KEYS
    of_usage = {
        ENCRYPT: USES,
        SIGN: ("Sign", "Verify"),
        AGREE: ("DeriveSharedSecret",),
        MAC: ("GenerateMac", "VerifyMac"),
    }
    return EVERY_KEY + of_usage[kind.usage] + (("GetPublicKey",) if kind.spec.type == ASYMMETRIC else ())


# What an action does with an algorithm: the usage it is of. Those of data keys have no choice.
USAGE_OF = {
    "Encrypt": ENCRYPT, "Decrypt": ENCRYPT, "ReEncrypt": ENCRYPT, "Sign": SIGN, "Verify": SIGN, "GenerateMac": MAC,
    "VerifyMac": MAC, "DeriveSharedSecret": AGREE,
}  # fmt: skip
FOR_SYMMETRIC_KEYS = frozenset({*DATA_KEYS})


def variants(action):
    if action == "CreateGrant":
        operations = dict.fromkeys(one for kind in KINDS for one in grantable(kind))
        return tuple(Variant(action, role=one) for one in (*operations, CONSTRAINED))
    if action == "UpdateAlias":
        return Variant(action, role=TO), Variant(action, role=AWAY)
    if action not in USAGE_OF:
        return (Variant(action),)
    roles = {"ReEncrypt": (TO, FROM)}.get(action, (None,))
    found = [Variant(action, one, role) for role in roles for one in algorithms_for(USAGE_OF[action])]
    if action in ("Decrypt", "ReEncrypt"):
        role = TOLD_BY_CIPHERTEXT if action == "Decrypt" else FROM_CIPHERTEXT
        found.append(Variant(action, "SYMMETRIC_DEFAULT", role))
    return tuple(found)


def possible(variant, kind, condition):
    """Whether there can be such a call: its key can be, and have what is asked for."""
    if not condition.fits(kind):
        return False
    if variant.role in (TOLD_BY_CIPHERTEXT, FROM_CIPHERTEXT):
        return kind.is_symmetric and condition.material is not Material.NEVER
    if variant.action in ("RetireGrant", "RevokeGrant"):
        # Grants are made on enabled keys.
        return condition.material is not Material.NEVER and condition.state is not State.CREATING
    return True


def asked(variant, kind, condition):
    """Whether the call is one of the matrix: of algorithms that the key does not have, and of operations that can or
    cannot be granted on it, one each stands for all in every condition but ENABLED. Another one for each kind."""
    if not possible(variant, kind, condition):
        return False
    if condition == ENABLED or variant.role == CONSTRAINED:
        return True
    if variant.action == "CreateGrant":
        alike = [one for one in variants("CreateGrant") if is_grantable(one, kind) == is_grantable(variant, kind)]
        alike = [one for one in alike if one.role != CONSTRAINED]
    elif variant.algorithm in (None, "SYMMETRIC_DEFAULT", *kind.algorithms):
        return True
    else:
        others = [one for one in variants(variant.action) if one.role == variant.role]
        alike = [one for one in others if one.algorithm not in ("SYMMETRIC_DEFAULT", *kind.algorithms)]
    return variant == alike[KINDS.index(kind) % len(alike)]


def is_grantable(variant, kind):
    return variant.role in grantable(kind)


def reads_ciphertext(variant):
    return variant.action == "Decrypt" or (variant.action == "ReEncrypt" and variant.role != TO)


def unfit_for_algorithm(algorithm, usage, kind):
    if kind.usage != usage:
        return WRONG_USAGE
    return None if algorithm in kind.algorithms else WRONG_ALGORITHM


def unfit(variant, kind, condition):
    """What is wrong with the kind of the key, whatever its state; None when nothing is."""
    action = variant.action
    if action in USAGE_OF:
        is_named_otherwise = not kind.is_symmetric or condition.material is Material.NEVER
        if reads_ciphertext(variant) and variant.algorithm == "SYMMETRIC_DEFAULT" and is_named_otherwise:
            return WRONG_KEY
        return unfit_for_algorithm(variant.algorithm, USAGE_OF[action], kind)
    if action in FOR_SYMMETRIC_KEYS:
        return unfit_for_algorithm("SYMMETRIC_DEFAULT", ENCRYPT, kind)
    if action == "CreateGrant":
        possible_operation = kind.is_symmetric if variant.role == CONSTRAINED else variant.role in grantable(kind)
        return None if possible_operation else NOT_GRANTABLE
    if action == "GetPublicKey":
        return None if kind.spec.type == ASYMMETRIC else WRONG_SPEC
    if action in ("GetParametersForImport", "ImportKeyMaterial", "DeleteImportedKeyMaterial"):
        return None if condition.origin == EXTERNAL else WRONG_ORIGIN
    if action == "ReplicateKey" and condition.state is State.UPDATING:
        return None
    if action in ("ReplicateKey", "UpdatePrimaryRegion"):
        return None if condition.is_primary else NOT_A_PRIMARY_KEY
    return unfit_for_rotation(action, kind, condition) if "Rotat" in action else None


def unfit_for_rotation(action, kind, condition):
    if action == "GetKeyRotationStatus":
        return None
    if not kind.is_symmetric:
        return WRONG_SPEC
    if action == "ListKeyRotations":
        return None
    if condition.place is not Place.SINGLE and not condition.is_primary:
        return NOT_A_PRIMARY_KEY
    return None if condition.origin == AWS_KMS or action == "RotateKeyOnDemand" else WRONG_ORIGIN


def by_state(variant, condition):
    state = condition.state
    if variant.action == "UpdateAlias" and variant.role == AWAY:
        return YES
    if state is State.PENDING_REPLICA_DELETION:
        found = by_state(variant, dataclasses.replace(condition, state=State.PENDING_DELETION))
        return IS_PENDING_REPLICA_DELETION if found is IS_PENDING_DELETION else found
    if variant.action == "GetPublicKey" and condition.material is Material.NEVER and condition.place is not Place.REPLICA:
        if state in (State.PENDING_IMPORT, State.DISABLED):
            return IS_PENDING_IMPORT
    return FOOTNOTES[BY_STATE[variant.action].split()[STATES.index(state)]]


def expected(variant, kind, condition):
    """How a call ends. Of what is possible."""
    state_first = variant.action == "RotateKeyOnDemand" and condition.state is State.PENDING_IMPORT
    found = None if state_first else unfit(variant, kind, condition)
    found = found or by_state(variant, condition)
    if found is YES and variant.action == "RotateKeyOnDemand" and condition.origin == EXTERNAL:
        return NOTHING_TO_ROTATE_TO
    return found


def state_after(variant, condition):
    """The state of the key after a call that succeeded: the page "Key states of AWS KMS keys", the drawing."""
    state, material = condition.state, condition.material
    nothing_there = material is not Material.THERE
    match variant.action:
        case "CancelKeyDeletion" | "DisableKey":
            return State.DISABLED
        case "EnableKey":
            return State.PENDING_IMPORT if nothing_there else State.ENABLED
        case "ScheduleKeyDeletion" if condition.place is Place.PRIMARY:
            return State.PENDING_REPLICA_DELETION
        case "ScheduleKeyDeletion":
            return State.PENDING_DELETION
        case "UpdatePrimaryRegion":
            return State.UPDATING
        case "ImportKeyMaterial":
            return State.ENABLED if state is State.PENDING_IMPORT else state
        case "DeleteImportedKeyMaterial" if state in (State.ENABLED, State.DISABLED) and not nothing_there:
            return State.PENDING_IMPORT
    return state
