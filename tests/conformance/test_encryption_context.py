"""What of an encryption context matters: every byte of every pair, and nothing of their order."""

import json
import unicodedata

import pytest

from actions import b64
from expect import refused

NFC = unicodedata.normalize("NFC", "Zürich")
NFD = unicodedata.normalize("NFD", "Zürich")
# One row per context; any two of them are different contexts.
CONTEXTS = {
    "none": {},
    "a-bc": {"a": "bc"},
    "ab-c": {"ab": "c"},
    "abc-empty": {"abc": ""},
    "empty-abc": {"": "abc"},
    "both-empty": {"": ""},
    "swapped": {"bc": "a"},
    "upper-case-value": {"a": "BC"},
    "upper-case-key": {"A": "bc"},
    "trailing-space": {"a": "bc "},
    "nul": {"a": "bc\0"},
    "two-pairs": {"a": "bc", "d": "e"},
    "two-pairs-values-swapped": {"a": "e", "d": "bc"},
    "two-pairs-merged": {"a": "bcde"},
    "two-pairs-as-json": {"a": 'bc","d":"e'},
    "composed-value": {"city": NFC},
    "decomposed-value": {"city": NFD},
    "composed-key": {NFC: "x"},
    "decomposed-key": {NFD: "x"},
    "sharp-s": {"a": "Straße"},
    "double-s": {"a": "Strasse"},
    "full-width": {"a": "ｂｃ"},
    "astral": {"\U0001f511": "\U0001f512"},
    "right-to-left": {"مفتاح": "قيمة"},
    "number": {"a": "1"},
    "padded-number": {"a": "01"},
}


@pytest.fixture(scope="module")
def blobs(kms, shared_key):
    return {
        name: kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=name.encode(), EncryptionContext=context)[
            "CiphertextBlob"
        ]
        for name, context in CONTEXTS.items()
    }


def test_the_contexts_differ():
    assert len({json.dumps(context, sort_keys=True) for context in CONTEXTS.values()}) == len(CONTEXTS)


@pytest.mark.parametrize("name", CONTEXTS)
def test_a_context_opens_its_own_ciphertext_and_no_other(name, kms, raw, blobs):
    assert kms.decrypt(CiphertextBlob=blobs[name], EncryptionContext=CONTEXTS[name])["Plaintext"] == name.encode()
    replies = set()
    for other in CONTEXTS.keys() - {name}:
        reply = raw.call("Decrypt", {"CiphertextBlob": b64(blobs[name]), "EncryptionContext": CONTEXTS[other]})
        replies.add((reply.status, reply.body))
    # Nothing tells which pair is wrong, or that it is the context at all.
    assert replies == {(400, b'{"__type":"InvalidCiphertextException"}')}


@pytest.mark.parametrize("action", ["encrypt", "generate_data_key", "generate_data_key_without_plaintext"])
def test_order_never_matters(action, raw, kms, shared_key):
    pairs = [("z", "1"), ("a", "2"), ("é", "3"), ("B", "4"), ("", "5")]
    more = {"Plaintext": b"x"} if action == "encrypt" else {"KeySpec": "AES_128"}
    blob = getattr(kms, action)(KeyId=shared_key["KeyId"], EncryptionContext=dict(pairs), **more)["CiphertextBlob"]
    for order in (pairs, pairs[::-1], sorted(pairs), pairs[2:] + pairs[:2]):
        context = ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in order)
        reply = raw.call("Decrypt", f'{{"CiphertextBlob":"{b64(blob)}","EncryptionContext":{{{context}}}}}'.encode())
        assert reply.status == 200, reply


@pytest.mark.parametrize("sealed_with", [b"", b',"EncryptionContext":{}', b',"EncryptionContext":null'])
@pytest.mark.parametrize("opened_with", [b"", b',"EncryptionContext":{}', b',"EncryptionContext":null'])
def test_no_context_is_the_empty_context(raw, shared_key, sealed_with, opened_with):
    key_id = shared_key["KeyId"].encode()
    sealed = raw.call("Encrypt", b'{"KeyId":"' + key_id + b'","Plaintext":"eA=="' + sealed_with + b"}").json
    opened = raw.call("Decrypt", b'{"CiphertextBlob":"' + sealed["CiphertextBlob"].encode() + b'"' + opened_with + b"}")
    assert (opened.status, opened.json["Plaintext"]) == (200, "eA==")


def test_escapes_and_their_characters_are_the_same_context(raw, kms, shared_key):
    blob = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x", EncryptionContext={"é": "\U0001f511/"})[
        "CiphertextBlob"
    ]
    body = f'{{"CiphertextBlob":"{b64(blob)}","EncryptionContext":{{"\\u00e9":"\\ud83d\\udd11\\/"}}}}'
    assert raw.call("Decrypt", body.encode()).status == 200


@pytest.mark.parametrize("action", ["Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"])
def test_a_context_has_at_most_8192_bytes(action, raw, shared_key):
    # A pair counts with its key, its value and the eight bytes of their two lengths.
    more = {"Plaintext": "eA=="} if action == "Encrypt" else {"KeySpec": "AES_128"}
    for length, error in ((8192 - 4 - 8 - 1, None), (8192 - 8, "ValidationException"), (20000, "ValidationException")):
        context = {"k": "v" * length}
        assert raw.call(action, {"KeyId": shared_key["KeyId"], "EncryptionContext": context} | more).error == error


@pytest.mark.parametrize("member", ["SourceEncryptionContext", "DestinationEncryptionContext"])
def test_re_encrypt_changes_the_context(kms, shared_key, member):
    source, destination = {"stage": "one"}, {"stage": "two"}
    blob = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"moved", EncryptionContext=source)["CiphertextBlob"]
    reply = kms.re_encrypt(
        CiphertextBlob=blob,
        SourceEncryptionContext=source,
        DestinationKeyId=shared_key["KeyId"],
        DestinationEncryptionContext=destination,
    )
    moved = reply["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=moved, EncryptionContext=destination)["Plaintext"] == b"moved"
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(CiphertextBlob=moved, EncryptionContext=source)
    # With either of the two wrong it fails, or gives a ciphertext of the wrong context.
    wrong = {"SourceEncryptionContext": source, "DestinationEncryptionContext": destination} | {member: {"stage": "x"}}
    if member == "SourceEncryptionContext":
        with refused("InvalidCiphertextException", ""):
            kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=shared_key["KeyId"], **wrong)
    else:
        reply = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=shared_key["KeyId"], **wrong)
        with refused("InvalidCiphertextException", ""):
            kms.decrypt(CiphertextBlob=reply["CiphertextBlob"], EncryptionContext=destination)
