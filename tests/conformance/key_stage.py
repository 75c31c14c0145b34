"""Keys of every kind in every condition of key_rules.py, on a server of their own, and the calls on each."""

import base64
import dataclasses
import datetime
import itertools
import time

import key_rules as rules
import sm2
from actions import ACTIONS_ACROSS_REGIONS, FOREVER, ROOT, TEXT, b64, default_policy, valid_parameters
from claviger_server import PATIENCE_SECONDS
from control import Control
from key_rules import ENABLED, EXTERNAL, FROM, TO, Kind, Material, Place, State
from test_imported_keys import material_of, wrap

# What a call could have changed, each with the member that tells, and a part of the names of the actions after whose
# calls it is looked at. All of it is looked at in the end.
SHOWN = {
    "DescribeKey": ("KeyMetadata", ""),
    "GetKeyPolicy": ("Policy", "Policy"),
    "ListResourceTags": ("Tags", "Resource"),
    "ListAliases": ("Aliases", "Alias"),
    "ListGrants": ("Grants", "Grant"),
    "GetKeyRotationStatus": (None, "Rotat"),
    "ListKeyRotations": ("Rotations", "Rotat"),
}
# What the condition of a key has no part in.
LASTING = ("GetKeyPolicy", "ListResourceTags", "ListAliases", "ListGrants")
# Long enough for what is to be done with the material until then, and so short that import tokens stay valid.
EXPIRY_SECONDS = 600
# Where primary keys have their replica, and where they have none.
REPLICA_REGION = "eu-west-1"
# The latter of a key that is in the former already.
OTHER_REGION, THIRD_REGION = "ap-southeast-2", "ap-northeast-1"
# Of the replicas that are not to last.
SPARE_REGION = "ca-central-1"
OTHER_IN_CHINA = "cn-northwest-1"
TAG = {"TagKey": "k", "TagValue": "v"}


