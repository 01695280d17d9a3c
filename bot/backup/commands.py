"""``rapporteur backup`` and ``rapporteur restore``."""

from __future__ import annotations

import contextlib
import getpass
import signal
import sys
import time
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from bot.backup.data_lock import BACKUP, CHAT, RUN, hold
from bot.backup.encryption import EncryptionError, Seal, identities_in, identity_behind
from bot.backup.making import make_backup
from bot.backup.restore import restore_backup
from bot.backup.store_copies import day_of, restore_store, store_in_use
from bot.errors import DONE, CommandError
from bot.settings import SettingsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from pyrage import x25519

    from bot.backup.format import Header
    from bot.settings import Settings

_LONGEST_FILE = 64 * 1024


def backup_command(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write a backup of the data directory."""
    try:
        seal = Seal.of(arguments.to, _new_passphrase(arguments))
    except EncryptionError as error:
        raise SettingsError(str(error)) from None
    if seal is None:
        print(
            "This backup is not encrypted: whoever gets the file can read all documents and questions; see --to and "
            "--passphrase.",
            file=sys.stderr,
        )
    target = Path(arguments.file)
    with _stopping_cleanly(), _Bar() as bar:
        made = make_backup(
            settings.data_dir,
            target,
            seal,
            time.time(),
            bar,
            with_index=not arguments.without_index,
            force=arguments.force,
        )
    for remark in made.remarks:
        print(remark, file=sys.stderr)
    print(f"{made.files} files were backed up to {target} ({made.size / 1e6:.1f} MB).")
    return DONE


def restore_command(arguments: argparse.Namespace, settings: Settings) -> int:
    """Restore a backup, or with ``--store`` the last good copy of the store."""
    if arguments.store:
        if arguments.file is not None or arguments.identity is not None or arguments.passphrase_file is not None:
            raise SettingsError("With --store the last good copy of the store is restored; leave the others out.")
        return _restore_store(settings)
    if arguments.file is None:
        raise SettingsError("Name the backup to be restored, or say --store; see `rapporteur restore --help`.")

    def unlock(header: Header) -> Sequence[x25519.Identity]:
        return _identities(arguments, header)

    with _stopping_cleanly(), _Bar() as bar:
        restored = restore_backup(
            settings.data_dir, Path(arguments.file), unlock, time.time(), bar, force=arguments.force
        )
    print(f"{restored.files} files of the backup of {restored.created} were restored into {settings.data_dir}.")
    if restored.aside is not None:
        print(f"What was there before is in {restored.aside} now.")
    if restored.doubtful:
        print(f"{restored.doubtful} messages may have been sent since: an admin settles them with /outbox.")
    print("What was sent, asked, withdrawn or erased since that backup is not in it.")
    if not restored.has_index:
        print("There is no index in it: run `rapporteur index`, which takes as long as the first time.")
    elif _is_of_another_encoder(settings):
        print("Its index is of another encoder: run `rapporteur index --rebuild`.")
    print("`rapporteur check` says whether all is well.")
    return DONE


def _restore_store(settings: Settings) -> int:
    store = store_in_use(settings)
    with contextlib.ExitStack() as stack:
        for name in (BACKUP, RUN, CHAT):
            stack.enter_context(hold(settings.data_dir, name))
        copy, aside, doubtful = restore_store(store, time.time())
    print(f"{store} is the copy of {day_of(copy)} now.")
    if aside is not None:
        print(f"The file of before is {aside} now.")
    if doubtful:
        print(f"{doubtful} messages may have been sent since: an admin settles them with /outbox.")
    print("What was sent or decided since that copy is not in it: a message may be sent again, or be lost.")
    return DONE


def _is_of_another_encoder(settings: Settings) -> bool:
    """Whether the index was made by an encoder that is not the settings', or cannot be used."""
    from retrieval.encoders.loading import encoder_identity
    from retrieval.errors import RetrievalError
    from retrieval.index.generation import GenerationStore

    try:
        made_by = GenerationStore(settings.index_folder).current().encoder
        return made_by != encoder_identity(settings.embedding_model)
    except RetrievalError:
        return True


# Passphrases and keys.


def _new_passphrase(arguments: argparse.Namespace) -> str | None:
    """The passphrase that a backup is to have, None where it is to have none.

    Raises:
        SettingsError: it cannot be read, or was not given the same twice.
    """
    if arguments.passphrase_file is not None:
        return _passphrase_in(Path(arguments.passphrase_file))
    if not arguments.passphrase:
        return None
    _expect_terminal()
    passphrase = getpass.getpass("Passphrase of the backup: ")
    if getpass.getpass("Again: ") != passphrase:
        raise SettingsError("The two passphrases are not the same; nothing was written.")
    return _normal(passphrase)


def _identities(arguments: argparse.Namespace, header: Header) -> Sequence[x25519.Identity]:
    """The keys that may open a backup, asked for where they are not given."""
    if arguments.identity is not None:
        return identities_in(_text_of(Path(arguments.identity)))
    if header.identity is None:
        raise SettingsError("The backup is encrypted to a recipient; give the file of its secret key with --identity.")
    if arguments.passphrase_file is not None:
        passphrase = _passphrase_in(Path(arguments.passphrase_file))
    else:
        _expect_terminal()
        passphrase = _normal(getpass.getpass("Passphrase of the backup: "))
    return [identity_behind(header.identity, passphrase)]


def _expect_terminal() -> None:
    if not sys.stdin.isatty():
        raise SettingsError("A passphrase is asked for in a terminal only; give it in a file with --passphrase-file.")


def _passphrase_in(path: Path) -> str:
    """The passphrase that is the first line of a file, and all of it."""
    text = _text_of(path).rstrip("\r\n")
    if "\n" in text:
        raise SettingsError(f"The file {path} has several lines; a passphrase is one.")
    return _normal(text)


def _normal(passphrase: str) -> str:
    """A passphrase as it is wherever it was typed."""
    if not passphrase:
        raise SettingsError("The passphrase is empty.")
    return unicodedata.normalize("NFC", passphrase)


def _text_of(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read(_LONGEST_FILE)
    except OSError as error:
        raise SettingsError(f"The file {path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SettingsError(f"The file {path} is not text in UTF-8.") from None


# The terminal.


@contextlib.contextmanager
def _stopping_cleanly() -> Iterator[None]:
    """Let SIGTERM, which a supervisor sends, leave as little behind as Ctrl-C."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except MemoryError:
        raise CommandError("Memory ran out; close what takes it and try again.") from None
    finally:
        signal.signal(signal.SIGTERM, before)


class _Bar:
    """A bar of bytes on stderr for each stage."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def start(self, stage: str, total: int) -> None:
        """A stage of ``total`` bytes begins."""
        if self._bar is not None:
            self._bar.close()
        self._bar = tqdm(desc=stage, total=total, unit="B", unit_scale=True, file=sys.stderr, ncols=80, mininterval=0.1)

    def advance(self, steps: int) -> None:
        """So many more bytes are done."""
        if self._bar is not None:
            self._bar.update(steps)
