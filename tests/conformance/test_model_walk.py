"""Our declarations against the service model of the installed SDK: nothing may be unknown on either side."""

import json

import pytest
from botocore.session import Session

from actions import ACTIONS, ACTIONS_ACROSS_REGIONS, OWN_ACTIONS, QUERY_ACTIONS
from claviger_server import REPOSITORY, claviger
from test_validation import SERVICE_BOUNDS

SERVICES = ("kms", "iam", "sts")
MODELS = {service: Session().get_service_model(service) for service in SERVICES}
DECLARED = {
    (entry["service"], entry["action"]): entry for entry in json.loads(claviger("coverage", "--json").stdout)
}
# Our own actions can be held against no model.
COVERAGE = {action: entry for action, entry in DECLARED.items() if action not in OWN_ACTIONS}
EXPECTED = {("kms", action) for action in ACTIONS | ACTIONS_ACROSS_REGIONS} | QUERY_ACTIONS
# In AWS's documentation, and not in the models of every installed SDK. Left out, they would be ignored when they are
# sent, and more be granted than was asked for.
NEWER = {"SourceArn", "GranteeServicePrincipal", "RetiringServicePrincipal"}
# What AWS answers in place of the names that its model has.
OBSERVED = {"SourcePolicyType": {"IAM Policy", "Resource Policy"}}
KINDS = {
    "string": {"String", "Enum"},
    "boolean": {"Boolean"},
    "integer": {"Integer"},
    "long": {"Long"},
    "timestamp": {"Timestamp"},
    "blob": {"Blob"},
    "list": {"List"},
    "map": {"Map"},
    "structure": {"Structure"},
}


BUILT = sorted(COVERAGE)


def model(action):
    """botocore's model of an action: (service, name)."""
    service, name = action
    return MODELS[service].operation_model(name)


def check_members(where, declared, shape):
    """The members of a structure are exactly the model's, each handled, or missing for a reason that is given."""
    members = shape.members if shape is not None else {}
    declared = [member for member in declared if member["supported"] or member["name"] not in NEWER - set(members)]
    assert {member["name"] for member in declared} == set(members), where
    assert len(declared) == len(members), f"{where}: a member is declared twice"
    for member in declared:
        name = f"{where}.{member['name']}"
        if member["supported"]:
            check_type(name, member, members[member["name"]])
        else:
            assert member["reason"].strip(), name
            assert not member["required"] and member["name"] not in shape.required_members, name


def check_type(name, declared, shape):
    assert declared["type"] in KINDS[shape.type_name], name
    if shape.type_name == "structure":
        check_members(name, declared["members"], shape)
    elif shape.type_name == "list":
        check_type(f"{name}[]", declared["element"], shape.member)
    if shape.metadata.get("sensitive"):
        assert declared.get("sensitive"), f"{name} is sensitive"
    assert (declared["type"] == "Enum") == bool(getattr(shape, "enum", None)), name
    if declared["type"] == "Enum":
        values, missing = declared["values"], declared["missingValues"]
        assert not set(values) & set(missing), name
        assert values, f"{name}: no value is built"
        # A response need not have all: it never tells the states of keys that are not built.
        assert set(values + missing) <= set(shape.enum) | OBSERVED.get(name.rpartition(".")[2], set()), name


def check_required(where, declared, shape):
    for member in declared:
        if member["name"] in NEWER - set(shape.members):
            continue
        assert member["required"] == (member["name"] in shape.required_members), f"{where}.{member['name']}"
        check_nested(check_required, f"{where}.{member['name']}", member, shape.members[member["name"]])


def check_constraints(where, declared, shape):
    for member in declared:
        if member["supported"]:
            check_constraint(f"{where}.{member['name']}", member, shape.members[member["name"]])


def check_constraint(name, declared, shape):
    service, action, member = name.split(".", 2)
    own = SERVICE_BOUNDS if service == "kms" else {}
    low, high = own.get((action, member), (shape.metadata.get("min"), shape.metadata.get("max")))
    if declared["type"] == "Enum":
        assert set(declared["values"] + declared["missingValues"]) == set(shape.enum), name
    else:
        assert declared.get("min") == low or (low == 0 and declared.get("min") in (None, 0)), name
        assert declared.get("max") == high, name
        assert declared.get("pattern") == shape.metadata.get("pattern"), name
    if shape.type_name == "list":
        check_constraint(f"{name}[]", declared["element"], shape.member)
    if shape.type_name == "structure":
        check_constraints(name, declared["members"], shape)


