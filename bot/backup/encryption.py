"""Encryption of backups with age (age-encryption.org/v1): to recipients, to a passphrase, or to both."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pyrage
from pyrage import passphrase as by_passphrase
from pyrage import x25519

from bot.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SECRET = "AGE-SECRET-KEY-1"  # noqa: S105 - how each begins


class EncryptionError(CommandError):
    """A key is none, or does not open a backup; the message is one sentence."""


class Origin(Protocol):
    """What gives bytes one part after another."""

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes, none at the end."""


class Sink(Protocol):
    """What takes bytes one part after another."""

    def write(self, data: bytes, /) -> int:
        """Take a part, and return how many bytes that was."""

    def flush(self) -> None:
        """Keep nothing back."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What a backup is encrypted to.

    A passphrase opens a key of its own, made for one backup: ``identity`` is that key encrypted to the passphrase,
    in base64. So a backup of any size is written in little memory, and a passphrase and recipients go together.
    """

    recipients: tuple[x25519.Recipient, ...]
    identity: str | None = None

    @classmethod
    def of(cls, recipients: Sequence[str], passphrase: str | None) -> Seal | None:
        """The seal for those recipients ("age1...") and that passphrase; None where there is neither.

        Raises:
            EncryptionError: a recipient is none.
        """
        found = [_recipient(one) for one in dict.fromkeys(recipients)]
        if passphrase is None:
            return cls(tuple(found)) if found else None
        own = x25519.Identity.generate()
        wrapped = by_passphrase.encrypt(str(own).encode(), passphrase)
        return cls((*found, own.to_public()), base64.b64encode(wrapped).decode())

    def write(self, parts: Iterator[bytes], target: Sink) -> None:
        """Write ``parts`` to ``target``, encrypted; what either raises is raised."""
        source, kept = _Source(parts), _Kept(target)
        try:
            pyrage.encrypt_io(source, kept, list(self.recipients))
        finally:
            _raise_first(source, kept)


def _recipient(text: str) -> x25519.Recipient:
    try:
        return x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise EncryptionError(
            f"{text!r} is no recipient; one begins with age1, and `age-keygen` prints it beside its secret key."
        ) from None


class _Watched:
    """What age calls; ``error`` is what went wrong in that, which age may hide, or answer by calling again."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def expect_well(self) -> None:
        """Let nothing more be done once something went wrong."""
        if self.error is not None:
            raise OSError("stopped")


def _raise_first(*watched: _Watched) -> None:
    for one in watched:
        if one.error is not None:
            raise one.error from None


class _Source(_Watched):
    """Parts as a file that is read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        super().__init__()
        self._parts = parts
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes, none at the end."""
        self.expect_well()
        try:
            while not self._rest:
                self._rest = next(self._parts)
        except StopIteration:
            return b""
        except BaseException as error:
            self.error = error
            raise
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


def identities_in(text: str) -> list[x25519.Identity]:
    """The secret keys in a file as `age-keygen` writes it.

    Raises:
        EncryptionError: there is none, or one is damaged.
    """
    lines = [line.strip() for line in text.splitlines()]
    try:
        found = [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError:
        found = []
    if not found:
        raise EncryptionError(f"The file of the identity has no line that begins with {_SECRET} and is whole.")
    return found


def identity_behind(identity: str, passphrase: str) -> x25519.Identity:
    """The key of a backup that a passphrase opens; ``identity`` is as in ``Seal``.

    Raises:
        EncryptionError: it does not.
    """
    try:
        own = by_passphrase.decrypt(base64.b64decode(identity, validate=True), passphrase)
        return x25519.Identity.from_str(own.decode("ascii"))
    except (pyrage.DecryptError, pyrage.IdentityError, binascii.Error, UnicodeDecodeError):
        raise EncryptionError("The passphrase is not that of the backup.") from None


def decrypt(source: Origin, target: Sink, identities: Sequence[x25519.Identity]) -> None:
    """Write to ``target`` what was encrypted in ``source``; what either raises is raised.

    Raises:
        EncryptionError: none of the keys opens it, or it is not as it was written.
    """
    kept = _Kept(target)
    try:
        pyrage.decrypt_io(source, kept, list(identities))
    except (pyrage.DecryptError, OSError) as error:
        _raise_first(kept)
        if isinstance(error, OSError) and error.errno is not None:
            raise
        is_other = isinstance(error, pyrage.DecryptError)
        reason = "was not encrypted to this key" if is_other else "is damaged where it is encrypted"
        raise EncryptionError(f"The backup {reason}.") from None
    finally:
        _raise_first(kept)


class _Kept(_Watched):
    """A sink."""

    def __init__(self, target: Sink) -> None:
        super().__init__()
        self._target = target

    def write(self, data: bytes, /) -> int:
        """Take a part."""
        self.expect_well()
        try:
            return self._target.write(data)
        except BaseException as error:
            self.error = error
            raise

    def flush(self) -> None:
        """Keep nothing back."""
        self._target.flush()
