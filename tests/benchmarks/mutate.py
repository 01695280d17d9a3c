"""Thousands of damaged files of every format through the process that reads files: bits flipped, cut, spliced.

    python -m tests.benchmarks.mutate [--count 3000] [--seed 1] [--keep FOLDER]

Each must be read or refused with a reason, within the limits. Prints what became of the files of each format, and ends
with 1 where one took longer than the limit, took more memory, stopped the server, or raised anything else.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from corpus.errors import UnreadableFile
from corpus.extraction import MEMORY, SECONDS, Extractor
from tests.corpus.packing import SENTENCE, message, zipped

MADE = Path(__file__).parent.parent / "corpus" / "made"
STARTER = Path(__file__).parents[2] / "corpus" / "documents"
# Seconds over its limit that ending a process may take on a busy machine.
_GRACE = 15.0
# Recognising a page takes seconds: one in so many of the files may need it.
_RARE = 60
_REASONS = (
    ("took longer than", "over time"),
    ("needs more memory", "over memory"),
    ("its reader crashed", "crashed"),
    ("its reader failed", "failed"),
    ("stopped while reading it", "server stopped"),
    ("gave no usable answer", "no answer"),
)
_WRONG = frozenset({"server stopped", "no answer", "raised", "hung"})
OUTCOMES = ("read", "refused", "failed", "crashed", "over time", "over memory", *sorted(_WRONG))
_CUT_NUMBERS = re.compile(r"\d[\d.,]*|[“\"'‘].*?[”\"'’]|\S*/\S*")


@dataclass(frozen=True, slots=True)
class Sample:
    """A file to be damaged: its name and its bytes."""

    name: str
    data: bytes

    @property
    def format(self) -> str:
        """Its suffix without the point."""
        return self.name.rpartition(".")[2]


@dataclass(slots=True)
class Tally:
    """What became of the files: how many by (format, outcome), and by (format, reason)."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    slowest: list[tuple[float, str]] = field(default_factory=list)

    def add(self, name: str, format: str, outcome: str, reason: str, seconds: float) -> None:
        """Count one file."""
        self.outcomes[format, outcome] += 1
        if reason:
            self.reasons[format, reason] += 1
        self.slowest = sorted([*self.slowest, (seconds, name)], reverse=True)[:5]

    def total(self, outcome: str) -> int:
        """How many files of all formats had an outcome."""
        return sum(count for (_, seen), count in self.outcomes.items() if seen == outcome)

    @property
    def wrong(self) -> int:
        """How many files were neither read nor refused within the limits."""
        return sum(map(self.total, _WRONG))


def samples() -> tuple[list[Sample], list[Sample]]:
    """Return the files that are damaged: those of quick formats, and those that need their pages recognised."""
    made = [Sample(path.name, path.read_bytes()) for path in sorted(MADE.iterdir()) if path.suffix != ".json"]
    slow = [sample for sample in made if "scan" in sample.name or "mixed" in sample.name]
    quick = [sample for sample in made if sample not in slow]
    starter = sorted(STARTER.glob("*.md"))[:3]
    quick += [Sample(path.name, path.read_bytes()) for path in starter]
    russian = "Стороны встретились в зале и долго говорили о водохранилище, о сроках и об обмене сведениями. "
    quick += [
        Sample("plain.txt", (SENTENCE + "\n\n").encode() * 20),
        Sample("cyrillic.txt", (russian * 20).encode("cp1251")),
        Sample("wide.txt", (russian * 20).encode("utf-16")),
        Sample("page.html", _page().encode()),
        Sample("message.eml", _message()),
        Sample("box.zip", zipped({"a.txt": SENTENCE, "sub/m.eml": _message(), "word.docx": quick[0].data})),
    ]
    return quick, slow


def damaged(chance: random.Random, among: Sequence[Sample]) -> Sample:
    """Return one of the samples with bits flipped, cut, or spliced with itself or another.

    Of formats that are ZIP files, as often a part inside is damaged as the whole, since damage to the whole is seen
    before any reader.
    """
    formats = sorted({sample.format for sample in among})
    format = chance.choice(formats)
    sample = chance.choice([sample for sample in among if sample.format == format])
    if sample.data.startswith(b"PK") and chance.random() < 0.7:
        data = _damaged_inside(chance, sample.data)
    else:
        data = _damaged(chance, sample.data, chance.choice(among).data)
    return Sample(sample.name, data)


def _damaged(chance: random.Random, data: bytes, other: bytes) -> bytes:
    kind = chance.randrange(5)
    if kind == 0:
        return _flipped(chance, data)
    if kind == 1:
        return data[: chance.randrange(len(data) + 1)]
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    if kind == 2:
        return data[:start] + data[end:]
    if kind == 3:
        times = chance.choice((2, 10, 1_000))
        return data[:start] + data[start : min(end, start + 2_000)] * times + data[start:]
    first = chance.randrange(len(other) + 1)
    return data[:start] + other[first : first + chance.randrange(1, 20_000)] + data[end:]


def _flipped(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 5, 50, 500)) if changed else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _damaged_inside(chance: random.Random, data: bytes) -> bytes:
    """Return a ZIP file with one part damaged and packed anew, or left out."""
    target = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(target, "w", ZIP_DEFLATED) as changed:
        entries = source.infolist()
        chosen = chance.choice(entries)
        is_left_out = chance.random() < 0.1
        other = source.read(chance.choice(entries))
        for entry in entries:
            content = source.read(entry)
            if entry is not chosen:
                changed.writestr(entry, content)
            elif not is_left_out:
                changed.writestr(entry, _damaged(chance, content, other))
    return target.getvalue()


