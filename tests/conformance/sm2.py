"""SM2 and SM3 once more, in whole numbers and affine points, for the tests to compare with: slow, not for secrets, and
sharing nothing with OpenSSL. GB/T 32918.1, .2, .4 and .5 (which GM/T 0003 has too), and GB/T 32905; the encodings are
those of GM/T 0009."""

import secrets
import struct

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
# Of whoever signs, where nothing else is agreed (GM/T 0009 section 10).
DEFAULT_ID = b"1234567812345678"

ALGORITHM = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")  # id-ecPublicKey with the curve's name


def sm3(message):
    def rotate(word, count):
        count %= 32
        return (word << count | word >> (32 - count)) & 0xFFFFFFFF

    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = message + b"\x80" + bytes((55 - len(message)) % 64) + struct.pack(">Q", 8 * len(message))
    for at in range(0, len(padded), 64):
        words = list(struct.unpack(">16I", padded[at : at + 64]))
        for j in range(16, 68):
            x = words[j - 16] ^ words[j - 9] ^ rotate(words[j - 3], 15)
            words.append(x ^ rotate(x, 15) ^ rotate(x, 23) ^ rotate(words[j - 13], 7) ^ words[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            constant = 0x79CC4519 if j < 16 else 0x7A879D8A
            ss1 = rotate((rotate(a, 12) + e + rotate(constant, j)) & 0xFFFFFFFF, 7)
            if j < 16:
                ff, gg = a ^ b ^ c, e ^ f ^ g
            else:
                ff, gg = a & b | a & c | b & c, e & f | ~e & g
            tt1 = (ff + d + (ss1 ^ rotate(a, 12)) + (words[j] ^ words[j + 4])) & 0xFFFFFFFF
            tt2 = (gg + h + ss1 + words[j]) & 0xFFFFFFFF
            a, b, c, d = tt1, a, rotate(b, 9), c
            e, f, g, h = tt2 ^ rotate(tt2, 9) ^ rotate(tt2, 17), e, rotate(f, 19), g
        state = [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h))]
    return struct.pack(">8I", *state)


def on_curve(point):
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - x * x * x - A * x - B) % P == 0


def add(left, right):
    """None is the point at infinity."""
    if left is None or right is None:
        return left or right
    (x1, y1), (x2, y2) = left, right
    if x1 == x2:
        if (y1 + y2) % P == 0:
            return None
        slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) % P
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P) % P
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P


def multiply(scalar, point=G):
    result = None
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def word(number):
    return number.to_bytes(32, "big")


def number(word):
    return int.from_bytes(word, "big")


def private_number():
    return 1 + secrets.randbelow(N - 2)


def digest_of(public, message, identity=DEFAULT_ID):
    """What is signed in place of the message: it depends on the signer."""
    z = sm3(struct.pack(">H", 8 * len(identity)) + identity + b"".join(map(word, (A, B, *G, *public))))
    return sm3(z + message)


def sign_digest(private, digest, k=None):
    while True:
        chosen = k or 1 + secrets.randbelow(N - 1)
        r = (number(digest) + multiply(chosen)[0]) % N
        s = pow(1 + private, -1, N) * (chosen - r * private) % N
        if r and r + chosen != N and s:
            return r, s


def verifies_digest(public, digest, signature):
    r, s = signature
    t = (r + s) % N
    if not (0 < r < N and 0 < s < N and t):
        return False
    point = add(multiply(s), multiply(t, public))
    return point is not None and (number(digest) + point[0]) % N == r


def stream(secret, size):
    """The key derivation function."""
    return b"".join(sm3(secret + struct.pack(">I", i)) for i in range(1, size // 32 + 2))[:size]


def mask(data, keys):
    return bytes(left ^ right for left, right in zip(data, keys, strict=True))


def encrypt(public, plaintext, k=None):
    """(x, y) of C1, C3, C2."""
    while True:
        chosen = k or 1 + secrets.randbelow(N - 1)
        x2, y2 = map(word, multiply(chosen, public))
        keys = stream(x2 + y2, len(plaintext))
        if any(keys):
            return multiply(chosen), sm3(x2 + plaintext + y2), mask(plaintext, keys)


def decrypt(private, ciphertext):
    """None for what was not encrypted for the key."""
    point, check, masked = ciphertext
    if not on_curve(point):
        return None
    x2, y2 = map(word, multiply(private, point))
    keys = stream(x2 + y2, len(masked))
    plaintext = mask(masked, keys)
    return plaintext if any(keys) and sm3(x2 + plaintext + y2) == check else None


def tlv(tag, content):
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(digits)]) + digits + content


def integer(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def read_tlv(data, tag):
    """The content of the element at the beginning, and what follows it."""
    assert data[0] == tag
    size, at = data[1], 2
    if size >= 128:
        at += size - 128
        size = number(data[2:at])
        assert size >= 128
    assert len(data) >= at + size
    return data[at : at + size], data[at + size :]


def read_integer(data):
    content, rest = read_tlv(data, 2)
    assert integer(number(content)) == tlv(2, content)
    return number(content), rest


def encode_signature(signature):
    return tlv(0x30, integer(signature[0]) + integer(signature[1]))


def decode_signature(der):
    content, rest = read_tlv(der, 0x30)
    r, after = read_integer(content)
    s, after = read_integer(after)
    assert not rest and not after
    return r, s


def encode_ciphertext(ciphertext):
    (x, y), check, masked = ciphertext
    return tlv(0x30, integer(x) + integer(y) + tlv(4, check) + tlv(4, masked))


def decode_ciphertext(der):
    content, rest = read_tlv(der, 0x30)
    x, after = read_integer(content)
    y, after = read_integer(after)
    check, after = read_tlv(after, 4)
    masked, after = read_tlv(after, 4)
    assert not rest and not after and len(check) == 32
    return (x, y), check, masked


def spki(public):
    return tlv(0x30, ALGORITHM + tlv(3, b"\0\4" + word(public[0]) + word(public[1])))


def decode_spki(der):
    point = number(der[-64:-32]), number(der[-32:])
    assert der == spki(point) and on_curve(point)
    return point


def pkcs8(private, with_public=True):
    public = multiply(private)
    point = tlv(0xA1, tlv(3, b"\0\4" + word(public[0]) + word(public[1]))) if with_public else b""
    return tlv(0x30, integer(0) + ALGORITHM + tlv(4, tlv(0x30, integer(1) + tlv(4, word(private)) + point)))


def decode_pkcs8(der):
    at = der.index(bytes.fromhex("0201010420")) + 5
    private = number(der[at : at + 32])
    assert der == pkcs8(private)
    return private
