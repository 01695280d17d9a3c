"""No secret is kept with the sources, and every rule of security that is set aside is set aside with a reason."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Tokens that name no account anywhere.
INVENTED = {
    "1000000001:local-bot-api-server-of-rapporteur",
    "123456789:AAtesttokentesttokentesttoken",
    "123456789:AAloadloadloadloadloadload",
    "123456789:AAwrongwrongwrongwrongwrong",
    "987654321:AAwrongwrongwrongwrongwrong",
    "987654321:AAanothertokenofanotherbotentirely",
}
PATTERNS = {
    "the token of a bot": r"(?<!\d)\d{8,10}:[A-Za-z0-9_-]{25,}",
    "a private key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "a key of AWS": r"(?<![0-9A-Za-z])(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])",
    "a token of GitHub": r"(?<![0-9A-Za-z])(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})",
    "a token of a model hub": r"(?<![0-9A-Za-z])hf_[A-Za-z0-9]{34}(?![0-9A-Za-z])",
}
# What is made, and not written.
MADE = {"__pycache__", "build", "dist"}


@lru_cache(maxsize=1)
def texts() -> dict[str, str]:
    """Every text file of the tree that is or would be kept, by its path below the root."""
    found = {}
    for path in paths():
        data = path.read_bytes() if path.is_file() and not path.is_symlink() else b"\0"
        if b"\0" not in data[:8192]:
            found[path.relative_to(ROOT).as_posix()] = data.decode("utf-8", "replace")
    return found


def paths() -> list[Path]:
    """The files that git keeps or would take in; without git, all but the hidden and the made."""
    git = shutil.which("git")
    if git is not None and (ROOT / ".git").exists():
        command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        if done.returncode == 0:
            return [ROOT / os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in MADE]
        found += [Path(folder, name) for name in names]
    return found


def secrets_in(text: str) -> list[str]:
    """What a text has that looks like a secret, as its kind and its first letters."""
    found = []
    for kind, pattern in PATTERNS.items():
        found += [f"{kind}: {hit[:12]}..." for hit in re.findall(pattern, text) if hit not in INVENTED]
    return found


def test_the_sources_are_looked_at() -> None:
    assert {"bot/settings.py", "tests/test_secrets.py", "README.md", "pyproject.toml"} <= set(texts())


def test_no_file_has_a_secret_in_it() -> None:
    found = {path: secrets_in(text) for path, text in texts().items()}
    assert {path: hits for path, hits in found.items() if hits} == {}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("the token of a bot", "TOKEN = '12345678" + ":" + "AAE" + "x" * 32 + "'"),
        ("the token of a bot", "https://api.telegram.org/bot1234567890" + ":" + "b_-" * 11 + "bb/getMe"),
        ("a private key", "-----BEGIN RSA PRIVATE " + "KEY-----"),
        ("a private key", "-----BEGIN PRIVATE " + "KEY-----"),
        ("a private key", "-----BEGIN OPENSSH PRIVATE " + "KEY-----"),
        ("a key of AWS", "AKIA" + "ABCDEFGH12345678"),
        ("a token of GitHub", "ghp_" + "a1" * 18),
        ("a token of GitHub", "github_pat_" + "a1" * 20),
        ("a token of a model hub", "hf_" + "aB" * 17),
    ],
)
def test_every_kind_of_secret_would_be_found(kind: str, text: str) -> None:
    (found,) = secrets_in(f"one\n{text}\ntwo")
    assert found.startswith(f"{kind}: ")


@pytest.mark.parametrize("text", ["12:30:45", "sha256:" + "a" * 64, "123456789:AA...", "ghp_short", *sorted(INVENTED)])
def test_what_is_none_is_not_taken_for_one(text: str) -> None:
    assert secrets_in(text) == []


def test_a_file_of_settings_is_not_kept() -> None:
    assert ".env" in texts()[".gitignore"].splitlines()


def test_every_rule_of_security_that_is_set_aside_has_a_reason() -> None:
    bare = re.compile(r"#\s*noqa:\s*(?:[A-Z]+\d+,\s*)*S\d+(?:,\s*[A-Z]+\d+)*\s*$")
    found = [
        f"{path}:{number}"
        for path, text in texts().items()
        if path.endswith(".py")
        for number, line in enumerate(text.split("\n"), 1)
        if bare.search(line)
    ]
    assert found == []
