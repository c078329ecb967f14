"""The ES256 key of one agent: it signs proofs and assertions and stays on its machine."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from .clock import Clock
from .secret import Secret


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def thumbprint(jwk: Mapping[str, str]) -> str:
    """RFC 7638, SHA-256: only the required members count, in the order of the alphabet."""
    return base64url(hashlib.sha256(_json({name: jwk[name] for name in ("crv", "kty", "x", "y")})).digest())


class ClientKey:
    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        numbers = key.public_key().public_numbers()
        x, y = (base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        self._key = key
        self.public_jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
        self.thumbprint = thumbprint(self.public_jwk)

    @classmethod
    def generate(cls) -> ClientKey:
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_jwk(cls, private_jwk: Secret) -> ClientKey:
        """A TypeError when the text is not a private P-256 JWK."""
        try:
            jwk = json.loads(private_jwk.expose())
            if (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
                raise ValueError
            key = ec.derive_private_key(_number(jwk["d"]), ec.SECP256R1())
            numbers = key.public_key().public_numbers()
            if (numbers.x, numbers.y) != (_number(jwk["x"]), _number(jwk["y"])):
                raise ValueError
        except (KeyError, ValueError, TypeError, AttributeError):
            # Their messages quote the text.
            raise TypeError("not a private P-256 key in JWK form") from None
        return cls(key)

    @property
    def private_jwk(self) -> Secret:
        """The JWK with `d`, as JSON text, to store where only this user can read."""
        d = base64url(self._key.private_numbers().private_value.to_bytes(32, "big"))
        return Secret(json.dumps({**self.public_jwk, "d": d}))

    def proof(
        self, method: str, url: str, clock: Clock, *, token: Secret | None = None, nonce: str | None = None
    ) -> str:
        """A DPoP proof (RFC 9449 §4.2) for one request. A fresh one is needed for every request, retries included."""
        claims: dict[str, Any] = {
            "jti": base64url(clock.random(16)),
            "htm": method,
            "htu": str(httpx.URL(url).copy_with(query=None, fragment=None)),
            "iat": int(clock.now().timestamp()),
        }
        if token is not None:
            claims["ath"] = base64url(hashlib.sha256(token.expose().encode()).digest())
        if nonce is not None:
            claims["nonce"] = nonce
        return self._jws({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.public_jwk}, claims)

    def assertion(self, subject: str, audience: str, clock: Clock) -> str:
        """Says for 60 seconds (RFC 7523 §2) who has this key. `audience`: the broker's issuer URL."""
        iat = int(clock.now().timestamp())
        claims = {
            "iss": subject,
            "sub": subject,
            "aud": audience,
            "jti": base64url(clock.random(16)),
            "iat": iat,
            "exp": iat + 60,
        }
        return self._jws({"typ": "client-authentication+jwt", "alg": "ES256", "kid": self.thumbprint}, claims)

    def _jws(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        signed = f"{base64url(_json(header))}.{base64url(_json(claims))}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
