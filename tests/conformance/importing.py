"""Key material wrapped as a client wraps it, and imported."""

import os

from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding

HASHES = {"SHA_1": hashes.SHA1, "SHA_256": hashes.SHA256}
OAEP = ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]
FOREVER = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}


def parameters(kms, key_id, algorithm="RSAES_OAEP_SHA_256", wrapping_spec="RSA_2048"):
    return kms.get_parameters_for_import(KeyId=key_id, WrappingAlgorithm=algorithm, WrappingKeySpec=wrapping_spec)


def wrap(public_key, algorithm, material):
    public_key = serialization.load_der_public_key(public_key)
    chosen = HASHES["SHA_1" if algorithm.endswith("SHA_1") else "SHA_256"]()
    oaep = padding.OAEP(padding.MGF1(chosen), chosen, None)
    if algorithm in OAEP:
        return public_key.encrypt(material, oaep)
    between = os.urandom(32)
    return public_key.encrypt(between, oaep) + keywrap.aes_key_wrap_with_padding(between, material)


def bring_in(kms, key_id, material, algorithm="RSAES_OAEP_SHA_256", wrapping_spec="RSA_2048", made=None, **options):
    """With parameters that were made before, or new ones, for which the server makes an RSA key pair."""
    made = made or parameters(kms, key_id, algorithm, wrapping_spec)
    wrapped = wrap(made["PublicKey"], algorithm, material)
    return kms.import_key_material(
        KeyId=key_id, ImportToken=made["ImportToken"], EncryptedKeyMaterial=wrapped, **(options or FOREVER)
    )
