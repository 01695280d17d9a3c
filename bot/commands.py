"""What each command does, given its arguments and the settings; each returns its exit code."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import DONE, FAILED, NOT_FOUND, REFUSED
from bot.opening import build_index, open_engine, open_extractor
from bot.progress import BarProgress, LineProgress
from bot.running.parents import end_with_parent

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from bot.settings import Settings
    from retrieval.answers.answer import Answer
    from retrieval.answers.quotes import Quote
    from retrieval.index.generation import Generation
    from retrieval.summaries.summary import Summary


_LOW_PRIORITY = 15


def ask(arguments: argparse.Namespace, settings: Settings) -> int:
    """Answer one question, building the index first where there is none."""
    from corpus.language import prepare_language_detection

    # Beside the imports, which take as long.
    prepare_language_detection(settings.models_folder)
    from bot.store import Store
    from retrieval.questions.question import Filters, understand

    filters = Filters(
        process=arguments.process,
        round=arguments.round,
        place=arguments.place,
        since=arguments.since,
        until=arguments.until,
        source=arguments.source,
    )
    clearance = _clearance(arguments, settings)
    # A question that is refused is not worth an index.
    engine = open_engine(settings, BarProgress(), before_building=partial(understand, arguments.question, filters))
    answer = engine.answer(
        arguments.question, clearance=clearance, filters=filters, after=arguments.after, wanted=arguments.k
    )
    with Store.open(settings.store_file) as store:
        store.remember_citations(answer.quotes)
    if arguments.json:
        _print_json(answer.to_json())
    else:
        _print_answer(answer, engine.view(clearance))
    return DONE if answer.answered else NOT_FOUND


def _clearance(arguments: argparse.Namespace, settings: Settings) -> str:
    """The clearance that a command was given; who can read the data directory may read everything.

    Raises:
        SettingsError: there is no such label.
    """
    from bot.settings import SettingsError

    if arguments.clearance is None:
        return settings.labels.highest
    named = settings.labels.named(arguments.clearance)
    if named is None:
        known = ", ".join(settings.access_labels)
        raise SettingsError(f'"{arguments.clearance}" is no access label; in use are {known}.')
    return named


def _print_answer(answer: Answer, generation: Generation) -> None:
    """The limits that kept documents out, and the quotations; or that there are none, and what there is instead."""
    from bot.answers.limits import coverage_lines, limit_lines, searched_line

    limits = limit_lines(answer.question)
    if limits:
        print("\n".join(limits), end="\n\n")
    if answer.answered:
        print("\n\n".join(_with_source(number, quote) for number, quote in enumerate(answer.quotes, 1)))
        return
    print(f"The documents do not answer this. {searched_line(answer, generation)}")
    if answer.nearest:
        print("Not an answer, but the nearest:\n")
        print("\n\n".join(_with_source(number, quote) for number, quote in enumerate(answer.nearest, 1)))
    for line in coverage_lines(answer, generation):
        print(f"\n{line}")


def _with_source(number: int, quote: Quote) -> str:
    """A quotation and where it stands, for a terminal."""
    from bot.messages.rendering import also_lines, source_line

    lines = [f"{number}. \u201c{quote.text}\u201d", f"{source_line(quote)}  [{quote.citation}]", *also_lines(quote)]
    return "\n   ".join(lines)


def index(arguments: argparse.Namespace, settings: Settings) -> int:
    """Bring the index up to date, and say what became of each file."""
    progress = LineProgress() if arguments.background else BarProgress()
    if arguments.background:
        os.nice(_LOW_PRIORITY)
    if arguments.with_parent:
        end_with_parent()
    threads = 1 if arguments.background else None
    report = build_index(settings, progress, rebuild=arguments.rebuild, threads=threads)
    if arguments.json:
        _print_json(report.to_json())
    else:
        for file in report.files:
            reason = (file.reason or "").removeprefix(f"{Path(file.file).name}: ")
            print(f"{file.outcome.value:>9}  {file.document}" + (f": {reason}" if reason else ""))
        print(f"Generation {report.generation}, {len(report.files)} files, {report.seconds:.1f} s.")
    return REFUSED if any(file.outcome.value == "refused" for file in report.files) else DONE


def read(arguments: argparse.Namespace, settings: Settings) -> int:
    """Show what a reader makes of one file."""
    from corpus.errors import UnreadableFile
    from corpus.quality import quality
    from corpus.serial import metadata_to_json

    try:
        with open_extractor(settings) as extractor:
            extraction = extractor.extract(Path(arguments.file))
    except UnreadableFile as error:
        print(error, file=sys.stderr)
        return REFUSED
    metadata = metadata_to_json(extraction.metadata)
    remarks = [remark.sentence for remark in quality(extraction).remarks()]
    if arguments.json:
        _print_json(
            {
                "metadata": metadata,
                "text": extraction.text,
                "blocks": [dataclasses.asdict(block) for block in extraction.blocks],
                "warnings": list(extraction.warnings),
                "format": extraction.format,
                "pages": extraction.pages,
                "remarks": remarks,
            }
        )
        return DONE
    for name, value in metadata.items():
        if value and name not in ("sources", "guessed"):
            print(f"{name}: {value}" + (" (guessed)" if name in extraction.metadata.guessed else ""))
    for block in extraction.blocks:
        place = f"p. {block.page}" if block.page else f"\u00b6 {block.paragraph}" if block.paragraph else ""
        print(f"\n[{block.kind.value} {block.start}:{block.end} {place}]\n{extraction.text[block.start : block.end]}")
    for warning in (*extraction.warnings, *remarks):
        print(warning, file=sys.stderr)
    return DONE


def summary(arguments: argparse.Namespace, settings: Settings) -> int:
    """Summarise a round, or what is said of a topic in it, in quotations."""
    from retrieval.errors import NoSuchRound

    engine, clearance = open_engine(settings, BarProgress()), _clearance(arguments, settings)
    try:
        made = engine.summary(
            arguments.round.number,
            clearance=clearance,
            process=arguments.process or arguments.round.process,
            topic=arguments.topic,
            words=arguments.words,
        )
    except NoSuchRound as error:
        print(error, file=sys.stderr)
        return NOT_FOUND
    if arguments.out is not None:
        from bot.rounds.summary_saving import save_summary

        save_summary(made, engine, clearance, arguments.out)
    if arguments.json:
        _print_json(made.to_json())
    elif arguments.out is None:
        _print_summary(made)
    if made.topic is not None and not made.sections:
        print(f'The documents of round {made.round} have no passage on "{made.topic}".', file=sys.stderr)
        return NOT_FOUND
    return DONE


def _print_summary(made: Summary) -> None:
    """The sections with their quotations, what is said differently, and the documents."""
    from retrieval.questions.parties import party_name
    from retrieval.summaries.summary import by_standing

    print(f"{made.process or ''} {made.round}".strip())
    parts = [
        (
            section.name.replace("_", " ").capitalize()
            + (f": {party_name(section.party, 'en')}" if section.party else ""),
            section.quotes,
        )
        for section in made.sections
    ]
    parts += [(f"Sources differ: {one.subject}", one.quotes) for one in made.disagreements]
    number = 0
    for heading, quotes in parts:
        print(f"\n{heading}")
        for standing, group in by_standing(quotes):
            if standing is not None:
                print(f"({standing.value})")
            for quote in group:
                number += 1
                print(_with_source(number, quote))
    for heading, documents in (("Documents used", made.used), ("Not used", made.not_used)):
        if documents:
            print(f"\n{heading}: {'; '.join(document.metadata.title or document.id for document in documents)}")


def verify(arguments: argparse.Namespace, settings: Settings) -> int:
    """Say whether each sentence of a text is in the documents."""
    from bot.answers.verdicts import print_verdicts

    return print_verdicts(open_engine(settings, BarProgress()), arguments, _clearance(arguments, settings))


def rounds(arguments: argparse.Namespace, settings: Settings) -> int:
    """List the rounds that there are documents of."""
    from bot.rounds.listing import list_rounds

    return list_rounds(open_engine(settings, BarProgress()), arguments, _clearance(arguments, settings))


def evaluate(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measure on folders of documents and questions."""
    from bot.evaluating import evaluate_folders

    return evaluate_folders(arguments, settings)


