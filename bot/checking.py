"""``rapporteur check``: whether settings, encoder, index and store are well, each by itself and with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bot.access.account_commands import expect_accounts
from bot.audit.check import check
from bot.backup.store_copies import copies_of, day_of, store_in_use
from bot.opening import open_library
from bot.settings import SettingsError
from bot.store import Store
from corpus.database import DatabaseError
from corpus.errors import CorpusError
from corpus.folders import find_files
from retrieval.encoders.exports import damaged_file, described, export_folder, refusal
from retrieval.encoders.loading import encoder_identity, load_encoder
from retrieval.errors import EncoderError, RetrievalError
from retrieval.index.generation import GenerationStore
from retrieval.index.segment_store import tunings_of

if TYPE_CHECKING:
    from bot.settings import Settings
    from retrieval.index.generation import Manifest


_AUDIT = "audit log"


@dataclass(frozen=True, slots=True)
class Finding:
    """One subject, whether it is well, and why."""

    subject: str
    well: bool
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The finding as the command line prints it."""
        return asdict(self)


def findings(settings: Settings) -> list[Finding]:
    """Look at everything; one thing that is not well keeps none of the others from being looked at."""
    subjects: dict[str, Callable[[Settings], str]] = {
        "settings": _settings,
        "documents": _documents,
        "model": _model,
        "index": _index,
        "library": _library,
        "store": _store,
        _AUDIT: _audit,
    }
    if settings.reach.has_accounts:
        subjects["web chat"] = expect_accounts
    found: list[Finding] = []
    for subject, look in subjects.items():
        if subject == _AUDIT and not found[-1].well:
            # It is in the store, of which that is said already.
            continue
        try:
            found.append(Finding(subject, True, look(settings)))
        except (CorpusError, RetrievalError, SettingsError) as error:
            found.append(Finding(subject, False, str(error)))
    return found


def _settings(settings: Settings) -> str:
    local = "the web chat, with accounts" if settings.reach.has_accounts else "the local chat"
    where = "Telegram" if settings.telegram_token else f"{local}, since no token is set"
    return f"the data directory {settings.data_dir} can be written; the bot would run on {where}"


def _documents(settings: Settings) -> str:
    count = len(find_files(settings.folders))
    return f"{count} files in {', '.join(str(folder) for folder in settings.folders)}"


def _model(settings: Settings) -> str:
    encoder = load_encoder(settings.embedding_model, settings.models_folder)
    folder = export_folder(settings.models_folder, encoder.identity)
    description, reason = described(folder, encoder.identity), refusal(folder)
    if description is not None:
        damaged = damaged_file(folder, description)
        if damaged is not None:
            raise EncoderError(
                f"The exported encoder in {folder} is damaged ({damaged}); delete that folder, and it is made anew."
            )
    of = f"{encoder.identity} gives vectors of {encoder.dimension} dimensions, served by {encoder.serving}"
    return of if reason is None else f"{of}; it could not be exported, so answering loads torch: {reason}"


def _index(settings: Settings) -> str:
    store = GenerationStore(settings.index_folder)
    manifest = store.current()
    generation = store.load(manifest, whole=True)
    identity = encoder_identity(settings.embedding_model)
    if generation.encoder != identity:
        raise RetrievalError(
            f"The index was made by another encoder ({generation.encoder}, not {identity}); "
            "run `rapporteur index --rebuild`."
        )
    return (
        f"generation {generation.id}: {len(generation.documents)} documents, {len(generation.passages)} passages, "
        f"{len(generation.sentences)} sentences, {_searched(store, manifest)}; every file is what was written"
    )


def _searched(store: GenerationStore, manifest: Manifest) -> str:
    """How vectors are searched, with the recall that their clusters were found to have."""
    tuned = [tuning for name in manifest.segments for tuning in tunings_of(store.segments_folder / name).values()]
    if not tuned:
        return "searched one by one"
    lowest = min(tuning.recall for tuning in tuned)
    return f"searched over clusters that find at least {lowest:.1%} of the ten nearest"


def _library(settings: Settings) -> str:
    """Whether the library's database is sound, and the original of each listed document there.

    Raises:
        DatabaseError: the database is not sound, or originals are missing.
    """
    with open_library(settings) as library:
        problem = library.database.problem()
        if problem is not None:
            raise DatabaseError(f"The library is damaged ({problem}); restore it from a backup or an export.")
        entries = list(library.entries().values())
        missing = [entry.id for entry in entries if entry.sha256 and entry.sha256 not in library.originals]
    if missing:
        raise DatabaseError(
            f"The library lacks the originals of {len(missing)} documents, {missing[0]} first; "
            "run `rapporteur index --rebuild`, or restore it from a backup or an export."
        )
    states = Counter(entry.state.value for entry in entries)
    counted = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    labels = ", ".join(settings.access_labels)
    return f"{counted or 'no documents yet'}; access labels {labels}"


def _store(settings: Settings) -> str:
    with Store.open(settings.store_file) as store:
        store.check()
        states = store.outbox.counts()
    open_ends = [
        f", {states[state]} messages {state}" for state in ("pending", "unclear", "failed") if states.get(state)
    ]
    settled = "; an admin settles unclear ones with /outbox" if states.get("unclear") else ""
    copies = copies_of(store_in_use(settings))
    copied = f"; {store_in_use(settings).name} was last copied on {day_of(copies[0])}" if copies else ""
    return f"{settings.store_file} is sound{''.join(open_ends)}{settled}{copied}"


def _audit(settings: Settings) -> str:
    """Whether the audit log is what was written, and that of the bot without Telegram where there is one.

    Raises:
        DatabaseError: it is not, or a store cannot be used.
    """
    told = []
    for path in (settings.store_file, settings.local_store_file):
        if not path.exists():
            continue
        with Store.open(path) as store:
            verdict = check(store.audit)
        where = " without Telegram" if path == settings.local_store_file else ""
        if verdict.wrong is not None:
            raise DatabaseError(f"{verdict.wrong} See `rapporteur audit export{' --local' if where else ''}`.")
        told.append(f"{verdict.entries} entries{where}, each as it was written; head {verdict.chain}")
    return "; ".join(told)