def check_nested(check, where, declared, shape):
    if not declared.get("supported", True):
        return
    if shape.type_name == "list":
        check_nested(check, f"{where}[]", declared["element"], shape.member)
    elif shape.type_name == "structure":
        check(where, declared["members"], shape)


def missing_members(declared):
    """The names of the members that are not built, those of structures inside too."""
    for member in declared:
        if not member["supported"]:
            yield member["name"]
        elif member["type"] == "Structure":
            yield from missing_members(member["members"])


ENCRYPT = ("kms", "Encrypt")


def named(action):
    return ".".join(action)


def test_the_actions_are_those_of_this_suite():
    assert set(BUILT) == EXPECTED
    assert set(DECLARED) - set(COVERAGE) == OWN_ACTIONS


def test_every_action_is_in_the_model_but_for_our_own():
    for service, name in DECLARED:
        assert (name in MODELS[service].operation_names) != ((service, name) in OWN_ACTIONS)


@pytest.mark.parametrize("action", BUILT, ids=named)
def test_request_members_are_those_of_the_model(action):
    check_members(named(action), COVERAGE[action]["request"], model(action).input_shape)


@pytest.mark.parametrize("action", BUILT, ids=named)
def test_response_members_are_those_of_the_model(action):
    check_members(named(action), COVERAGE[action]["response"], model(action).output_shape)


@pytest.mark.parametrize("action", BUILT, ids=named)
def test_the_same_request_members_are_required(action):
    check_required(named(action), COVERAGE[action]["request"], model(action).input_shape)


@pytest.mark.parametrize("action", BUILT, ids=named)
def test_what_the_model_promises_in_a_response_is_always_there(action):
    shape = model(action).output_shape
    declared = {member["name"]: member for member in COVERAGE[action]["response"]}
    for name in shape.required_members if shape is not None else []:
        assert declared[name]["required"]


@pytest.mark.parametrize("action", BUILT, ids=named)
def test_request_constraints_are_the_model_s_or_the_service_s_own(action):
    check_constraints(named(action), COVERAGE[action]["request"], model(action).input_shape)


@pytest.mark.parametrize("action", BUILT, ids=named)
def test_sensitive_members_are_never_audited(action):
    for side in ("request", "response"):
        for member in COVERAGE[action][side]:
            if member.get("sensitive"):
                assert member["audited"] == "never", member["name"]


def test_the_walk_fails_on_a_member_that_is_not_declared():
    declared = [member for member in COVERAGE[ENCRYPT]["request"] if member["name"] != "DryRun"]
    with pytest.raises(AssertionError):
        check_members(named(ENCRYPT), declared, model(ENCRYPT).input_shape)
    with pytest.raises(AssertionError):
        check_members(
            named(ENCRYPT),
            COVERAGE[ENCRYPT]["request"] + [{"name": "X", "required": False, "supported": True}],
            model(ENCRYPT).input_shape,
        )


class TestCoverageTable:
    TABLE = claviger("coverage", "--markdown").stdout

    def test_stands_in_the_documents(self):
        page = (REPOSITORY / "docs/api-coverage.md").read_text()
        _, _, generated = page.partition("<!-- generated by claviger coverage --markdown -->\n")
        assert generated.partition("<!-- end -->")[0] == self.TABLE

    @pytest.mark.parametrize("service", SERVICES)
    def test_has_one_row_for_each_action_of_the_model(self, service):
        heading = f"## AWS {service.upper()} (API version {MODELS[service].api_version})\n"
        table = self.TABLE.partition(heading)[2].partition("\n## ")[0]
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if "|" in line][2:]
        assert [row[0] for row in rows] == sorted(MODELS[service].operation_names)
        for name, built, *cells in rows:
            assert built.split(":")[0] == ("yes" if (service, name) in EXPECTED else "no"), name
            for side, cell in zip(("request", "response"), cells):
                for member in missing_members(COVERAGE[service, name][side]) if (service, name) in EXPECTED else []:
                    assert f"`{member}`" in cell
