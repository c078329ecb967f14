"""How STS takes a web identity token: by an issuer that the account has registered, whose keys it fetches itself."""

import datetime
import json
import urllib.request

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from moto.sts.exceptions import STSClientError

SKEW_SECONDS = 300


def invalid(why):
    return STSClientError("InvalidIdentityToken", why)


def fetched(url):
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        raise STSClientError("IDPCommunicationError", "Could not reach the identity provider") from None


def verified_claims(token, providers, now):
    """The claims of a token and the provider of the account that vouches for it. `now`: naive UTC."""
    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload)
        issuer = claims["iss"]
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        raise invalid("The token is malformed") from None
    provider = next((p for p in providers if p.url == issuer.split("://", 1)[-1]), None)
    if provider is None:
        raise invalid("No OpenIDConnect provider found in your account for its issuer")
    if claims.get("aud") not in provider.client_id_list:
        raise invalid("Incorrect token audience")
    metadata = fetched(f"{issuer}/.well-known/openid-configuration")
    if metadata.get("issuer") != issuer:
        raise invalid("The issuer names another one")
    try:
        keys = KeySet.import_key_set(fetched(metadata["jwks_uri"]))
        jws.deserialize_compact(token, keys, algorithms=["RS256", "ES256"])
    except (JoseError, ValueError, KeyError):
        raise invalid("Couldn't retrieve verification key from your identity provider, or it does not verify") from None
    seconds = now.replace(tzinfo=datetime.timezone.utc).timestamp()
    if not isinstance(claims.get("exp"), int) or not isinstance(claims.get("sub"), str):
        raise invalid("Missing a required claim")
    if seconds >= claims["exp"]:
        raise STSClientError("ExpiredTokenException", "Token expired")
    if max(claims.get("nbf", 0), claims.get("iat", 0)) > seconds + SKEW_SECONDS:
        raise invalid("Token is not valid yet")
    return claims, provider
