"""Attestation documents as a Nitro Enclave or a NitroTPM gets them, made here with a root of our own, and the answers to
them, opened with libraries that share nothing with the server."""

import dataclasses
import datetime
import time

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ES384 = bytes([0xA1, 0x01, 0x38, 0x22])
IMAGE = bytes(range(48))


def cbor(value):
    """As much of CBOR as the documents need."""

    def head(major, number):
        for size, code in ((0, number), (1, 24), (2, 25), (4, 26), (8, 27)):
            if size == 0 and number < 24:
                return bytes([major << 5 | number])
            if size and number < 1 << 8 * size:
                return bytes([major << 5 | code]) + number.to_bytes(size, "big")

    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(key) + cbor(item) for key, item in value.items())


class Authority:
    """Somebody with a key on P-384 and a certificate, signed by `issuer` or by themselves."""

    def __init__(self, issuer=None, leaf=False, lasts=datetime.timedelta(days=1)):
        self.key = ec.generate_private_key(ec.SECP384R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"signer {id(self)}")])
        now = datetime.datetime.now(datetime.UTC)
        usage = dict.fromkeys(
            "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign "
            "encipher_only decipher_only".split(),
            False,
        )
        usage["digital_signature" if leaf else "key_cert_sign"] = True
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(issuer.name if issuer else self.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + lasts)
            .add_extension(x509.BasicConstraints(ca=not leaf, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .sign((issuer or self).key, hashes.SHA384())
        )

    def der(self):
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def sign(self, message):
        r, s = utils.decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA384())))
        return r.to_bytes(48, "big") + s.to_bytes(48, "big")


@dataclasses.dataclass
class Machine:
    """An attested machine of a root: what it is measured as, and the key that answers to it are encrypted for."""

    root: Authority
    measurements: dict = dataclasses.field(default_factory=lambda: {0: IMAGE, 8: b"\xaa" * 48})
    registers: str = "pcrs"
    size: int = 2048
    leaf_lasts: datetime.timedelta = datetime.timedelta(days=1)

    def __post_init__(self):
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=self.size)
        self.authority = Authority(self.root)
        self.leaf = Authority(self.authority, leaf=True, lasts=self.leaf_lasts)

    def payload(self, **changed):
        spki = self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return {
            "module_id": "i-0123456789abcdef0-enc0123456789abcdef",
            "digest": "SHA384",
            "timestamp": int(time.time() * 1000),
            self.registers: self.measurements,
            "certificate": self.leaf.der(),
            "cabundle": [self.root.der(), self.authority.der()],
            "public_key": spki,
            "user_data": None,
            "nonce": b"n",
        } | changed

    def document(self, signer=None, **changed):
        payload = cbor(self.payload(**changed))
        signature = (signer or self.leaf).sign(cbor(["Signature1", ES384, b"", payload]))
        return b"\xd2" + cbor([ES384, {}, payload, signature])

    def recipient(self, **changed):
        return {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": self.document(**changed)}

    def open(self, enveloped):
        """What is in a CiphertextForRecipient, whose form must be what the clients of enclaves take."""
        content = cms.ContentInfo.load(enveloped, strict=True)
        assert content["content_type"].native == "enveloped_data"
        data = content["content"]
        assert data["version"].native == "v2"
        (recipient,) = data["recipient_infos"]
        assert recipient.name == "ktri"
        assert recipient.chosen["version"].native == "v2"
        assert recipient.chosen["rid"].name == "subject_key_identifier"
        how = recipient.chosen["key_encryption_algorithm"]
        assert how["algorithm"].native == "rsaes_oaep"
        assert how["parameters"]["hash_algorithm"]["algorithm"].native == "sha256"
        assert how["parameters"]["mask_gen_algorithm"]["parameters"]["algorithm"].native == "sha256"
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        key = self.private.decrypt(recipient.chosen["encrypted_key"].native, oaep)
        assert len(key) == 32
        inside = data["encrypted_content_info"]
        assert inside["content_type"].native == "data"
        assert inside["content_encryption_algorithm"]["algorithm"].native == "aes256_cbc"
        vector = inside["content_encryption_algorithm"]["parameters"].native
        decryptor = Cipher(algorithms.AES256(key), modes.CBC(vector)).decryptor()
        padded = decryptor.update(inside["encrypted_content"].native) + decryptor.finalize()
        unpadder = block_padding.PKCS7(128).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
