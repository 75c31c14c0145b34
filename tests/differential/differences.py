"""Where the simulator and we differ, and why. Each difference has a name, its source, and a rewriting of the case that says
in undisputed words what the source says: of the rewritten case the simulator must think as we do of the original, and we
must think the same of both. So a difference is explained by what it is about, and hides nothing else.
"""
import copy
import dataclasses
import fnmatch
import re
from collections.abc import Callable

VARIABLE = re.compile(r"\$\{([^}]*)\}")


@dataclasses.dataclass(frozen=True)
class Difference:
    name: str
    source: str
    rewrite: Callable  # of a copy of the case, and of our answer; None when the case is not about it


def documents(case: dict):
    """(document, whether it names principals)"""
    if "resource_policy" in case:
        yield case["resource_policy"], True
    for document in case["identity"] + case["session"] + ([case["boundary"]] if "boundary" in case else []):
        yield document, False


def statements(case: dict):
    for document, resource_side in documents(case):
        listed = document["Statement"]
        for statement in listed if isinstance(listed, list) else [listed]:
            yield document, statement, resource_side


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]


def context_of(case: dict) -> dict:
    return {name.lower(): value for name, value in case["context"].items()}


def parse_operator(name: str):
    """(set operator or "", operator without it and IfExists, whether negated)"""
    set_operator, _, bare = name.rpartition(":")
    bare = bare.removesuffix("IfExists")
    return set_operator, bare, "Not" in bare


def drop_key(statement: dict, operator: str, key: str):
    """Takes a condition that always holds out of a statement."""
    del statement["Condition"][operator][key]
    if not statement["Condition"][operator]:
        del statement["Condition"][operator]
    if not statement["Condition"]:
        del statement["Condition"]


def each_condition(case: dict):
    for document, statement, _ in statements(case):
        for operator, block in list(statement.get("Condition", {}).items()):
            for key, values in list(block.items()):
                yield document, statement, operator, key, values


def is_unresolved(text, document: dict, context: dict) -> bool:
    if not isinstance(text, str) or document["Version"] != "2012-10-17":
        return False
    return any(name not in ("*", "?", "$") and "," not in name and not isinstance(context.get(name.lower()), str)
               for name in VARIABLE.findall(text))


def unresolved_in_negated_operator(case: dict, _ours: dict):
    context, changed = context_of(case), False
    for document, statement, operator, key, values in each_condition(case):
        set_operator, bare, negated = parse_operator(operator)
        left = [value for value in as_list(values) if not is_unresolved(value, document, context)]
        if not negated or not bare.startswith(("String", "Arn")) or len(left) == len(as_list(values)):
            continue
        changed = True
        if left:
            statement["Condition"][operator][key] = left
            continue
        present = context.get(key.lower())
        drop_key(statement, operator, key)
        if set_operator == "ForAnyValue" and not present and not operator.endswith("IfExists"):
            never(statement)
        elif not set_operator and isinstance(present, list):  # several values: the business of several_values()
            never(statement)
    return case if changed else None


def unresolved_in_resource(case: dict, _ours: dict):
    context, changed = context_of(case), False
    for document, statement, _ in statements(case):
        element = "Resource" if "Resource" in statement else "NotResource"
        patterns = as_list(statement.get(element, []))
        left = [pattern for pattern in patterns if not is_unresolved(pattern, document, context)]
        if len(left) == len(patterns) or (statement["Effect"] == "Deny" and element == "Resource"):
            continue
        changed = True
        if statement["Effect"] == "Allow":
            never(statement)
        elif left:
            statement["NotResource"] = left
        else:
            del statement["NotResource"]
            statement["Resource"] = "*"
    return case if changed else None


