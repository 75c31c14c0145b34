"""TagResource, UntagResource, ListResourceTags, and the tags of CreateKey."""

import pytest

from expect import refused, violation


def tag(key, value="v"):
    return {"TagKey": key, "TagValue": value}


def tags_of(kms, key):
    return {entry["TagKey"]: entry["TagValue"] for entry in kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]}


def many(count, prefix="k"):
    return [tag(f"{prefix}{number}") for number in range(count)]


def test_tag_resource_adds_and_replaces(kms, key):
    reply = kms.tag_resource(KeyId=key["KeyId"], Tags=[tag("a", "1"), tag("b", "2")])
    assert set(reply) == {"ResponseMetadata"}
    kms.tag_resource(KeyId=key["Arn"], Tags=[tag("b", ""), tag("c", "3")])
    assert tags_of(kms, key) == {"a": "1", "b": "", "c": "3"}


def test_tag_keys_are_case_sensitive(kms, key):
    kms.tag_resource(KeyId=key["KeyId"], Tags=[tag("a", "1"), tag("A", "2")])
    assert tags_of(kms, key) == {"a": "1", "A": "2"}


def test_tags_have_the_documented_lengths(kms, key):
    kms.tag_resource(KeyId=key["KeyId"], Tags=[tag("k" * 128, "v" * 256), tag("é" * 128, "")])
    assert tags_of(kms, key) == {"k" * 128: "v" * 256, "é" * 128: ""}


def test_untag_resource_ignores_unknown_keys(kms, key):
    kms.tag_resource(KeyId=key["KeyId"], Tags=[tag("a"), tag("b")])
    reply = kms.untag_resource(KeyId=key["KeyId"], TagKeys=["b", "never", "b"])
    assert set(reply) == {"ResponseMetadata"}
    assert tags_of(kms, key) == {"a": "v"}
    kms.untag_resource(KeyId=key["KeyId"], TagKeys=[])
    assert tags_of(kms, key) == {"a": "v"}


def test_fifty_tags_are_the_limit(kms, key):
    kms.tag_resource(KeyId=key["KeyId"], Tags=many(50))
    with refused("LimitExceededException", "Too many tags"):
        kms.tag_resource(KeyId=key["KeyId"], Tags=[tag("one more")])
    kms.tag_resource(KeyId=key["KeyId"], Tags=[tag("k7", "replaced")])
    kms.untag_resource(KeyId=key["KeyId"], TagKeys=["k8"])
    kms.tag_resource(KeyId=key["KeyId"], Tags=[tag("one more")])
    tags = tags_of(kms, key)
    assert len(tags) == 50 and tags["k7"] == "replaced" and "k8" not in tags


REFUSED = [
    pytest.param([tag("a"), tag("a", "other")], "TagException", "Duplicate tag keys", id="duplicate"),
    pytest.param(many(51), "TagException", "Too many tags", id="too-many"),
    pytest.param([tag("aws:x")], "TagException", "Tags beginning with aws: are reserved", id="reserved"),
    pytest.param([tag("AwS:x")], "TagException", "Tags beginning with aws: are reserved", id="reserved-in-any-case"),
    pytest.param(
        [tag("")],
        "ValidationException",
        violation("tags.1.member.tagKey", "Member must have length greater than or equal to 1", "''"),
        id="empty-key",
    ),
    pytest.param(
        [tag("a"), tag("b", "v" * 257)],
        "ValidationException",
        violation("tags.2.member.tagValue", "Member must have length less than or equal to 256", f"'{'v' * 257}'"),
        id="long-value",
    ),
    pytest.param(
        [tag("k" * 129)],
        "ValidationException",
        violation("tags.1.member.tagKey", "Member must have length less than or equal to 128", f"'{'k' * 129}'"),
        id="long-key",
    ),
    pytest.param(
        [{"TagKey": "a"}],
        "ValidationException",
        violation("tags.1.member.tagValue", "Member must not be null", "null"),
        id="no-value",
    ),
    pytest.param(
        [{"TagValue": "a"}],
        "ValidationException",
        violation("tags.1.member.tagKey", "Member must not be null", "null"),
        id="no-key",
    ),
]


@pytest.mark.parametrize("tags, code, message", REFUSED)
def test_tag_resource_refuses(kms, key, tags, code, message):
    kms.tag_resource(KeyId=key["KeyId"], Tags=[tag("before")])
    with refused(code, message):
        kms.tag_resource(KeyId=key["KeyId"], Tags=tags)
    assert tags_of(kms, key) == {"before": "v"}


@pytest.mark.parametrize("tags, code, message", REFUSED)
def test_create_key_refuses(kms, tags, code, message):
    with refused(code, message):
        kms.create_key(Tags=tags)


def test_create_key_takes_fifty_tags(kms):
    key = kms.create_key(Tags=many(50))["KeyMetadata"]
    assert len(tags_of(kms, key)) == 50


def test_untag_resource_checks_each_key(kms, key):
    message = violation(
        "tagKeys",
        "Member must satisfy constraint: [Member must have length less than or equal to 128, "
        "Member must have length greater than or equal to 1]",
        "'[a, ]'",
    )
    with refused("ValidationException", message):
        kms.untag_resource(KeyId=key["KeyId"], TagKeys=["a", ""])
