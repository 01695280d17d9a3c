"""``rapporteur library``: what an admin decides on documents in a shell, and the library in one file."""

from __future__ import annotations

import dataclasses
import datetime
import json
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from bot.audit import entries as audit
from bot.errors import DONE, NOT_FOUND, CommandError
from bot.opening import open_extractor, open_library
from bot.store import Store
from corpus.erasure import erase_document
from corpus.library import SHELL, State
from corpus.library_archive import export, import_library
from corpus.metadata import checked
from corpus.quality import quality
from corpus.sources import find_sources
from retrieval.errors import IndexBusy
from retrieval.index.erasing import purge
from retrieval.index.generation import GenerationStore
from retrieval.index.indexing import index_lock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from bot.settings import Settings
    from corpus.library import Entry, Library

_AT_NEXT_INDEXING = "It counts from the next indexing on: /reload, or `rapporteur index`."


def library_command(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do what was asked with the library."""
    if arguments.action == "import":
        return _import(arguments, settings)
    with open_library(settings) as library:
        try:
            return ACTIONS[arguments.action](arguments, settings, library)
        except ValueError as error:
            raise CommandError(str(error)) from None


def _list(arguments: argparse.Namespace, _: Settings, library: Library) -> int:
    """The documents whose id, title or file has every word given."""
    wanted = " ".join(arguments.words).casefold().split()
    found = [entry for entry in library.entries().values() if _has(entry, wanted)]
    if arguments.json:
        _print_json({"documents": [dataclasses.asdict(entry) for entry in found]})
        return DONE if found else NOT_FOUND
    for entry in found:
        print(f"{entry.state.value:>9}  {entry.label:<12} {entry.id}" + (f": {entry.title}" if entry.title else ""))
    print(f"{len(found)} documents.")
    return DONE if found else NOT_FOUND


def _has(entry: Entry, wanted: list[str]) -> bool:
    text = f"{entry.id} {entry.title or ''} {entry.file}".casefold()
    return all(word in text for word in wanted)


def _show(arguments: argparse.Namespace, _: Settings, library: Library) -> int:
    """One document: what is known about it, its versions, what is to be looked at, and its history."""
    entry = library.entry(arguments.id)
    if entry is None:
        print(f"There is no document {arguments.id}; `rapporteur library list` names all.", file=sys.stderr)
        return NOT_FOUND
    versions = library.versions(entry.id)
    reading = library.reading(versions[0]) if versions else None
    remarks = [remark.sentence for remark in quality(reading).remarks()] if reading else []
    events = library.events(entry.id)
    if arguments.json:
        _print_json(
            {
                "document": dataclasses.asdict(entry),
                "metadata": _metadata(reading.metadata) if reading else None,
                "versions": [dataclasses.asdict(version) for version in versions],
                "remarks": remarks,
                "events": [dataclasses.asdict(event) for event in events],
            }
        )
        return DONE
    print(f"{entry.id}\n  {entry.state.value}, {entry.label} (by {entry.label_by})\n  {entry.file}")
    for name, value in (_metadata(reading.metadata) if reading else {}).items():
        print(f"  {name}: {value}")
    for version in versions:
        print(f"  version {version.number}, {_day(version.recorded)}: {version.sha256}")
    for remark in remarks:
        print(f"  ! {remark}")
    for event in events:
        print(f"  {_day(event.at)} {event.event} {event.detail} (by {event.by})".replace("  (", " ("))
    return DONE


def _metadata(metadata: Any) -> dict[str, str]:
    """What is known about a document, as text, with what was guessed marked."""
    known = {name: value for name, value in dataclasses.asdict(metadata).items() if value not in (None, ())}
    known.pop("guessed", None)
    known.pop("sources", None)
    if known.pop("other_rounds", None):
        known["round"] = ", ".join(map(str, metadata.rounds))
    return {name: f"{value} (guessed)" if name in metadata.guessed else str(value) for name, value in known.items()}


def _day(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds).astimezone().isoformat(sep=" ", timespec="minutes")


def _withdraw(arguments: argparse.Namespace, _: Settings, library: Library) -> int:
    library.withdraw(arguments.id, SHELL, arguments.reason)
    print(f"{arguments.id} is withdrawn: from now on nothing of it is shown.")
    return DONE


def _restore(arguments: argparse.Namespace, _: Settings, library: Library) -> int:
    before = library.entry(arguments.id)
    library.restore(arguments.id, SHELL)
    erased = before is not None and before.state is State.ERASED
    print(f"{arguments.id} may be read again. {_AT_NEXT_INDEXING}" if erased else f"{arguments.id} is shown again.")
    return DONE


def _erase(arguments: argparse.Namespace, settings: Settings, library: Library) -> int:
    """Erase, and name what else may hold the document."""
    entry = library.entry(arguments.id)
    if not arguments.yes:
        raise CommandError(f"Erasing {arguments.id} cannot be undone; say --yes to do it.")
    erasure = erase_document(library, arguments.id, SHELL)
    store = GenerationStore(settings.index_folder)
    try:
        with index_lock(store):
            purge(store, library)
    except IndexBusy:
        print("It is hidden from now on, and gone from the index's files with the next indexing.")
    for kept in _stores(settings):
        kept.forget_wordings([arguments.id])
    print(f"{arguments.id} is erased.")
    if entry is not None and Path(entry.file).exists():
        print(f"Its file {entry.file} is not ours to delete; as it is, it is not read again.")
    if erasure.container is not None:
        print(f"The archive or message {erasure.container} that it was packed in still holds it.")
    for twin in erasure.twins:
        print(f"The same file is also the document {twin}, which is not erased.")
    for path in erasure.exports:
        print(f"The export {path} may hold it.")
    return DONE


def _stores(settings: Settings) -> Iterator[Store]:
    """The stores that there are: of the bot on Telegram, and of the one without it."""
    for path in (settings.store_file, settings.local_store_file):
        if path.exists():
            with Store.open(path) as store:
                yield store


def _label(arguments: argparse.Namespace, _: Settings, library: Library) -> int:
    library.relabel(arguments.id, arguments.label, SHELL)
    print(f"{arguments.id} is {library.labels.named(arguments.label)} from now on.")
    return DONE


def _correct(arguments: argparse.Namespace, _: Settings, library: Library) -> int:
    """Keep a correction, or with no value take it back."""
    if arguments.field == "access":
        raise CommandError("The access label is set by `rapporteur library label`.")
    if arguments.value is not None:
        checked(arguments.field, arguments.value)
    library.correct(arguments.id, arguments.field, arguments.value, SHELL)
    print(f"The {arguments.field} of {arguments.id} is corrected. {_AT_NEXT_INDEXING}")
    return DONE


def _rollback(_: argparse.Namespace, settings: Settings, library: Library) -> int:
    """Let the generation before this one answer again."""
    store = GenerationStore(settings.index_folder)
    with index_lock(store):
        manifest = store.go_back()
        documents = store.read(manifest).documents()
    body = {"by": SHELL, "generation": manifest.id, "state": "done", "answers": manifest.id}
    for kept in _stores(settings):
        kept.audit.note(audit.Entry(audit.Kind.ROLLBACK, f"rollback:{secrets.token_hex(8)}", body))
    hidden = library.hidden([entry.document for entry in documents.values()], settings.labels.highest)
    print(
        f"Generation {manifest.id} answers again, with {len(documents) - len(hidden)} documents, until the next "
        "`rapporteur index` or /reload. What was withdrawn, erased or relabelled since stays so. A bot that runs goes "
        "back by /rollback alone, or when it is started again."
    )
    return DONE


def _export(arguments: argparse.Namespace, _: Settings, library: Library) -> int:
    target = Path(arguments.file).absolute()
    with _Bar("Exporting") as bar:
        count = export(library, target, bar.tell)
    print(f"{count} files were exported to {target}.")
    return DONE


def _import(arguments: argparse.Namespace, settings: Settings) -> int:
    with open_extractor(settings) as extractor:
        sources = find_sources(settings.folders, settings.library_folder / "unpacked", extractor)
    present = {source.id for source in sources.sources}
    with _Bar("Importing") as bar:
        count = import_library(Path(arguments.file), settings.library_folder, present, bar.tell)
    print(f"{count} documents were imported. They are searched after `rapporteur index`.")
    return DONE


class _Bar:
    """A bar on stderr that is there once there is something to tell, since only then its whole is known."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def tell(self, done: int, total: int) -> None:
        """So much of ``total`` is done."""
        if self._bar is None:
            self._bar = tqdm(desc=self._label, total=total, file=sys.stderr, ncols=80, mininterval=0.1)
        self._bar.update(done - self._bar.n)


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


ACTIONS: dict[str, Callable[[argparse.Namespace, Settings, Library], int]] = {
    "list": _list,
    "show": _show,
    "withdraw": _withdraw,
    "restore": _restore,
    "erase": _erase,
    "label": _label,
    "correct": _correct,
    "rollback": _rollback,
    "export": _export,
}
