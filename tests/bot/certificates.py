"""Certificates of the tests' own, which nobody else trusts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

OPENSSL = Path("/usr/bin/openssl")


def make_certificate(folder: Path, name: str, stem: str = "own") -> tuple[Path, Path]:
    """The files of a new certificate for a host, and of its key; the test is skipped where openssl is missing."""
    if not OPENSSL.exists():
        pytest.skip("the Debian package openssl is not installed")
    certificate, key = folder / f"{stem}.pem", folder / f"{stem}.key"
    made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([str(OPENSSL), *made, *subject, *files], check=True, capture_output=True)
    return certificate, key
