"""Answers for attested machines: Recipient and CiphertextForRecipient."""

import base64
import datetime
import json
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from attestation import IMAGE, Authority, Machine
from claviger_server import Server
from expect import code_of, refused

INVALID = "The attestation document is not valid."
MINUTES = 60 * 1000


@pytest.fixture(scope="module")
def root():
    return Authority()


@pytest.fixture(scope="module")
def server(root, tmp_path_factory):
    place = tmp_path_factory.mktemp("attested")
    (place / "roots.pem").write_bytes(Authority().pem() + root.pem())
    server = Server(place / "data", place, arguments=["--attestation-roots", place / "roots.pem"])
    yield server
    server.terminate()
    server.verify_audit()


@pytest.fixture(scope="module")
def kms(server):
    return server.kms()


@pytest.fixture(scope="module")
def machine(root):
    return Machine(root)


@pytest.fixture(scope="module")
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture(scope="module")
def agreement_key(kms):
    return kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["Arn"]


class TestAnswers:
    @pytest.mark.parametrize("size", [2048, 3072, 4096])
    def test_decrypt(self, kms, key, root, size):
        machine = Machine(root, size=size)
        blob = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"a": "b"})["CiphertextBlob"]
        answer = kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"}, Recipient=machine.recipient())
        assert machine.open(answer["CiphertextForRecipient"]) == b"secret"
        assert answer["KeyId"] == key
        assert not {"Plaintext", "KeyMaterialId"} & set(answer)

    def test_decrypt_with_an_rsa_key(self, kms, machine):
        key = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
        how = {"KeyId": key, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
        blob = kms.encrypt(Plaintext=b"secret", **how)["CiphertextBlob"]
        answer = kms.decrypt(CiphertextBlob=blob, Recipient=machine.recipient(), **how)
        assert machine.open(answer["CiphertextForRecipient"]) == b"secret"

    def test_generate_data_key(self, kms, key, machine):
        answer = kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient=machine.recipient())
        data_key = machine.open(answer["CiphertextForRecipient"])
        assert len(data_key) == 32
        assert kms.decrypt(CiphertextBlob=answer["CiphertextBlob"])["Plaintext"] == data_key
        assert not {"Plaintext", "KeyMaterialId"} & set(answer)

    def test_generate_data_key_pair(self, kms, key, machine):
        answer = kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256", Recipient=machine.recipient())
        private = machine.open(answer["CiphertextForRecipient"])
        assert kms.decrypt(CiphertextBlob=answer["PrivateKeyCiphertextBlob"])["Plaintext"] == private
        public = serialization.load_der_private_key(private, None).public_key()
        assert public == serialization.load_der_public_key(answer["PublicKey"])
        assert "PrivateKeyPlaintext" not in answer

    def test_generate_random(self, kms, machine):
        answer = kms.generate_random(NumberOfBytes=24, Recipient=machine.recipient())
        assert len(machine.open(answer["CiphertextForRecipient"])) == 24
        assert "Plaintext" not in answer

    def test_derive_shared_secret(self, kms, agreement_key, machine):
        peer = ec.generate_private_key(ec.SECP256R1())
        spki = peer.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        answer = kms.derive_shared_secret(
            KeyId=agreement_key, KeyAgreementAlgorithm="ECDH", PublicKey=spki, Recipient=machine.recipient()
        )
        ours = serialization.load_der_public_key(kms.get_public_key(KeyId=agreement_key)["PublicKey"])
        assert machine.open(answer["CiphertextForRecipient"]) == peer.exchange(ec.ECDH(), ours)
        assert "SharedSecret" not in answer

    def test_with_the_cli(self, server, key, machine, tmp_path):
        document = tmp_path / "document"
        document.write_bytes(machine.document())
        recipient = f"KeyEncryptionAlgorithm=RSAES_OAEP_SHA_256,AttestationDocument@=fileb://{document}"
        words = ["--key-id", key, "--key-spec", "AES_128", "--recipient", recipient]
        answer = server.aws("generate-data-key", *words)
        assert len(machine.open(base64.b64decode(answer["CiphertextForRecipient"]))) == 16

    def test_the_audit_tells_of_the_machine(self, server, kms, key, machine):
        answer = kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient=machine.recipient())
        event = server.audit(answer["ResponseMetadata"]["RequestId"])
        assert event["additionalEventData"]["recipient"] == {
            "attestationDocumentModuleId": machine.payload()["module_id"],
            "attestationDocumentEnclaveImageDigest": IMAGE.hex(),
        }
        assert len(event["additionalEventData"]["keyMaterialId"]) == 64
        assert "recipient" not in event["requestParameters"]


