"""What AWS's documentation says of keys with imported material and of related multi-Region keys, as a small model.

Written from the documentation and from docs/api-coverage.md; it shares nothing with the server. Each action is a method
that gives the name of the error it must end with, or None, and then has changed the model. Times are seconds since the
epoch; what the server dates itself is a Date, known by a few moments until it is told.
"""

import dataclasses
import os

DAY = 86400
MINUTE = 60
ON_DEMAND_LIMIT = 25
STATE, KIND = "KMSInvalidStateException", "UnsupportedOperationException"
DISABLED, ABSENT, EXISTS = "DisabledException", "NotFoundException", "AlreadyExistsException"
LIMIT, CONFLICT, INVALID = "LimitExceededException", "ConflictException", "ValidationException"
WRONG_MATERIAL = "IncorrectKeyMaterialException"
OLD_TOKEN, WRONG_TOKEN = "ExpiredImportTokenException", "InvalidImportTokenException"
PENDING_DELETION = "PendingDeletion", "PendingReplicaDeletion"


class Date:
    """Equal to every time that it may be; after learn(), to the one that was told."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __eq__(self, told):
        # Dates are told in milliseconds.
        return isinstance(told, (int, float)) and self.low - 0.002 <= told <= self.high + 0.001

    def __add__(self, seconds):
        return Date(self.low + seconds, self.high + seconds)

    def __repr__(self):
        return f"{self.low:.3f}..{self.high:.3f}"

    def learn(self, told):
        self.low = self.high = told


class Id:
    """Equal to every text; after learn() to the one that was told."""

    def __init__(self):
        self.text = None

    def __eq__(self, told):
        return isinstance(told, str) and self.text in (None, told)

    def __repr__(self):
        return self.text or "any id"

    def learn(self, told):
        self.text = told


def learn(expected, told):
    """Takes over what a reply tells that was equal to what is expected."""
    if isinstance(expected, (Date, Id)):
        expected.learn(told)
    elif isinstance(expected, dict):
        for name, value in expected.items():
            learn(value, told[name])
    elif isinstance(expected, list):
        for one, other in zip(expected, told):
            learn(one, other)


@dataclasses.dataclass(eq=False)
class Material:
    secret: bytes = b""
    description: str | None = None
    rotated: tuple | None = None  # type, date
    material_id: Id = dataclasses.field(default_factory=Id)

    def __repr__(self):
        return str(self.material_id)[:8]


@dataclasses.dataclass(eq=False)
class Member:
    """One of the related keys, or the only one. `copies`: imported materials that it has, until when or None."""

    base: str = "Enabled"  # Disabled, PendingDeletion, PendingReplicaDeletion
    copies: dict = dataclasses.field(default_factory=dict)
    deletion: Date | None = None
    window: int = 0


class Key:
    def __init__(self, region, now, *, imported=False, mac=False, multi_region=False):
        self.imported, self.mac, self.multi_region = imported, mac, multi_region
        self.key_id = None
        self.primary = region
        self.members = {region: Member()}
        self.materials = [] if imported else [Material()]
        self.pending = None
        # The Regions whose keys have told the primary key that they have the pending material.
        self.reported = set()
        self.period, self.next = None, None
        self.counts = {}

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    # -- What is so

    def lacks(self, member):
        return self.imported and (not self.materials or any(one not in member.copies for one in self.materials))

    def state(self, region):
        member = self.members[region]
        return "PendingImport" if member.base == "Enabled" and self.lacks(member) else member.base

    def unusable(self, region):
        """What refuses an operation that only an enabled key takes."""
        if region not in self.members:
            return ABSENT
        state = self.state(region)
        return None if state == "Enabled" else DISABLED if state == "Disabled" else STATE

    def not_manageable(self, region, *more):
        """What refuses an operation that a key takes unless it is to be deleted, or in one of the states `more`."""
        if region not in self.members:
            return ABSENT
        return STATE if self.state(region) in (*PENDING_DELETION, *more) else None

    def not_rotatable(self, region, origin_too):
        if region not in self.members:
            return ABSENT
        return KIND if self.mac or (origin_too and self.imported) or region != self.primary else None

    def replicas(self):
        return sorted(set(self.members) - {self.primary})

    def ready(self):
        """Whether the pending material can be rotated to."""
        return self.pending in self.members[self.primary].copies and self.reported >= set(self.replicas())

    def known(self):
        return self.materials + ([self.pending] if self.pending else [])

    def boundaries(self):
        """The times from which on something is otherwise."""
        for member in self.members.values():
            if member.base == "PendingDeletion":
                yield member.deletion.high
            yield from (until for until in member.copies.values() if until is not None)
        if self.next:
            yield self.next.high
            yield self.next.low - 20 * MINUTE

    def overdue(self, now):
        primary = self.members.get(self.primary)
        return bool(primary and primary.base == "Enabled" and self.period and self.next.low <= now)

    # -- Actions

    def disable(self, region):
        error = self.not_manageable(region, "PendingImport")
        if not error:
            self.members[region].base = "Disabled"
        return error

    def enable(self, region):
        error = self.not_manageable(region, "PendingImport")
        if not error:
            self.members[region].base = "Enabled"
        return error

    def schedule_deletion(self, region, days, when):
        error = self.not_manageable(region)
        if not error:
            member = self.members[region]
            member.window = days
            if region == self.primary and self.replicas():
                member.base = "PendingReplicaDeletion"
                self.count("deletion waits for replicas")
            else:
                member.base, member.deletion = "PendingDeletion", when + days * DAY
        return error

    def cancel_deletion(self, region):
        if region not in self.members:
            return ABSENT
        member = self.members[region]
        if member.base not in PENDING_DELETION:
            return STATE
        member.base = "Disabled"
        return None

    def enable_rotation(self, region, days, when):
        error = self.not_rotatable(region, True) or self.unusable(region)
        if not error:
            self.period, self.next = days, when + days * DAY
        return error

    def disable_rotation(self, region):
        error = self.not_rotatable(region, True) or self.unusable(region)
        if not error:
            self.period = self.next = None
        return error

    def rotate_on_demand(self, region, when):
        if region in self.members and self.state(region) == "PendingImport":
            return STATE
        error = self.not_rotatable(region, False) or self.unusable(region)
        if error:
            return error
        if sum(1 for one in self.materials if one.rotated and one.rotated[0] == "ON_DEMAND") >= ON_DEMAND_LIMIT:
            return LIMIT
        if self.imported and not (self.pending and self.ready()):
            return STATE
        if self.next and self.next.low - 20 * MINUTE <= when.low:
            return CONFLICT
        self.rotate("ON_DEMAND", when)
        return None

    def rotate(self, kind, when):
        following = self.pending or Material()
        # All replicas have the new material before it is used.
        following.rotated = kind, Date(when.low, when.high + (MINUTE if self.replicas() else 0))
        self.materials.append(following)
        self.pending = None
        self.reported.clear()
        self.count(f"rotation {kind}")

    def replicate(self, region, target):
        if region not in self.members:
            return ABSENT
        if not self.multi_region or region != self.primary:
            return KIND
        error = self.unusable(region)
        if error:
            return error
        if target in self.members:
            return EXISTS
        self.members[target] = Member()
        return None

    def promote(self, region, target):
        if region not in self.members:
            return ABSENT
        if not self.multi_region or region != self.primary or target == region:
            return KIND
        error = self.unusable(region) or self.unusable(target)
        if not error:
            if self.pending and self.pending in self.members[region].copies:
                self.reported.add(region)
            self.primary = target
            self.count("promotion")
        return error

    def parameters(self, region):
        if region not in self.members:
            return ABSENT
        return self.not_manageable(region) if self.imported else KIND

    def bring_in(self, region, secret, *, until=None, kind=None, description=None, token, now, named=None):
        """ImportKeyMaterial. `token` is the Region it is from and its end, `named` the material of KeyMaterialId."""
        error = self.parameters(region)
        if error:
            return error
        token_region, token_until = token
        if token_region != region:
            self.count("token of a related key")
            return WRONG_TOKEN
        if token_until.high <= now:
            self.count("token too old")
            return OLD_TOKEN
        if until is not None and not now < until <= now + 365 * DAY:
            return INVALID
        if self.mac and (kind or description):
            return KIND
        if region != self.primary and (kind == "NEW_KEY_MATERIAL" or description):
            return KIND
        found = next((one for one in self.known() if one.secret == secret), None)
        kind = kind or ("EXISTING_KEY_MATERIAL" if self.materials else "NEW_KEY_MATERIAL")
        if kind == "NEW_KEY_MATERIAL":
            if found in self.materials:
                return WRONG_MATERIAL
            if self.pending:
                return STATE
            found = Material(secret)
            if self.materials:
                self.pending = found
                self.reported.clear()
            else:
                self.materials.append(found)
        elif not found or named not in (None, found):
            return WRONG_MATERIAL
        found.description = description if description is not None else found.description
        self.members[region].copies[found] = until
        if found is self.pending and region != self.primary:
            self.reported.add(region)
        self.count("import")
        return None

    def delete_material(self, region, material):
        """Of the material that is named, or of the current one."""
        if region not in self.members:
            return ABSENT
        if not self.imported:
            return KIND
        chosen = material or (self.materials[-1] if self.materials else None)
        if chosen and chosen not in self.known():
            return ABSENT
        if chosen:
            self.lose(region, chosen)
        return None

    def lose(self, region, material):
        member = self.members[region]
        if material not in member.copies:
            return
        if material is not self.pending:
            del member.copies[material]
            if member.base == "Disabled":
                member.base = "Enabled"
        elif region != self.primary:
            # The primary key is not told.
            del member.copies[material]
            self.count("pending material of a replica lost")
        else:
            for each in self.members.values():
                each.copies.pop(material, None)
            self.pending = None
            self.reported.clear()

    # -- Time

    def time_passes(self, when):
        """The server did what was due at `when`, and gives the number of keys that are gone."""
        now, gone = when.low, 0
        for region, member in list(self.members.items()):
            for material, until in list(member.copies.items()):
                if until is not None and until <= now and material in member.copies:
                    self.lose(region, material)
                    self.count("expiry")
        for region in [*self.replicas(), self.primary]:
            member = self.members.get(region)
            if member and member.base == "PendingDeletion" and member.deletion.high <= now:
                del self.members[region]
                self.reported.discard(region)
                gone += 1
                self.count("deletion" if region == self.primary else "deletion of a replica")
        primary = self.members.get(self.primary)
        if primary and primary.base == "PendingReplicaDeletion" and not self.replicas():
            primary.base, primary.deletion = "PendingDeletion", when + primary.window * DAY
            self.count("deletion after the last replica")
        if self.overdue(now):
            late = now > self.next.low + DAY
            self.next = (when if late else self.next) + self.period * DAY
            self.rotate("AUTOMATIC", when)
        return gone

    # -- What is told

    def described(self, region, arn):
        """Members of KeyMetadata."""
        member, state = self.members[region], self.state(region)
        told = {"KeyState": state, "Enabled": state == "Enabled"}
        if state == "PendingDeletion":
            told["DeletionDate"] = member.deletion
        if state == "PendingReplicaDeletion":
            told["PendingDeletionWindowInDays"] = member.window
        if self.imported and not self.lacks(member):
            dates = [member.copies[one] for one in self.materials if member.copies[one] is not None]
            told |= self.expiration(min(dates, default=None))
        if self.materials and not self.mac:
            told["CurrentKeyMaterialId"] = self.materials[-1].material_id
        if self.multi_region:
            told["MultiRegionConfiguration"] = {
                "MultiRegionKeyType": "PRIMARY" if region == self.primary else "REPLICA",
                "PrimaryKey": {"Arn": arn(self.primary), "Region": self.primary},
                "ReplicaKeys": [{"Arn": arn(other), "Region": other} for other in self.replicas()],
            }
        return told

    @staticmethod
    def expiration(until):
        if until is None:
            return {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
        return {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": until}

    def rotations(self, region, everything):
        """The list of ListKeyRotations, or the error."""
        if self.mac:
            return KIND
        member, listed = self.members[region], []
        for one in self.known() if everything else [one for one in self.materials if one.rotated]:
            told = {"KeyId": self.key_id, "KeyMaterialId": one.material_id}
            if one is self.pending:
                waits = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
                told["KeyMaterialState"] = "PENDING_ROTATION" if self.ready() else waits
            else:
                told["KeyMaterialState"] = "CURRENT" if one is self.materials[-1] else "NON_CURRENT"
            if one.rotated:
                told["RotationType"], told["RotationDate"] = one.rotated
            if self.imported:
                told["ImportState"] = "IMPORTED" if one in member.copies else "PENDING_IMPORT"
                if one.description is not None:
                    told["KeyMaterialDescription"] = one.description
                if one in member.copies:
                    told |= self.expiration(member.copies[one])
            listed.append(told)
        return listed

    def rotation_status(self, region):
        if self.imported and self.state(region) == "PendingImport":
            return KIND
        told = {"KeyId": self.key_id, "KeyRotationEnabled": False}
        if self.period and self.members[region].base not in PENDING_DELETION:
            told |= {"KeyRotationEnabled": True, "RotationPeriodInDays": self.period, "NextRotationDate": self.next}
        return told


def new_secret():
    return os.urandom(32)
