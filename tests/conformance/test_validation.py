"""Constraints of every request member, taken from the service model of the installed SDK, with AWS's own messages."""

import base64

import pytest
from botocore.session import Session

from actions import ACTIONS, b64, default_policy, kind_of, product, valid_parameters
from expect import refused, violation

MODEL = Session().get_service_model("kms")
# Where the service is stricter than its model (API reference, the parameter of each operation).
SERVICE_BOUNDS = {
    ("ListAliases", "Limit"): (1, 100),
    ("ListGrants", "Limit"): (1, 100),
    ("ListRetirableGrants", "Limit"): (1, 100),
    ("ListResourceTags", "Limit"): (1, 50),
    ("ScheduleKeyDeletion", "PendingWindowInDays"): (7, 30),
}
# Members that are refused whatever they hold; test_crypto.py and test_keys.py have them.
NOT_BUILT = {"CustomKeyStoreId", "XksKeyId"}


def members():
    """Every member of every request: action, name, shape."""
    for action in sorted(ACTIONS):
        for name, shape in MODEL.operation_model(action).input_shape.members.items():
            if name not in NOT_BUILT:
                yield action, name, shape


def lower_camel(name):
    return name[0].lower() + name[1:]


def at_least(what, bound):
    return f"Member must have {what} greater than or equal to {bound}"


def at_most(what, bound):
    return f"Member must have {what} less than or equal to {bound}"


def bad_values(low, high, shape):
    """Values that violate the constraints of a member: value, what the message echoes of it, the requirement."""
    kind = shape.type_name
    if kind == "integer":
        yield low - 1, f"'{low - 1}'", at_least("value", low)
        yield high + 1, f"'{high + 1}'", at_most("value", high)
    elif kind == "blob":
        yield "", "", at_least("length", low)
        yield b64(b"x" * (high + 1)), "", at_most("length", high)
    elif kind == "string" and shape.enum:
        yield "nonsense", "'nonsense'", f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
    elif kind == "string":
        if low:
            yield "", "''", at_least("length", low)
        long = "a" * (high + 1)
        # What is long is echoed in part only.
        yield long, f"'{long if high < 512 else long[:512] + '...'}'", at_most("length", high)
    elif kind == "list" and high:
        yield ["x"] * (high + 1), f"'[{', '.join('x' * (high + 1))}]'", at_most("length", high)


OUTSIDE_PATTERN = {
    "Policy": "{\u0001}",
    "Marker": "\u0100",
    "AliasName": "alias/a b",
    "PolicyName": "a-b",
    "GranteePrincipal": "arn:a b",
    "RetiringPrincipal": "arn:a b",
    "Name": "a b",
    "KeyMaterialId": "g" * 64,
    "KeyMaterialDescription": "a,b",
}


def violations():
    """Cases: action, member, bad value, what the message echoes of it, the requirement."""
    for action, name, shape in members():
        bounds = SERVICE_BOUNDS.get((action, name), (shape.metadata.get("min"), shape.metadata.get("max")))
        for case in bad_values(*bounds, shape):
            yield action, name, *case
        if "pattern" in shape.metadata:
            value = OUTSIDE_PATTERN[name]
            requirement = f"Member must satisfy regular expression pattern: {shape.metadata['pattern']}"
            yield action, name, value, f"'{value}'", requirement


def ids(cases):
    return [f"{case[0]}-{case[1]}-{number}" for number, case in enumerate(cases)]


@pytest.fixture(scope="module")
def valid(server, raw, shared_keys):
    """Valid parameters of an action; none of the calls made from them here succeeds."""
    made = {}

    def of(action):
        kind = kind_of(action)
        key = shared_keys(kind)["KeyId"]
        if kind not in made:
            made[kind] = product(raw, kind, key)
        return valid_parameters(action, key, made[kind], policy=default_policy(server.account))

    return of


CASES = list(violations())


def test_the_model_gave_cases_for_every_action():
    without_constraints = {"ListKeyPolicies"} - {case[0] for case in CASES}
    assert {case[0] for case in CASES} == ACTIONS - without_constraints
    assert len(CASES) > 100


@pytest.mark.parametrize("action, name, value, echo, requirement", CASES, ids=ids(CASES))
def test_a_violated_constraint_is_named(raw, valid, action, name, value, echo, requirement):
    reply = raw.call(action, valid(action) | {name: value})
    assert (reply.status, reply.json) == (
        400,
        {"__type": "ValidationException", "message": violation(lower_camel(name), requirement, echo)},
    )


REQUIRED = [
    (action, name)
    for action, name, _ in members()
    if name in MODEL.operation_model(action).input_shape.required_members
]


