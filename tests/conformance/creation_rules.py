"""How CreateKey ends, by spec, usage and origin; otherwise as key_rules.py."""

from key_rules import ENCRYPT, EXTERNAL, ORIGINS_NOT_BUILT, SPECS_NOT_BUILT, SYMMETRIC, YES, Outcome, unsupported

NO_USAGE = Outcome(
    "usage missing",
    "ValidationException",
    "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
)
NOT_COMPATIBLE = Outcome(
    "usage", "ValidationException", "KeyUsage {usage} is not compatible with KeySpec {spec}"
)
CREATION_OUTCOMES = (YES, NO_USAGE, NOT_COMPATIBLE, unsupported("unsupported"))


def creation(spec, usage, origin):
    """How CreateKey ends; a usage of None is not sent."""
    if usage is None and spec.type != SYMMETRIC:
        return NO_USAGE
    if (usage or ENCRYPT) not in spec.algorithms:
        return NOT_COMPATIBLE
    missing = spec.name in SPECS_NOT_BUILT or origin in ORIGINS_NOT_BUILT
    if missing or (origin == EXTERNAL and not spec.imports):
        return CREATION_OUTCOMES[-1]
    return YES
