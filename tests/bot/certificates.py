"""Certificates of the tests' own, which nobody else trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

if TYPE_CHECKING:
    from pathlib import Path


def make_certificate(folder: Path, name: str, stem: str = "own") -> tuple[Path, Path]:
    """The files of a new certificate for a host, and on loopback, and of its key."""
    authority = trustme.CA()
    issued = authority.issue_cert(name, "127.0.0.1")
    certificate, key = folder / f"{stem}.pem", folder / f"{stem}.key"
    # The authority's own comes last, so that who reads the file can trust it.
    for number, blob in enumerate([*issued.cert_chain_pems, authority.cert_pem]):
        blob.write_to_path(str(certificate), append=number > 0)
    issued.private_key_pem.write_to_path(str(key))
    return certificate, key


def lock(key: Path, locked: Path) -> None:
    """Write a key anew with a passphrase."""
    private = load_pem_private_key(key.read_bytes(), None)
    locked.write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a passphrase of the tests"))
    )