def wait_for(question):
    """Asks until the answer is true, and gives it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (answer := question()):
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.01)
    return answer


def done(reply):
    assert reply.status == 200, reply
    return reply.json if reply.body else None


def wrapping_of(kind):
    # Not to be had in China, where a private key is short.
    by_two_keys = kind.spec.type == rules.ASYMMETRIC and kind.spec.region is None
    return {
        "WrappingAlgorithm": "RSA_AES_KEY_WRAP_SHA_256" if by_two_keys else "RSAES_OAEP_SHA_256",
        "WrappingKeySpec": "RSA_2048",
    }


class Family:
    """A primary key, with its material, and its replicas."""

    def __init__(self, stage, kind, origin):
        self.stage, self.kind, self.origin = stage, kind, origin
        self.primary, self.replica = (stage.server.raw(region=one) for one in (kind.spec.region, REPLICA_REGION))
        made = done(self.primary.call("CreateKey", stage.creation(kind, origin) | {"MultiRegion": True}))
        self.key = made["KeyMetadata"]["KeyId"]
        self.parameters, self.replicated, self.promoted = {}, set(), False
        if origin == EXTERNAL:
            # Only an enabled key can be replicated. Its material does not go with it.
            self.import_into(self.primary)

    def describe(self, raw):
        return done(raw.call("DescribeKey", {"KeyId": self.key}))["KeyMetadata"]

    def import_parameters(self, raw):
        """The same for all imports into the key of a Region."""
        if raw not in self.parameters:
            self.parameters[raw] = self.stage.import_parameters(raw, self.kind, self.key)
        return self.parameters[raw]

    def import_into(self, raw):
        done(raw.call("ImportKeyMaterial", {"KeyId": self.key, **self.import_parameters(raw), **FOREVER}))

    def replicate(self, region, stays_creating=False):
        """The metadata of the replica there, which is made if it has to be."""
        replica = self.stage.server.raw(region=region)
        if region not in self.replicated:
            if stays_creating:
                self.stage.hold(self.key)
            done(self.primary.call("ReplicateKey", {"KeyId": self.key, "ReplicaRegion": region, "Tags": [TAG]}))
            self.replicated.add(region)

        def is_made():
            metadata = done(replica.call("DescribeKey", {"KeyId": self.key}))["KeyMetadata"]
            return metadata if (metadata["KeyState"] == "Creating") == stays_creating else None

        return wait_for(is_made)

    def promote(self):
        """The replica, for as long as the test likes."""
        if not self.promoted:
            self.stage.hold(self.key)
            done(self.primary.call("UpdatePrimaryRegion", {"KeyId": self.key, "PrimaryRegion": REPLICA_REGION}))
            self.promoted = True

    def bring_back(self):
        """After a promotion that was not held: makes the primary key the primary key again."""

        def is_over(is_primary):
            both = [self.describe(raw) for raw in (self.primary, self.replica)]
            types = [one["MultiRegionConfiguration"]["MultiRegionKeyType"] for one in both]
            is_quiet = all(one["KeyState"] == "Enabled" for one in both)
            return is_quiet and types == (["PRIMARY", "REPLICA"] if is_primary else ["REPLICA", "PRIMARY"])

        wait_for(lambda: is_over(False))
        home = self.kind.spec.region or self.stage.server.region
        done(self.replica.call("UpdatePrimaryRegion", {"KeyId": self.key, "PrimaryRegion": home}))
        wait_for(lambda: is_over(True))


class Subject:
    """A key of a kind in a condition, with what calls on it need. Once all calls of a condition were made it goes on to
    another: making keys, and what wraps their material, takes most of the time."""

    def __init__(self, stage, kind, condition, replica_region=REPLICA_REGION):
        self.stage, self.kind, self.condition = stage, kind, condition
        self.region = replica_region if condition.place is Place.REPLICA else kind.spec.region
        self.raw = stage.server.raw(region=self.region)
        self.family, self.products, self.grants, self.own_import = None, {}, {}, {}
        self.metadata = self._create() if condition.place is Place.SINGLE else self._join_family()
        self.arn = self.metadata["Arn"]
        if condition.origin == EXTERNAL and condition.material is not Material.NEVER and not self.has_material():
            self.import_material()
        self._equip()

    def become(self, condition):
        """Of the same origin and place, from whatever condition it was in, and as if it had been made for this one."""
        self.condition = condition
        if self.state() in (State.PENDING_DELETION, State.PENDING_REPLICA_DELETION):
            self.call("CancelKeyDeletion", KeyId=self.arn)
        if condition.origin == EXTERNAL and condition.material is not Material.NEVER:
            if condition.material is Material.EXPIRED or not self.has_material():
                self.import_material()
        if self.state() is State.DISABLED:
            self.call("EnableKey", KeyId=self.arn)
        # What would be changed by a call that should be refused must not be so already.
        self.call("TagResource", KeyId=self.arn, Tags=[TAG])
        self.call("UpdateKeyDescription", KeyId=self.arn, Description="")
        if self.kind.is_symmetric and condition.origin == rules.AWS_KMS and condition.place is not Place.REPLICA:
            self.call("DisableKeyRotation", KeyId=self.arn)
        self._equip()

    def _equip(self):
        """With what can only be made before it is in its condition, and puts it there."""
        number = next(self.stage.numbers)
        self.aliases = {one: f"alias/matrix/{number}/{one}" for one in ("kept", "moved", "deleted")}
        if self.condition.material is not Material.NEVER:
            self._furnish()
        for alias in self.aliases.values():
            self.call("CreateAlias", AliasName=alias, TargetKeyId=self.arn)
        _ = self.import_parameters  # made now, since not every condition lets them be made
        self._enter()
        self.shown = self.look(SHOWN)

    @property
    def source(self):
        """By which the key can be used that this one is, or will be when it is made."""
        return self.family.primary if self.condition.state is State.CREATING else self.raw

    def call(self, action, **parameters):
        return done(self.raw.call(action, parameters))

    def _create(self):
        made = self.call("CreateKey", **self.stage.creation(self.kind, self.condition.origin))["KeyMetadata"]
        self.stage.made.setdefault((self.kind, self.condition.origin), made)
        return made

    def _join_family(self):
        """As the primary key, or as a replica."""
        is_creating = self.condition.state is State.CREATING
        self.family = self.stage.family(self.kind, self.condition.origin, self.region if is_creating else None)
        if self.condition.place is Place.REPLICA:
            return self.family.replicate(self.region, is_creating)
        self.family.replicate(REPLICA_REGION)
        if self.condition.origin == EXTERNAL and "ExpirationModel" not in self.family.describe(self.family.replica):
            self.family.import_into(self.family.replica)
        return self.family.describe(self.raw)

    @property
    def import_parameters(self):
        """The same for all imports, so that what is wrong with a call is the condition; none where there is no import."""
        if self.condition.origin != EXTERNAL:
            return {}
        if self.family:
            return self.family.import_parameters(self.source)
        if not self.own_import:
            self.own_import = self.stage.import_parameters(self.raw, self.kind, self.arn)
        return self.own_import

    def _furnish(self):
        """What can only be made while the key is usable."""
        if self.kind.is_symmetric and "SYMMETRIC_DEFAULT" not in self.products:
            made = done(self.source.call("Encrypt", {"KeyId": self.metadata["KeyId"], "Plaintext": TEXT}))
            self.products["SYMMETRIC_DEFAULT"] = made["CiphertextBlob"]
        if self.condition.state is State.CREATING:
            return
        for action in ("RetireGrant", "RevokeGrant"):
            grantee = self.local(ROOT)
            made = self.call("CreateGrant", KeyId=self.arn, GranteePrincipal=grantee, Operations=["DescribeKey"])
            self.grants[action] = made["GrantId"]

    def import_material(self):
        """To go as the condition has it."""
        expires = self.condition.material is Material.EXPIRED
        expiration = self.stage.expiration() if expires else FOREVER
        self.call("ImportKeyMaterial", KeyId=self.arn, **self.import_parameters, **expiration)

    def _enter(self):
        """From enabled, or without material, into the condition."""
        state, material = self.condition.state, self.condition.material
        if material is Material.DELETED:
            self.call("DeleteImportedKeyMaterial", KeyId=self.arn)
        elif material is Material.EXPIRED and self.has_material():
            self.stage.let_expire()
        elif state is State.DISABLED and material is Material.NEVER:
            self.call("ScheduleKeyDeletion", KeyId=self.arn)
            self.call("CancelKeyDeletion", KeyId=self.arn)
        elif state is State.DISABLED:
            self.call("DisableKey", KeyId=self.arn)
        if state in (State.PENDING_DELETION, State.PENDING_REPLICA_DELETION):
            self.call("ScheduleKeyDeletion", KeyId=self.arn)
        elif state is State.UPDATING:
            self.family.promote()
        assert self.state() is state

    def settle(self):
        """Back into the condition, from wherever a call has brought the key."""
        if self.state() in (State.PENDING_DELETION, State.PENDING_REPLICA_DELETION):
            self.call("CancelKeyDeletion", KeyId=self.arn)
        if self.condition.origin == EXTERNAL:
            is_lost = self.condition.material is Material.THERE and not self.has_material()
            stays = self.condition.material is Material.EXPIRED and self.has_material()
            if is_lost or stays:
                self.import_material()
        if self.state() is State.DISABLED:
            self.call("EnableKey", KeyId=self.arn)
        self._enter()

    def wait_for_rotation(self):
        """Until all replicas have the new material."""
        wait_for(lambda: "OnDemandRotationStartDate" not in self.call("GetKeyRotationStatus", KeyId=self.arn))

    def has_material(self):
        """Of an EXTERNAL key."""
        return "ExpirationModel" in self.call("DescribeKey", KeyId=self.arn)["KeyMetadata"]

    def state(self):
        return State(self.call("DescribeKey", KeyId=self.arn)["KeyMetadata"]["KeyState"])

    def look(self, parts):
        """What these read actions tell, without the date of deletion, which settle() moves."""
        told = {}
        for action in parts:
            reply, member = self.raw.call(action, {"KeyId": self.arn}), SHOWN[action][0]
            # Keys of some kinds and in some states do not tell of rotation.
            told[action] = reply.json[member] if member and not reply.error else reply.json
        if "DescribeKey" in told:
            told["DescribeKey"].pop("DeletionDate", None)
        return told

    def ciphertext(self, algorithm):
        """One that the key can decrypt, if it can decrypt any with the algorithm."""
        if algorithm == "SYMMETRIC_DEFAULT":
            return self.products.get(algorithm) or self.stage.shared(self.region).products[algorithm]
        parameters = {"Plaintext": TEXT, "EncryptionAlgorithm": algorithm}
        return self.product("Encrypt", "CiphertextBlob", algorithm, parameters)

    def product(self, action, member, algorithm, parameters):
        """What the key makes while it is usable; else a text of the size of an RSA key."""
        usable = self.condition.state in (State.ENABLED, State.UPDATING) and algorithm in self.kind.algorithms
        if not usable:
            return b64(bytes(256))
        if algorithm not in self.products:
            self.products[algorithm] = self.call(action, KeyId=self.arn, **parameters)[member]
        return self.products[algorithm]

    def parameters(self, variant, key=None):
        """Those of a call on this key that nothing but the key's kind and condition can make fail."""
        key = key or self.arn
        if variant.action in BY_ALGORITHM:
            return BY_ALGORITHM[variant.action](self, key, variant)
        if variant.action in ACTIONS_ACROSS_REGIONS:
            to_new = variant.action == "ReplicateKey"
            # Another partition would be what is wrong first.
            new = THIRD_REGION if self.condition.state is State.UPDATING else OTHER_REGION
            region = OTHER_IN_CHINA if self.kind.spec.region else new if to_new else REPLICA_REGION
            return {"KeyId": key, "ReplicaRegion" if to_new else "PrimaryRegion": region}
        more = {}
        if variant.action == "CreateGrant":
            more = constraint() if variant.role == rules.CONSTRAINED else {"Operations": [variant.role]}
        elif variant.action == "GetParametersForImport":
            more = wrapping_of(self.kind)
        elif variant.action == "ImportKeyMaterial":
            more = self.import_parameters
        elif variant.action == "UpdateAlias":
            more = self._moved_alias(variant.role)
        made = valid_parameters(
            variant.action,
            key,
            alias=self.aliases["deleted"] if variant.action == "DeleteAlias" else f"{self.aliases['kept']}/new",
            policy=default_policy(self.stage.server.account),
            grant=self.grants.get(variant.action, ""),
        )
        return {name: self.local(value) for name, value in made.items()} | more

    def local(self, value):
        """With the principals' ARNs of the key's partition."""
        return value.replace("arn:aws:iam:", self.arn.partition("kms:")[0] + "iam:") if isinstance(value, str) else value

    def _moved_alias(self, role):
        other = self.stage.neighbour(self)
        if role == rules.AWAY:
            return {"AliasName": self.aliases["moved"], "TargetKeyId": other.arn}
        alias = f"alias/matrix/{next(self.stage.numbers)}/to"
        other.call("CreateAlias", AliasName=alias, TargetKeyId=other.arn)
        other.shown |= other.look(["ListAliases"])
        return {"AliasName": alias}