def escapes_without_wildcards(case: dict, _ours: dict):
    changed = False
    for document, statement, operator, key, values in each_condition(case):
        _, bare, _ = parse_operator(operator)
        if not bare.startswith("String") or bare.endswith("Like") or document["Version"] != "2012-10-17":
            continue
        plain = [re.sub(r"\$\{([*?])\}", r"\1", value) for value in as_list(values)]
        if plain != as_list(values):
            statement["Condition"][operator][key], changed = plain, True
    return case if changed else None


def blocks_of_addresses(case: dict, _ours: dict):
    changed = False
    for _, statement, operator, key, values in each_condition(case):
        if not operator.rpartition(":")[2].startswith(("IpAddress", "NotIpAddress")):
            continue
        plain = []
        for value in as_list(values):
            if value == "0.0.0.0/0":
                plain += ["0.0.0.0/1", "128.0.0.0/1"]
            else:
                plain.append(value if "/" in value else f"{value}/{128 if ':' in value else 32}")
        if plain != as_list(values):
            statement["Condition"][operator][key], changed = plain, True
    return case if changed else None


def if_exists_on_any(case: dict, _ours: dict):
    context, changed = context_of(case), False
    for _, statement, operator, key, _ in each_condition(case):
        if operator.startswith("ForAnyValue:") and operator.endswith("IfExists") and key.lower() not in context:
            drop_key(statement, operator, key)
            changed = True
    return case if changed else None


def never(statement: dict):
    """Lets a statement apply to nothing."""
    statement.setdefault("Condition", {})["Bool"] = {"aws:PrincipalTag/team": "false"}
    statement["Condition"]["Null"] = {"aws:PrincipalTag/team": "true"}


def several_values(case: dict, _ours: dict):
    context, changed = context_of(case), False
    for _, statement, operator, key, _ in each_condition(case):
        set_operator, bare, _ = parse_operator(operator)
        if set_operator or bare == "Null" or not isinstance(context.get(key.lower()), list):
            continue
        if statement["Effect"] == "Deny":
            drop_key(statement, operator, key)
            changed = True
    return case if changed else None


def wildcard_in_resource_type(case: dict, _ours: dict):
    kind, changed = case["resource"].split(":", 5)[-1].split("/")[0], False
    for _, statement, _ in statements(case):
        for element in ("Resource", "NotResource"):
            patterns = as_list(statement.get(element, []))
            rewritten = []
            for pattern in patterns:
                type_, slash, name = (pattern.split(":", 5) + [""] * 6)[5].partition("/")
                if slash and ("*" in type_ or "?" in type_) and fnmatch.fnmatchcase(kind, type_):
                    head = ":".join(pattern.split(":", 5)[:5])
                    rewritten.append(f"{head}:{kind}/{name}")
                else:
                    rewritten.append(pattern)
            if rewritten != patterns:
                statement[element], changed = rewritten, True
    return case if changed else None