def feedback(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write what people think of answers as questions to measure on."""
    from bot.feedback.export import export_feedback

    return export_feedback(arguments, settings)


def library(arguments: argparse.Namespace, settings: Settings) -> int:
    """See and decide on documents."""
    from bot.documents.librarian import library_command

    return library_command(arguments, settings)


def account(arguments: argparse.Namespace, settings: Settings) -> int:
    """Say who may log in to the web chat on a closed network."""
    from bot.access.account_commands import account_command

    return account_command(arguments, settings)


def audit(arguments: argparse.Namespace, settings: Settings) -> int:
    """See that the audit log is what was written, or print it."""
    from bot.audit.commands import audit_command

    return audit_command(arguments, settings)


def backup(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write a backup of the data directory."""
    from bot.backup.commands import backup_command

    return backup_command(arguments, settings)


def restore(arguments: argparse.Namespace, settings: Settings) -> int:
    """Put a backup, or the last good copy of the store, in place."""
    from bot.backup.commands import restore_command

    return restore_command(arguments, settings)


def check(arguments: argparse.Namespace, settings: Settings) -> int:
    """Say whether settings, model, index and store are well."""
    from bot.checking import findings

    found = findings(settings)
    if arguments.json:
        _print_json({"well": all(finding.well for finding in found), "findings": [f.to_json() for f in found]})
    else:
        for finding in found:
            print(f"{'well' if finding.well else 'NOT WELL':>8}  {finding.subject}: {finding.reason}")
    return DONE if all(finding.well for finding in found) else FAILED


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Start the bot."""
    from bot.running.root import run_bot

    return run_bot(settings, once=arguments.once)


def chat(arguments: argparse.Namespace, settings: Settings) -> int:
    """The same bot in the terminal."""
    from bot.terminal import run_terminal

    return run_terminal(settings)


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


COMMANDS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    command.__name__: command
    for command in (
        *(ask, index, read, summary, verify, rounds, evaluate),
        *(feedback, library, account, audit, backup, restore, check, run, chat),
    )
}