class TestRefusals:
    def refused(self, kms, recipient, message=INVALID):
        with refused("ValidationException", message):
            kms.generate_random(NumberOfBytes=1, Recipient=recipient)

    def test_both_members_are_needed(self, kms, machine):
        message = "Recipient needs both a KeyEncryptionAlgorithm and an AttestationDocument."
        for name in machine.recipient():
            self.refused(kms, {name: machine.recipient()[name]}, message)
        self.refused(kms, {}, message)

    def test_malformed_documents(self, kms, machine):
        whole = machine.document()
        for document in (b"x", whole[:-1], whole + b"x", machine.document(public_key=None), machine.document(digest="x")):
            recipient = machine.recipient() | {"AttestationDocument": document}
            self.refused(kms, recipient, "The attestation document is malformed.")

    def test_documents_that_are_old_or_not_yet(self, kms, machine):
        now = int(time.time() * 1000)
        for timestamp in (now - 6 * MINUTES, now + 6 * MINUTES):
            self.refused(kms, machine.recipient(timestamp=timestamp))
        kms.generate_random(NumberOfBytes=1, Recipient=machine.recipient(timestamp=now - 4 * MINUTES))

    def test_another_root(self, kms):
        self.refused(kms, Machine(Authority()).recipient())

    def test_an_expired_certificate(self, kms, root):
        self.refused(kms, Machine(root, leaf_lasts=datetime.timedelta(minutes=-1)).recipient())

    def test_a_missing_link(self, kms, root, machine):
        self.refused(kms, machine.recipient(cabundle=[root.der()]))

    def test_another_signer(self, kms, machine):
        self.refused(kms, machine.recipient(signer=machine.authority))

    def test_an_authority_in_place_of_a_machine(self, kms, machine):
        self.refused(kms, machine.recipient(signer=machine.authority, certificate=machine.authority.der()))

    def test_altered_documents(self, kms, machine):
        whole = machine.document()
        for at in range(0, len(whole), 151):
            altered = bytearray(whole)
            altered[at] ^= 1
            recipient = machine.recipient() | {"AttestationDocument": bytes(altered)}
            assert code_of(lambda r=recipient: kms.generate_random(NumberOfBytes=1, Recipient=r)) == "ValidationException"

    def test_a_key_that_is_not_of_rsa(self, kms, machine):
        spki = machine.leaf.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.refused(kms, machine.recipient(public_key=spki))

    def test_a_dry_run_looks_at_the_document(self, kms, key, machine):
        how = {"KeyId": key, "KeySpec": "AES_256", "DryRun": True}
        assert code_of(lambda: kms.generate_data_key(Recipient=machine.recipient(), **how)) == "DryRunOperationException"
        bad = machine.recipient(signer=machine.authority)
        assert code_of(lambda: kms.generate_data_key(Recipient=bad, **how)) == "ValidationException"

    def test_no_root_is_configured(self, start_server, machine):
        kms = start_server().kms()
        message = "Recipient is not supported: no root of attestation documents is configured"
        with refused("UnsupportedOperationException", message):
            kms.generate_random(NumberOfBytes=1, Recipient=machine.recipient())


class TestConditions:
    @pytest.fixture
    def put(self, server, kms):
        key = kms.create_key()["KeyMetadata"]["Arn"]
        root = f"arn:aws:iam::{server.account}:root"

        def put(condition):
            everything = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
            deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:GenerateDataKey", "Resource": "*"}
            statements = [everything, deny | {"Condition": condition}]
            kms.put_key_policy(KeyId=key, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
            return key

        return put

    @pytest.mark.parametrize("name, value", [("ImageSha384", IMAGE.hex()), ("PCR0", IMAGE.hex()), ("PCR8", "aa" * 48)])
    def test_registers(self, kms, machine, put, name, value):
        key = put({"StringNotEqualsIgnoreCase": {f"kms:RecipientAttestation:{name}": value.upper()}})
        how = {"KeyId": key, "KeySpec": "AES_256"}
        kms.generate_data_key(Recipient=machine.recipient(), **how)
        other = machine.recipient(pcrs={0: b"o" * 48, 8: b"o" * 48})
        for parameters in (how, how | {"Recipient": other}):
            assert code_of(lambda p=parameters: kms.generate_data_key(**p)) == "AccessDeniedException"

    def test_registers_of_a_tpm(self, kms, root, put):
        machine = Machine(root, registers="nitrotpm_pcrs", measurements={4: b"t" * 48})
        how = {"KeySpec": "AES_256", "Recipient": machine.recipient()}
        tpm = put({"StringNotEquals": {"kms:RecipientAttestation:NitroTPMPCR4": (b"t" * 48).hex()}})
        kms.generate_data_key(KeyId=tpm, **how)
        enclave = put({"StringNotEquals": {"kms:RecipientAttestation:PCR4": (b"t" * 48).hex()}})
        assert code_of(lambda: kms.generate_data_key(KeyId=enclave, **how)) == "AccessDeniedException"

    def test_a_forged_document_that_a_policy_would_allow_gets_nothing(self, kms, put):
        key = put({"StringNotEquals": {"kms:RecipientAttestation:PCR0": IMAGE.hex()}})
        forged = Machine(Authority()).recipient()
        with refused("ValidationException", INVALID):
            kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient=forged)
