"""A plant that tells the platform what it makes: with a key of its own through Kafka, or through the API.

    python plant.py new-key --key FILE
    python plant.py send --key FILE --audience NAME --brokers HOST:PORT --topic TOPIC STATEMENTS
    TOKEN=... python plant.py post --url URL STATEMENTS

STATEMENTS has one statement a line: a mobility.fleet.v1.ManufacturingEvent in its JSON mapping.
Needs Python 3.11 and the packages of requirements.txt.
"""

import argparse
import base64
import hashlib
import json
import os
import sys
import urllib.error
import urllib.request

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from kafka import KafkaProducer
from kafka.errors import KafkaError

ANSWERED_WITHIN_S = 30
STATEMENTS_A_REQUEST = 100


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def key_id(key: Ed25519PublicKey) -> str:
    """The JWK thumbprint (RFC 7638): SHA-256 of the key as JSON with these members, in this order, without spaces."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    jwk = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": base64url(raw)}, separators=(",", ":"))
    return base64url(hashlib.sha256(jwk.encode("ascii")).digest())


def seal(statement: dict, key: Ed25519PrivateKey, audience: str) -> bytes:
    """A compact JWS (RFC 7515): the header has exactly these four members."""
    header = {"alg": "EdDSA", "kid": key_id(key.public_key()), "typ": "mobility-statement", "aud": audience}
    parts = [base64url(json.dumps(part).encode("utf-8")) for part in (header, statement)]
    signed = ".".join(parts).encode("ascii")
    return signed + b"." + base64url(key.sign(signed)).encode("ascii")


def record_key(statement: dict) -> bytes:
    """The frame or serial number that it is about, so that Kafka keeps the order of what is said of one bike or part."""
    said = next((value for value in statement.values() if isinstance(value, dict)), {})
    number = said.get("frameNumber") or said.get("component", {}).get("serialNumber")
    return (number or statement["source"]).encode("utf-8")


def new_key(asked: argparse.Namespace) -> None:
    """Writes the private key, for its owner only, and FILE.pub, which the operator of the platform registers."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with open(os.open(asked.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(private)
    with open(f"{asked.key}.pub", "xb") as out:
        out.write(public)
    print(f"{asked.key} and {asked.key}.pub, key {key_id(key.public_key())}")


def read_key(file: str) -> Ed25519PrivateKey:
    with open(file, "rb") as source:
        key = load_pem_private_key(source.read(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        sys.exit(f"{file} has no Ed25519 key")
    return key


def read_statements(file: str) -> list[dict]:
    statements = []
    with open(file, encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                statements.append(json.loads(line))
            except ValueError as fault:
                sys.exit(f"{file}, line {number}: {fault}")
    return statements


def send(asked: argparse.Namespace) -> None:
    """Ends with an error unless Kafka has every statement. Sent again, the same statement changes nothing."""
    key = read_key(asked.key)
    statements = read_statements(asked.statements)
    producer = KafkaProducer(bootstrap_servers=asked.brokers.split(","), acks="all")
    try:
        said = [
            producer.send(asked.topic, key=record_key(each), value=seal(each, key, asked.audience))
            for each in statements
        ]
        for each in said:
            each.get(timeout=ANSWERED_WITHIN_S)
    finally:
        producer.close(timeout=ANSWERED_WITHIN_S)
    print(f"{len(said)} statements sent")


def post(asked: argparse.Namespace) -> None:
    """The platform seals, for the partner in the token. Ends with an error if it refuses a statement."""
    statements = read_statements(asked.statements)
    token = os.environ.get("TOKEN") or sys.exit("TOKEN is not set: it takes a token of the login service")
    refused = 0
    for first in range(0, len(statements), STATEMENTS_A_REQUEST):
        some = statements[first : first + STATEMENTS_A_REQUEST]
        request = urllib.request.Request(
            f"{asked.url}/v1/partners/statements",
            data=json.dumps({"statements": [{"statement": each} for each in some]}).encode("utf-8"),
            headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWERED_WITHIN_S) as answer:
                for each in json.load(answer)["statements"]:
                    print(json.dumps(each))
                    refused += each["outcome"] == "refused"
        except urllib.error.HTTPError as refusal:
            sys.exit(f"{refusal.code}: {refusal.read().decode('utf-8')}")
    if refused > 0:
        sys.exit(f"{refused} statements refused")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    for verb, act, needed in (
        ("new-key", new_key, "--key"),
        ("send", send, "--key --audience --brokers --topic STATEMENTS"),
        ("post", post, "--url STATEMENTS"),
    ):
        form = verbs.add_parser(verb)
        form.set_defaults(act=act)
        for name in needed.split():
            form.add_argument(name.lower(), **({"required": True} if name.startswith("--") else {}))
    asked = parser.parse_args()
    try:
        asked.act(asked)
    except (OSError, KafkaError) as fault:
        sys.exit(f"{type(fault).__name__}: {fault}")


if __name__ == "__main__":
    main()
