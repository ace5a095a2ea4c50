"""A plant that seals what it says. Needs Python 3.11 and OpenSSL 3, and no packages.

    python3 plant.py key-id --key KEY.pem
    python3 plant.py seal --key KEY.pem --audience NAME STATEMENTS

KEY.pem is a private Ed25519 key: openssl genpkey -algorithm ed25519 -out KEY.pem
STATEMENTS has one statement a line: a mobility.fleet.v1.ManufacturingEvent in its JSON mapping.
`seal` prints one record a line: the key for Kafka, a tab, the sealed statement. Any producer takes that:

    … | kafka-console-producer.sh --bootstrap-server HOST:PORT --topic manufacturing.events \
          --producer-property acks=all --property parse.key=true
"""

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tempfile

# What comes before the 32 bytes of an Ed25519 key in SubjectPublicKeyInfo (RFC 8410).
ED25519 = bytes.fromhex("302a300506032b6570032100")


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def openssl(*args: str) -> bytes:
    return subprocess.run(["openssl", *args], check=True, stdout=subprocess.PIPE, timeout=30).stdout


def key_id(key_file: str) -> str:
    """The JWK thumbprint (RFC 7638): SHA-256 of the public key as JSON with these members, in this order, without spaces."""
    der = openssl("pkey", "-in", key_file, "-pubout", "-outform", "DER")
    if not der.startswith(ED25519):
        sys.exit(f"{key_file} has no Ed25519 key")
    jwk = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": base64url(der[-32:])}, separators=(",", ":"))
    return base64url(hashlib.sha256(jwk.encode("ascii")).digest())


def sign(message: bytes, key_file: str) -> bytes:
    # OpenSSL reads what Ed25519 signs from a file only.
    with tempfile.NamedTemporaryFile() as file:
        file.write(message)
        file.flush()
        return openssl("pkeyutl", "-sign", "-rawin", "-inkey", key_file, "-in", file.name)


def seal(statement: dict, key_file: str, audience: str) -> str:
    """A compact JWS (RFC 7515): the header has exactly these four members."""
    header = {"alg": "EdDSA", "kid": key_id(key_file), "typ": "mobility-statement", "aud": audience}
    signed = ".".join(base64url(json.dumps(part).encode("utf-8")) for part in (header, statement))
    return f"{signed}.{base64url(sign(signed.encode('ascii'), key_file))}"


def record_key(statement: dict) -> str:
    """The frame or serial number that it is about, so that Kafka keeps the order of what is said of one bike or part."""
    for said in statement.values():
        if isinstance(said, dict):
            number = said.get("frameNumber") or said.get("component", {}).get("serialNumber")
            if number:
                return "".join(number.split())
    return statement["source"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("key-id").add_argument("--key", required=True)
    sealing = verbs.add_parser("seal")
    sealing.add_argument("--key", required=True)
    sealing.add_argument("--audience", required=True)
    sealing.add_argument("statements")
    asked = parser.parse_args()
    if asked.verb == "key-id":
        print(key_id(asked.key))
        return
    with open(asked.statements, encoding="utf-8") as lines:
        for line in filter(str.strip, lines):
            statement = json.loads(line)
            print(f"{record_key(statement)}\t{seal(statement, asked.key, asked.audience)}", flush=True)


if __name__ == "__main__":
    main()