@pytest.mark.parametrize("absent", [True, False], ids=["absent", "null"])
@pytest.mark.parametrize("action, name", REQUIRED)
def test_a_required_member_is_missed(raw, valid, action, name, absent):
    parameters = valid(action) | {name: None}
    if absent:
        del parameters[name]
    reply = raw.call(action, parameters)
    assert (reply.error, reply.message) == (
        "ValidationException",
        violation(lower_camel(name), "Member must not be null", "null"),
    )


WRONG_TYPES = {
    "string": [
        (1, "NUMBER_VALUE can not be converted to a String"),
        (True, "TRUE_VALUE can not be converted to a String"),
        (["x"], "Start of list found where not expected."),
        ({}, "Start of structure or map found where not expected."),
    ],
    "blob": [
        (1, "NUMBER_VALUE can not be converted to a Blob"),
        ("*", "STRING_VALUE is not valid base64"),
        ("eA", "STRING_VALUE is not valid base64"),
        ("eA==\n", "STRING_VALUE is not valid base64"),
        ("eB==", "STRING_VALUE is not valid base64"),
    ],
    "integer": [
        ("1", "STRING_VALUE can not be converted to an Integer"),
        (1.5, "DECIMAL_VALUE can not be converted to an Integer"),
        (2**31, "NUMBER_VALUE is out of range for type Integer"),
        (2**64, None),
    ],
    "timestamp": [
        ("2030-01-01T00:00:00Z", "STRING_VALUE can not be converted to a Timestamp"),
        (True, "TRUE_VALUE can not be converted to a Timestamp"),
        (253402300800, "NUMBER_VALUE is out of range for type Timestamp"),
    ],
    "boolean": [
        ("true", "STRING_VALUE can not be converted to a Boolean"),
        (1, "NUMBER_VALUE can not be converted to a Boolean"),
    ],
    "list": [("x", "Expected list or null"), ({}, "Expected list or null"), ([1], None), ([None], None)],
    "map": [
        ("x", "Expected map or null"),
        ([], "Expected map or null"),
        ({"a": 1}, "NUMBER_VALUE can not be converted to a String"),
        ({"a": None}, "NULL_VALUE can not be converted to a String"),
    ],
    "structure": [("x", None), ([], None)],
    "GrantConstraints": [
        ("x", None),
        ([], None),
        ({"EncryptionContextEquals": "x"}, "Expected map or null"),
        ({"EncryptionContextSubset": {"a": 1}}, "NUMBER_VALUE can not be converted to a String"),
    ],
}
TYPE_CASES = [
    (action, name, value, message)
    for action, name, shape in members()
    for value, message in WRONG_TYPES.get(shape.name, WRONG_TYPES[shape.type_name])
]


@pytest.mark.parametrize("action, name, value, message", TYPE_CASES, ids=ids(TYPE_CASES))
def test_a_wrong_type_does_not_deserialize(raw, valid, action, name, value, message):
    reply = raw.call(action, valid(action) | {name: value})
    assert (reply.status, reply.error) == (400, "SerializationException"), reply
    if message is not None:
        assert reply.message == message


OPTIONAL = [(action, name) for action, name, _ in members() if (action, name) not in REQUIRED]


@pytest.mark.parametrize("action, name", OPTIONAL)
def test_null_is_as_if_absent(raw, valid, action, name):
    # A key that does not exist keeps every call but the few without a key from doing anything.
    parameters = valid(action)
    parameters |= {"KeyId": "nonsense"} if "KeyId" in parameters else {}
    parameters.pop(name, None)
    absent, null = raw.call(action, parameters), raw.call(action, parameters | {name: None})
    assert (absent.status, absent.error) == (null.status, null.error)
    assert absent.error is None or absent.message == null.message


def test_several_errors_come_in_one_answer(kms):
    with refused(
        "ValidationException",
        "2 validation errors detected: Value '' at 'keyId' failed to satisfy constraint: Member must have length "
        "greater than or equal to 1; Value at 'plaintext' failed to satisfy constraint: Member must have length "
        "greater than or equal to 1",
    ):
        kms.encrypt(KeyId="", Plaintext=b"")


def test_a_member_that_the_model_does_not_have_is_ignored(raw, shared_key):
    assert raw.call("DescribeKey", {"KeyId": shared_key["KeyId"], "keyId": 1, "Other": {"a": [None, {}]}}).status == 200


def test_plaintext_is_never_echoed(raw, shared_key):
    for plaintext in (b"top secret" * 500, "top secret" * 500):
        value = b64(plaintext) if isinstance(plaintext, bytes) else plaintext
        reply = raw.call("Encrypt", {"KeyId": shared_key["KeyId"], "Plaintext": value})
        assert reply.status == 400
        assert b"top secret" not in reply.body and base64.b64encode(b"top secret" * 3)[:24] not in reply.body