def session_named(case: dict, ours: dict):
    if not case["session"] or ours.get("verdict") != "Allow" or ours.get("reason") != "CallerNamed":
        return None
    for document in case["session"]:
        document["Statement"] = as_list(document["Statement"]) + [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    return case


def listed(entries, caller) -> tuple[bool, bool, bool]:
    """Whether a list of principals has the caller's account, its role or user, the caller itself."""
    names = as_list(entries.get("AWS", [])) if isinstance(entries, dict) else []
    return (caller.account in names or f"arn:aws:iam::{caller.account}:root" in names, caller.source in names,
            caller.arn in names)


def not_principal(case: dict, _ours: dict):
    who, changed = case["caller"], False
    for document, statement, _ in list(statements(case)):
        if "NotPrincipal" not in statement:
            continue
        entries = statement.pop("NotPrincipal")
        account, source, itself = listed(entries, who)
        exempt = {"root": account, "user": account and itself, "assumed-role": account and source and itself,
                  "federated-user": account and source and itself,
                  "service": isinstance(entries, dict) and entries.get("Service") == who.service}[who.kind]
        statement["Principal"] = "*" if not exempt or "boundary" in case else {"Service": "s3.amazonaws.com"}
        changed = True
    return case if changed else None


def root_assumes(case: dict, _ours: dict):
    if case["question"] != "trust" or case["caller"].kind != "root":
        return None
    document = case["resource_policy"]
    document["Statement"] = [one for one in as_list(document["Statement"]) if one["Effect"] == "Deny"] + [
        {"Effect": "Deny", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    return case


def escaped(value):
    if isinstance(value, str):
        return value.replace("${", "${$}{")
    if isinstance(value, list):
        return [escaped(one) for one in value]
    return {name: escaped(one) for name, one in value.items()} if isinstance(value, dict) else value


def old_version(case: dict, _ours: dict):
    changed = False
    for document, _ in documents(case):
        if document["Version"] == "2008-10-17":
            document.update({"Version": "2012-10-17", "Statement": escaped(document["Statement"])})
            changed = True
    return case if changed else None


GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
DIFFERENCES = (
    Difference("variables in a document of version 2008-10-17", GUIDE + "reference_policies_elements_version.html (they are "
               "literal text there); the simulator resolves them", old_version),
    Difference("a variable without a value, in a negated operator", GUIDE + "reference_policies_variables.html "
               "(policy variables with no value: an inverted operator matches); the simulator lets the condition fail",
               unresolved_in_negated_operator),
    Difference("a variable without a value, in Resource or NotResource", GUIDE + "reference_policies_variables.html (may "
               "invalidate the entire statement); we let an Allow apply to nothing, and leave the entry out of a Deny; the "
               "simulator leaves it out of a Resource, and lets nothing match a NotResource", unresolved_in_resource),
    Difference("${*} and ${?} in an operator without wildcards", GUIDE + "reference_policies_variables.html (they stand for "
               "the character wherever variables may stand); the simulator takes them as they are written",
               escapes_without_wildcards),
    Difference("a bare address, or 0.0.0.0/0", GUIDE + "reference_policies_elements_condition_operators.html"
               "#Conditions_IPAddress (CIDR, RFC 4632; an address alone is a block of one); the simulator takes a prefix of "
               "0 for one of 32, and lets nothing match an address of the other family", blocks_of_addresses),
    Difference("IfExists behind ForAnyValue, and no key", GUIDE + "reference_policies_elements_condition_operators.html"
               "#Conditions_IfExists (true without the key); to the simulator ForAnyValue is false", if_exists_on_any),
    Difference("several values and no set operator, in a Deny", GUIDE + "reference_policies_condition-single-vs-multi-valued"
               "-context-keys.html (a set operator is needed; what happens without one is left open); we refuse",
               several_values),
    Difference("a wildcard in the type of a resource", GUIDE + "reference_policies_elements_resource.html (wildcards within "
               "the segments that colons part); reference-arns.html advises against it there; the simulator matches nothing",
               wildcard_in_resource_type),
    Difference("a session that the key policy names, limited by its session policy", GUIDE + "access_policies.html#policies_"
               "session (the session's ARN in a resource-based policy); the simulator lets every session policy limit",
               session_named),
    Difference("NotPrincipal", GUIDE + "reference_policies_elements_notprincipal.html (list the account and the role of an "
               "exempted session too); the simulator exempts whoever is covered by any entry", not_principal),
    Difference("a root assumes a role", "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (not with "
               "the credentials of a root user); the simulator has no root", root_assumes),
)


def variants(case: dict, ours: dict):
    """(names, rewritten case): every difference alone that the case is about, then all of them."""
    applied = []
    for difference in DIFFERENCES:
        rewritten = difference.rewrite(copy.deepcopy(case), ours)
        if rewritten is not None:
            applied.append(difference)
            yield (difference.name,), rewritten
    if len(applied) > 1:
        together = copy.deepcopy(case)
        for difference in applied:
            together = difference.rewrite(together, ours) or together
        yield tuple(difference.name for difference in applied), together
