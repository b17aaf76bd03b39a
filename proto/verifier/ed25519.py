"""Ed25519 by the ZIP 215 rules (details.md, Signed messages).

OpenSSL is asked first: it refuses S at or above the group order, and its
equation without the cofactor implies the one with it, so whatever it accepts is
accepted. Whatever it refuses is judged again by the arithmetic below, which is
slow and says exactly what the rules say.
"""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_ONE = pow(2, (P - 1) // 4, P)

# A point in extended coordinates (X, Y, Z, T).
Point = tuple[int, int, int, int]
IDENTITY: Point = (0, 1, 1, 0)


def decompress(data: bytes) -> Point | None:
    """Decodes a point; y may stand above p, and x = 0 may carry a sign."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, (number & ((1 << 255) - 1)) % P
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_MINUS_ONE % P
    if (x * x - square) % P:
        return None
    if x & 1 != sign:
        x = -x % P
    return (x, y, 1, x * y % P)


def add(a: Point, b: Point) -> Point:
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return (i * j % P, k * m % P, j * k % P, i * m % P)


def multiply(scalar: int, point: Point) -> Point:
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def negate(point: Point) -> Point:
    return (-point[0] % P, point[1], point[2], -point[3] % P)


def is_identity(point: Point) -> bool:
    return point[0] % P == 0 and (point[1] - point[2]) % P == 0


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
assert BASE is not None


def is_small_order(key: bytes) -> bool:
    """True for a point of small order, and for bytes that are no point."""
    point = decompress(key)
    return point is None or is_identity(multiply(8, point))


def verify_zip215(key: bytes, message: bytes, signature: bytes) -> bool:
    a, r = decompress(key), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    k = int.from_bytes(digest, "little") % ORDER
    difference = add(multiply(s, BASE), negate(add(r, multiply(k, a))))
    return is_identity(multiply(8, difference))


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    if len(key) != 32 or len(signature) != 64:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return verify_zip215(key, message, signature)
