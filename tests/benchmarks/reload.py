"""How long questions take while a reload runs, in one run with the same questions asked of an idle bot."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from bot.documents.reloading import Reloader, Step
from bot.local.world import World
from bot.opening import open_engine
from bot.progress import BarProgress
from bot.running.root import ask_in_private, local_bot
from bot.settings import load_settings, starter_folder
from corpus.reading import load
from retrieval.evaluation.question_sets import load_set

_DOCUMENTS, _PARAGRAPHS, _WORDS = 400, 5, 110
_IDLE_QUESTIONS = 100


def measure_reload(seconds: float) -> None:
    """Ask an idle bot, then ask for ``seconds`` while 2,000 passages are indexed beside it; print both."""
    settings = load_settings()
    engine = open_engine(settings, BarProgress())
    questions = [query.text for query in load_set(Path(__file__).parent / "starter", prefixed=False).queries]
    with tempfile.TemporaryDirectory() as folder:
        documents, data = Path(folder) / "documents", Path(folder) / "data"
        documents.mkdir()
        data.mkdir()
        write_documents(documents)
        (data / "models").symlink_to(settings.models_folder)
        other = settings.model_copy(update={"documents": (documents,), "starter_documents": False, "data_dir": data})

        async def run() -> None:
            async with local_bot(settings, engine) as (world, people, _):
                idle = [await timed(world, people.diplomat.id, text) for text in (questions * 2)[:_IDLE_QUESTIONS]]
                report("idle", idle)
                reloader = Reloader(other)
                encoding = asyncio.Event()

                def tell(step: Step) -> None:
                    if step.stage == "encoding" and step.done:
                        encoding.set()

                reload = asyncio.create_task(reloader.index(tell))
                await asyncio.wait_for(encoding.wait(), 300)
                busy: list[float] = []
                end = time.monotonic() + seconds
                while time.monotonic() < end and not reload.done():
                    busy.append(await timed(world, people.diplomat.id, questions[len(busy) % len(questions)]))
                over = reload.done()
                reloader.stop()
                await reload
                report("while indexing" + (", which ended meanwhile" if over else ""), busy)
                print(
                    f"ratio of medians {median(busy) / median(idle):.2f}, of 95th percentiles "
                    f"{np.percentile(busy, 95) / np.percentile(idle, 95):.2f}"
                )

        asyncio.run(run())


def write_documents(folder: Path) -> None:
    """2,000 passages of words drawn from the starter briefings with a fixed seed."""
    source = " ".join(load(path, path.name).text for path in sorted(starter_folder().glob("R*.md")))
    words = source.split()
    draw = random.Random(2254)
    for number in range(_DOCUMENTS):
        paragraphs = []
        for _ in range(_PARAGRAPHS):
            start = draw.randrange(len(words) - _WORDS)
            paragraphs.append(" ".join(words[start : start + _WORDS]) + ".")
        (folder / f"{number:04}.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")


async def timed(world: World, person: int, text: str) -> float:
    """Seconds from writing a question to the bot's reply; a question without one ends the run."""
    started = time.perf_counter()
    await ask_in_private(world, person, text)
    return time.perf_counter() - started


def report(label: str, seconds: list[float]) -> None:
    """Print the number, median and 95th percentile in milliseconds."""
    print(
        f"{label}: {len(seconds)} questions, none unanswered, median {1000 * median(seconds):.0f} ms, "
        f"95th percentile {1000 * np.percentile(seconds, 95):.0f} ms",
        flush=True,
    )
