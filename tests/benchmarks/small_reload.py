"""How soon one changed file of 2,000 is searchable and one withdrawn is gone, and how long questions take meanwhile.

    python -m tests.benchmarks.small_reload [--documents N] [--changes N] FOLDER

The index is made in FOLDER, with the encoder of the settings, and kept there for the next time.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.documents.reloads import How, Why
from bot.opening import build_index, open_engine
from bot.progress import BarProgress
from bot.running.root import ask_in_private, local_bot
from bot.settings import load_settings, starter_folder
from corpus.reading import load
from retrieval.evaluation.question_sets import load_set

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.local.world import World
    from bot.services import Services
    from bot.settings import Settings

_WORDS = 60
_IDLE_QUESTIONS = 100


def main() -> None:
    """Make the index where there is none, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where documents and index are, or are made")
    parser.add_argument("--documents", type=int, default=2000, metavar="N", help="how many documents there are")
    parser.add_argument("--changes", type=int, default=10, metavar="N", help="how many changes of each kind are made")
    arguments = parser.parse_args()
    settings = prepare(arguments.folder, arguments.documents)
    asyncio.run(_measure(settings, arguments.changes))


def prepare(folder: Path, documents: int) -> Settings:
    """Write the documents, and bring the index up to date with them."""
    settings = load_settings()
    data, written = folder / "data", folder / "documents"
    data.mkdir(parents=True, exist_ok=True)
    settings.models_folder.mkdir(parents=True, exist_ok=True)
    if not (data / "models").exists():
        (data / "models").symlink_to(settings.models_folder)
    _write(written, documents)
    made = settings.model_copy(
        update={"documents": (written,), "starter_documents": False, "data_dir": data, "watch": False}
    )
    started = time.perf_counter()
    build_index(made, BarProgress())
    print(f"index brought up to date in {time.perf_counter() - started:.1f} s", flush=True)
    return made


def _write(folder: Path, documents: int) -> None:
    """A paragraph in each, of words drawn from the starter briefings with a fixed seed, and no two alike."""
    folder.mkdir(exist_ok=True)
    words = " ".join(load(path, path.name).text for path in sorted(starter_folder().glob("R*.md"))).split()
    draw = random.Random(2254)
    for number in range(documents):
        start = draw.randrange(len(words) - _WORDS)
        text = " ".join(words[start : start + _WORDS]) + "."
        (folder / f"{number:04}.txt").write_text(text, encoding="utf-8")


async def _measure(settings: Settings, changes: int) -> None:
    engine = open_engine(settings, BarProgress())
    questions = [query.text for query in load_set(Path(__file__).parent / "starter", prefixed=False).queries]
    async with local_bot(settings, engine) as (world, people, application):
        services: Services = application.bot_data["services"]

        async def asking(work: Callable[[], Awaitable[float]]) -> tuple[float, list[float]]:
            """Do ``work`` and ask all the while; the seconds that it took, and those of each question."""
            seconds: list[float] = []
            started = time.perf_counter()
            task = asyncio.ensure_future(work())
            while not task.done():
                seconds.append(await _timed(world, people.diplomat.id, questions[len(seconds) % len(questions)]))
            await task
            return task.result() - started, seconds

        idle = [await _timed(world, people.diplomat.id, text) for text in (questions * 2)[:_IDLE_QUESTIONS]]
        _report("questions when idle", idle)
        await _repeated("one changed", changes, asking, partial(_change, services, settings))
        await _repeated("one removed", changes, asking, partial(_remove, services, settings))
        await _repeated("one withdrawn", changes, asking, partial(_withdraw, services))


async def _repeated(
    label: str,
    times: int,
    asking: Callable[[Callable[[], Awaitable[float]]], Awaitable[tuple[float, list[float]]]],
    change: Callable[[int], Awaitable[float]],
) -> None:
    took, asked = [], []
    for number in range(times):
        seconds, answers = await asking(partial(change, number))
        took.append(seconds)
        asked += answers
    _report(f"{label}: until it is seen", took)
    _report(f"{label}: questions meanwhile", asked)


async def _change(services: Services, settings: Settings, number: int) -> float:
    """Give a file another wording, and wait until it is searched; the moment when it was."""
    mark = f"Amendment {time.time_ns()} was adopted."
    path = settings.documents[0] / f"{number:04}.txt"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n\n{mark}", encoding="utf-8")
    await _reload(services)
    document = services.engine.view("public").document(path.name)
    if document is None or mark not in document.text:
        raise RuntimeError(f"{path.name} is not searched in its new wording")
    return time.perf_counter()


async def _remove(services: Services, settings: Settings, number: int) -> float:
    path = settings.documents[0] / f"{number + 1000:04}.txt"
    path.unlink()
    await _reload(services)
    if services.engine.view("public").document(path.name) is not None:
        raise RuntimeError(f"{path.name} is still searched")
    return time.perf_counter()


async def _withdraw(services: Services, number: int) -> float:
    """Withdraw a document by an admin's decision, and look at what may be read then; it is restored after that."""
    name = f"{number + 500:04}.txt"
    await services.run(services.library.withdraw, name, "shell")
    view = await services.run(services.engine.view, "public")
    if view.document(name) is not None:
        raise RuntimeError(f"{name} is still searched")
    now = time.perf_counter()
    await services.run(services.library.restore, name, "shell")
    return now


async def _reload(services: Services) -> None:
    ended = await services.reloads.request(Why.SENT)
    if ended.how is not How.DONE:
        raise RuntimeError(f"the reload {ended.how.value}: {ended.reason}")


async def _timed(world: World, person: int, text: str) -> float:
    """Seconds from writing a question to the bot's reply; a question without one ends the run."""
    started = time.perf_counter()
    await ask_in_private(world, person, text)
    return time.perf_counter() - started


def _report(label: str, seconds: list[float]) -> None:
    """Print the number, median, 95th percentile and worst."""
    print(
        f"{label}: {len(seconds)}, median {np.median(seconds):.3f} s, 95th percentile "
        f"{np.percentile(seconds, 95):.3f} s, worst {max(seconds):.3f} s",
        flush=True,
    )


if __name__ == "__main__":
    main()