def constraint():
    return {"Operations": ["DescribeKey"], "Constraints": {"EncryptionContextEquals": {"a": "b"}}}


def encrypt(subject, key, variant):
    return {"KeyId": key, "Plaintext": TEXT, "EncryptionAlgorithm": variant.algorithm}


def decrypt(subject, key, variant):
    made = {"CiphertextBlob": subject.ciphertext(variant.algorithm), "EncryptionAlgorithm": variant.algorithm}
    return made if variant.role == rules.TOLD_BY_CIPHERTEXT else made | {"KeyId": key}


def re_encrypt(subject, key, variant):
    """Between the key and one that is shared."""
    shared = subject.stage.shared(subject.region)
    if variant.role == TO:
        return {
            "CiphertextBlob": shared.products["SYMMETRIC_DEFAULT"],
            "SourceKeyId": shared.arn,
            "DestinationKeyId": key,
            "DestinationEncryptionAlgorithm": variant.algorithm,
        }
    made = {
        "CiphertextBlob": subject.ciphertext(variant.algorithm),
        "SourceEncryptionAlgorithm": variant.algorithm,
        "DestinationKeyId": shared.arn,
    }
    return made | ({"SourceKeyId": key} if variant.role == FROM else {})


def sign(subject, key, variant):
    prehashed = variant.algorithm == "ED25519_PH_SHA_512"
    message = {"Message": b64(bytes(64)), "MessageType": "DIGEST"} if prehashed else {"Message": TEXT}
    return {"KeyId": key, "SigningAlgorithm": variant.algorithm} | message