def files(count: int, seed: int) -> Iterator[Sample]:
    """Yield ``count`` damaged files, the same for the same ``seed``; each name begins with a number."""
    chance = random.Random(seed)
    quick, slow = samples()
    for number in range(count):
        among = slow if slow and number % _RARE == _RARE - 1 else quick
        made = damaged(chance, among)
        yield Sample(f"{number:05}-{made.name}", made.data)


def judge(extractor: Extractor, sample: Sample, folder: Path) -> tuple[str, str, float]:
    """Have one file read, and unpacked where it may hold others; return what became of it, why, and the seconds."""
    path = folder / sample.name
    path.write_bytes(sample.data)
    started = time.perf_counter()
    outcome, reason = "read", ""
    try:
        if sample.format in ("zip", "eml"):
            extractor.unpack(path, folder / "unpacked" / sample.name, sha256(sample.data).hexdigest())
        if sample.format != "zip":
            extractor.read(path)
    except UnreadableFile as error:
        reason = error.reason
        outcome = next((name for part, name in _REASONS if part in reason), "refused")
    except Exception as error:  # whatever else comes is what is looked for
        outcome, reason = "raised", f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - started
    return ("hung" if seconds > 2 * SECONDS + _GRACE else outcome), reason, seconds


def run(count: int, seed: int, keep: Path | None = None) -> Tally:
    """Read ``count`` damaged files; those whose reader failed or crashed, or worse, are kept in ``keep``."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as name, Extractor() as extractor:
        for sample in files(count, seed):
            outcome, reason, seconds = judge(extractor, sample, Path(name))
            if outcome == "failed":
                reason = f"{reason} [{_exception(Path(name, sample.name))}]"
            tally.add(sample.name, sample.format, outcome, _CUT_NUMBERS.sub("…", reason), seconds)
            if keep is not None and outcome not in ("read", "refused"):
                keep.mkdir(parents=True, exist_ok=True)
                (keep / sample.name).write_bytes(sample.data)
                print(f"{sample.name}: {outcome}: {reason}", file=sys.stderr, flush=True)
            Path(name, sample.name).unlink()
    return tally


def _exception(path: Path) -> str:
    """Return the exception that a reader let through, read again in a process of its own."""
    code = "import sys, pathlib; from corpus.reading import read_file; read_file(pathlib.Path(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=600, check=False)
    lines = done.stderr.strip().splitlines()
    place = next(
        (line.strip() for line in reversed(lines) if line.strip().startswith("File ") and "corpus/" in line), ""
    )
    return f"{lines[-1][:120] if lines else done.returncode} {place.rpartition('corpus/')[2]}"


def main() -> int:
    """Print what became of the files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the files whose reader failed")
    arguments = parser.parse_args()
    started = time.perf_counter()
    tally = run(arguments.count, arguments.seed, arguments.keep)
    formats = sorted({format for format, _ in tally.outcomes})
    shown = [outcome for outcome in OUTCOMES if tally.total(outcome)]
    print("".join(f"{title:>12}" for title in ("format", *shown)))
    for format in formats:
        print(f"{format:>12}" + "".join(f"{tally.outcomes[format, outcome]:>12}" for outcome in shown))
    print(f"{'all':>12}" + "".join(f"{tally.total(outcome):>12}" for outcome in shown))
    print("\nreasons:")
    for (format, reason), count in sorted(tally.reasons.items(), key=lambda item: (item[0][0], -item[1], item[0][1])):
        print(f"{count:>6}  {format:<6} {reason}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(f"\nslowest: {', '.join(f'{name} {seconds:.1f} s' for seconds, name in tally.slowest)}")
    print(f"most memory of one process: {peak / 1e9:.2f} GB; {time.perf_counter() - started:.0f} s in all")
    return 1 if tally.wrong or peak > MEMORY else 0


def _page() -> str:
    paragraphs = "".join(f"<p>{SENTENCE} {SENTENCE} Number {number}.</p>" for number in range(12))
    return (
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>The third round</title></head><body>"
        f"<nav><a href='/'>Home</a></nav><article><h1>The third round</h1>{paragraphs}"
        "<table><tr><th>Valley</th><th>Share</th></tr><tr><td>Upper</td><td>6 %</td></tr></table></article></body>"
    )


def _message() -> bytes:
    made = message(f"Dear all,\n\n{SENTENCE}\n\n> {SENTENCE}\n", to="Делегации <a@b.example>, c@d.example")
    made.add_alternative(f"<p>Dear all,</p><p>{SENTENCE}</p>", subtype="html")
    made.add_attachment(SENTENCE, filename="Отчёт о воде.txt")
    made.add_attachment(zipped({"b.txt": SENTENCE}), maintype="application", subtype="zip", filename="b.zip")
    made.add_attachment(message("The inner words.", subject="An earlier one"))
    for number, part in enumerate(made.walk()):
        if part.get_content_maintype() == "multipart":
            # Otherwise a random one.
            part.set_boundary(f"part-{number}")
    return made.as_bytes()


if __name__ == "__main__":
    sys.exit(main())
