"""A second judge, small and slow: whether AWS KMS would allow a request, as its developer guide and IAM's user guide say
it in words, for what the simulator does not have: several session policies, grants (also those that somebody makes whose
own right is a grant, and who may retire one), and principals bound to unique ids.

Policies here are lists of statements of a plain kind, (effect, principals, actions, condition): `principals` is None in a
policy of an identity; `condition` is None or a pair of the encryption context that the request must have. Resources are
always `*`. Patterns and operators are the business of run.py.
"""
import dataclasses

# What a grant can allow, of the operations used here; and those that constraints do not apply to.
GRANTABLE = {"Encrypt", "Decrypt", "GenerateDataKey", "ReEncryptFrom", "DescribeKey", "CreateGrant", "RetireGrant"}
UNCONSTRAINED = {"DescribeKey", "RetireGrant"}


@dataclasses.dataclass(frozen=True)
class Named:
    """A principal, as a grant keeps it."""
    arn: str
    unique_id: str = ""  # who that was, of a user or role


@dataclasses.dataclass(frozen=True)
class Grant:
    id: str
    grantee: Named
    operations: frozenset
    equals: tuple | None = None  # pairs
    subset: tuple | None = None
    retiring: Named | None = None
    issuer: str = ""  # the account in which it was made

    def allows(self, operation: str, pairs: dict, child: "Grant | None") -> bool:
        """`child`: of CreateGrant, what is to be made."""
        if operation not in self.operations or operation not in GRANTABLE:
            return False
        if operation in UNCONSTRAINED:
            return True
        if operation == "CreateGrant":
            return self.covers(child)
        if self.equals is not None:
            return dict(self.equals) == pairs
        return self.subset is None or set(self.subset) <= set(pairs.items())

    def covers(self, child: "Grant") -> bool:
        """Whether somebody who has this grant may make that one: no operation more, and no context more."""
        if not child.operations <= self.operations:
            return False
        if self.equals is not None:
            return child.equals is not None and dict(child.equals) == dict(self.equals)
        if self.subset is not None:
            of_child = child.equals if child.equals is not None else child.subset
            return of_child is not None and set(self.subset) <= set(of_child)
        return True


@dataclasses.dataclass(frozen=True)
class Who:
    kind: str  # root, user, assumed-role, federated-user
    account: str
    arn: str
    source: str = ""  # the role of a session, the user behind a federated user
    unique_id: str = ""  # of the user, or of the role

    @property
    def root(self) -> str:
        return f"arn:aws:iam::{self.account}:root"


@dataclasses.dataclass
class World:
    """Everything that a decision looks at."""
    owner: str
    key_policy: list
    bindings: dict  # ARN of a user or role that the key policy names -> who that was
    identity: list  # policies
    boundary: list | None
    session: list
    grants: list


def meant(world: World, who: Who, name: str) -> str:
    """How an entry of a Principal element means somebody: itself, source, account, or not at all."""
    if name == "*":
        return "itself"
    if name in (who.account, who.root):
        return "account"
    bound = world.bindings.get(name)
    if name == who.arn:
        return "itself" if bound is None or bound == who.unique_id else ""
    if who.source and name == who.source:
        return "source" if bound is None or bound == who.unique_id else ""
    return ""


def holds(statement, operation: str, pairs: dict) -> bool:
    _, _, actions, condition = statement
    # The name of a condition key has no case, and the key of the encryption context is a part of it.
    met = condition is None or any(key.lower() == condition[0].lower() and value == condition[1]
                                   for key, value in pairs.items())
    return met and ("*" in actions or operation in actions)


def allows(policy: list, operation: str, pairs: dict) -> bool:
    return any(statement[0] == "Allow" and holds(statement, operation, pairs) for statement in policy)


def denies(world: World, who: Who, operation: str, pairs: dict) -> bool:
    for statement in world.key_policy:
        if statement[0] == "Deny" and holds(statement, operation, pairs) and any(
                meant(world, who, name) for name in statement[1]):
            return True
    of_caller = world.identity + world.session + ([world.boundary] if world.boundary is not None else [])
    return any(statement[0] == "Deny" and holds(statement, operation, pairs)
               for policy in of_caller for statement in policy)


def named(world: World, who: Who, operation: str, pairs: dict) -> set:
    return {meant(world, who, name) for statement in world.key_policy
            if statement[0] == "Allow" and holds(statement, operation, pairs) for name in statement[1]} - {""}


def is_meant(who: Who, named: Named) -> str:
    """How a principal of a grant means somebody: itself, source, account, or not at all."""
    same = not named.unique_id or named.unique_id == who.unique_id
    if named.arn == who.arn and same:
        return "itself"
    if who.source and named.arn == who.source and same:
        return "source"
    return "account" if named.arn == who.root else ""


def granted(world: World, who: Who, operation: str, pairs: dict, child: Grant | None) -> set:
    return {is_meant(who, grant.grantee) for grant in world.grants if grant.allows(operation, pairs, child)} - {""}


def retires(who: Who, grant: Grant) -> set:
    """As what somebody may retire a grant: as its retiring principal, as its grantee if the grant says so, or as one of
    the account in which it was made."""
    ways = {is_meant(who, grant.retiring)} if grant.retiring else set()
    if "RetireGrant" in grant.operations:
        ways.add(is_meant(who, grant.grantee))
    if grant.issuer == who.account:
        ways.add("account")
    return ways - {""}


def verdict(world: World, who: Who, operation: str, pairs: dict, across: bool, child: Grant | None = None,
            goes: Grant | None = None) -> str:
    """`across`: principals of other accounts can use the operation. `child`: of CreateGrant, what is to be made; `goes`: of
    RetireGrant, what is to be retired. Grant tokens are no matter: they only make a grant count before it is known
    everywhere, and here it is known at once. Whose they are decides, not who has one."""
    if denies(world, who, operation, pairs):
        return "ExplicitDeny"
    foreign = who.account != world.owner
    if foreign and not across:
        return "ImplicitDeny"
    # What the session and the boundary leave of what is given to an identity, not to the session itself.
    within = ((world.boundary is None or allows(world.boundary, operation, pairs)) and
              (not world.session or any(allows(policy, operation, pairs) for policy in world.session)))
    # A federated user has what its session policy leaves of its user's permissions: without one, nothing.
    if who.kind == "federated-user" and not world.session:
        within = False
    by_identity = who.kind == "root" or (
        within and any(allows(policy, operation, pairs) for policy in world.identity))

    by_grant = granted(world, who, operation, pairs, child) if goes is None else retires(who, goes)
    if "itself" in by_grant or ("source" in by_grant and within) or ("account" in by_grant and by_identity):
        return "Allow"
    if goes is not None:  # no policy gives it
        return "ImplicitDeny"
    by_policy = named(world, who, operation, pairs)
    if foreign:
        return "Allow" if by_policy and by_identity else "ImplicitDeny"
    if "itself" in by_policy or ("source" in by_policy and within) or ("account" in by_policy and by_identity):
        return "Allow"
    return "ImplicitDeny"