def verify(subject, key, variant):
    parameters = sign(subject, key, variant)
    del parameters["KeyId"]
    signature = subject.product("Sign", "Signature", variant.algorithm, parameters)
    return {"KeyId": key, "Signature": signature} | parameters


def generate_mac(subject, key, variant):
    return {"KeyId": key, "Message": TEXT, "MacAlgorithm": variant.algorithm}


def verify_mac(subject, key, variant):
    parameters = {"Message": TEXT, "MacAlgorithm": variant.algorithm}
    return {"KeyId": key, "Mac": subject.product("GenerateMac", "Mac", variant.algorithm, parameters)} | parameters


def derive_shared_secret(subject, key, variant):
    peer = subject.stage.peer(subject.kind.spec)
    return {"KeyId": key, "KeyAgreementAlgorithm": variant.algorithm, "PublicKey": peer}


BY_ALGORITHM = {
    "Encrypt": encrypt, "Decrypt": decrypt, "ReEncrypt": re_encrypt, "Sign": sign, "Verify": verify,
    "GenerateMac": generate_mac, "VerifyMac": verify_mac, "DeriveSharedSecret": derive_shared_secret,
}  # fmt: skip


class Stage:
    """A server, the keys on it, and what was observed of them."""

    def __init__(self, server):
        self.server, self.control, self.numbers = server, Control(server), itertools.count()
        self.subjects, self.materials, self.peers, self.observed, self.created = {}, {}, {}, {}, {}
        # Keys whose condition nobody asks for any more, families, and what CreateKey told of the first of a kind.
        self.left, self.families, self.made = {}, {}, {}
        self.held = []

    def raw(self, spec):
        return self.server.raw(region=spec.region)

    def creation(self, kind, origin):
        return {"KeySpec": kind.spec.name, "KeyUsage": kind.usage, "Origin": origin, "Tags": [TAG]}

    def subject(self, kind, condition):
        if (kind, condition) not in self.subjects:
            self.subjects[kind, condition] = self._adopted(kind, condition) or Subject(self, kind, condition)
        return self.subjects[kind, condition]

    def _adopted(self, kind, condition):
        """A key that was in another condition, if it can come into this one."""
        # A key that never had material is one of those without; any other never goes back there.
        without = [True] if condition.material is Material.NEVER else [False, True]
        places = [(kind, condition.origin, condition.place, never) for never in without]
        found = next((one for one in places if one in self.left), None)
        if condition == ENABLED or condition.state is State.CREATING or found is None:
            return None
        subject = self.left.pop(found)
        subject.become(condition)
        return subject

    def leave(self, subject):
        """A key whose calls in this condition were made; it goes on to the next."""
        del self.subjects[subject.kind, subject.condition]
        never = subject.condition.material is Material.NEVER and not subject.has_material()
        self.left[subject.kind, subject.condition.origin, subject.condition.place, never] = subject

    def family(self, kind, origin, region=None):
        """One of that kind that has no replica in the Region yet."""
        family = self.families.get((kind, origin))
        if family is None or family.promoted or region in family.replicated:
            family = self.families[kind, origin] = Family(self, kind, origin)
        return family

    def hold(self, key):
        """From now on it and its related keys hear nothing of each other."""
        self.held += [key] if key not in self.held else []
        self.control.done("PUT", "/replication", {"HeldKeys": self.held})

    def let_go(self, *keys):
        """These, or all."""
        self.held = [one for one in self.held if keys and one not in keys]
        self.control.done("PUT", "/replication", {"HeldKeys": self.held})

    def forget(self, subject):
        """A call has left it in a condition that is not its own."""
        self.subjects.pop((subject.kind, subject.condition), None)
        self.families.pop((subject.kind, subject.condition.origin), None)

    def import_parameters(self, raw, kind, key):
        made = done(raw.call("GetParametersForImport", {"KeyId": key, **wrapping_of(kind)}))
        public_key, material = base64.b64decode(made["PublicKey"]), self.material(kind.spec.name)
        wrapped = wrap(public_key, wrapping_of(kind)["WrappingAlgorithm"], material)
        return {"ImportToken": made["ImportToken"], "EncryptedKeyMaterial": b64(wrapped)}

    def enabled(self, kind, region):
        """An enabled key in the Region, None for that of the server."""
        return self.subject(dataclasses.replace(kind, spec=dataclasses.replace(kind.spec, region=region)), ENABLED)

    def shared(self, region):
        """An enabled symmetric key, for the other side of a call."""
        return self.enabled(Kind(rules.SPECS[0], rules.ENCRYPT), region)

    def neighbour(self, subject):
        """An enabled key of the same kind in the same Region."""
        return self.enabled(subject.kind, subject.region)

    def peer(self, spec):
        """A public key of the same curve, or of some curve."""
        agreeing = [one for one in (spec, *rules.SPECS) if rules.AGREE in one.algorithms]
        curve = agreeing[0]
        if curve.name not in self.peers:
            agreeing = self.subject(Kind(curve, rules.AGREE), ENABLED)
            self.peers[curve.name] = agreeing.call("GetPublicKey", KeyId=agreeing.arn)["PublicKey"]
        return self.peers[curve.name]

    def material(self, spec):
        """The same for all keys of a spec."""
        if spec not in self.materials:
            self.materials[spec] = sm2.pkcs8(sm2.private_number()) if spec == "SM2" else material_of(spec)
        return self.materials[spec]

    def expiration(self):
        """Parameters of material that expires soon, and not before let_expire()."""
        now = datetime.datetime.fromisoformat(self.control.done("GET", "/clock")["Now"].replace("Z", "+00:00"))
        return {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": int(now.timestamp()) + EXPIRY_SECONDS}

    def let_expire(self):
        self.control.advance(seconds=EXPIRY_SECONDS)
