"""The command line. Heavy imports wait until a command needs them; errors end here as a sentence and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from bot.errors import FAILED, USAGE, CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.questions.round_arguments import RoundArgument

_OTHERS = 0o077


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message}; see `{self.prog} --help`.\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = _Parser(
        prog="rapporteur",
        description="Answers questions from documents with verbatim quotations and their sources.",
        epilog="Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 not in the documents, 4 a file was refused.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    run = commands.add_parser("run", help="start the bot: on Telegram with a token, else in the local web chat")
    run.add_argument("--once", action="store_true", help="stop after one printed question and its answer")

    ask = commands.add_parser("ask", help="ask one question")
    ask.add_argument("question", help="the question, in any of six languages")
    ask.add_argument("--json", action="store_true", help="print the answer as JSON")
    ask.add_argument("--k", type=_positive, default=3, metavar="N", help="at most so many quotations (default 3)")
    ask.add_argument("--round", type=_positive, metavar="N", help="search documents of this round only")
    ask.add_argument("--process", metavar="P", help="search documents of this process only, such as Astana")
    ask.add_argument("--place", metavar="X", help="search documents of meetings at this place only")
    ask.add_argument("--since", type=_date, metavar="DATE", help="from this day, month or year on (2018-05-14)")
    ask.add_argument("--until", type=_date, metavar="DATE", help="up to and with this day, month or year")
    ask.add_argument("--source", metavar="S", help="search documents of this publisher only")
    ask.add_argument(
        "--after", action="append", default=[], metavar="TEXT", help="an earlier question of this conversation"
    )
    _add_clearance(ask)

    commands.add_parser("chat", help="the same bot in the terminal")

    index = commands.add_parser("index", help="bring the index up to date with the folders of documents")
    index.add_argument("--json", action="store_true", help="print the report as JSON")
    index.add_argument("--rebuild", action="store_true", help="build everything anew, whatever is there")
    index.add_argument(
        "--background", action="store_true", help="at low priority on one core, with progress as lines of JSON"
    )
    # For the bot, which would otherwise leave it behind where it is killed.
    index.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)

    read = commands.add_parser("read", help="show what a reader makes of one file")
    read.add_argument("file", help="the file")
    read.add_argument("--json", action="store_true", help="print metadata, text and blocks as JSON")

    summary = commands.add_parser("summary", help="summarise a round in quotations")
    summary.add_argument("round", type=_round, metavar="ROUND", help='the round: 8, VIII, "eighth round", Astana-8')
    summary.add_argument("--process", metavar="P", help="the process, where there are several")
    summary.add_argument("--topic", metavar="TEXT", help="only what the documents of the round say of this")
    summary.add_argument(
        "--words", type=_positive, default=300, metavar="N", help="at most so many words (default 300)"
    )
    _add_clearance(summary)
    summary.add_argument("--out", type=_page_or_pdf, metavar="FILE", help="write it to a file, .pdf or .html")
    summary.add_argument("--json", action="store_true", help="print the summary as JSON")

    verify = commands.add_parser("verify", help="is this sentence in the documents, and if not quite, how it differs")
    verify.add_argument("text", metavar="TEXT", help="a sentence, or several, each of which is looked for")
    _add_clearance(verify)
    verify.add_argument("--json", action="store_true", help="print what was found as JSON")

    rounds = commands.add_parser("rounds", help="list the rounds that there are documents of")
    rounds.add_argument("--process", metavar="P", help="of this process only")
    _add_clearance(rounds)
    rounds.add_argument("--json", action="store_true", help="print them as JSON")

    _add_library(commands.add_parser("library", help="see and decide on documents: withdraw, restore, label, export"))

    _add_account(commands.add_parser("account", help="say who may log in to the web chat on a closed network"))

    _add_audit(commands.add_parser("audit", help="what is written down of questions, answers and decisions"))

    evaluate = commands.add_parser("evaluate", help="measure on folders of documents and questions")
    evaluate.add_argument("folders", nargs="+", metavar="DIR", help="a folder with queries.jsonl, mostly corpus.jsonl")
    evaluate.add_argument("--predictions", metavar="FILE", help="write an answer a line to this file")
    evaluate.add_argument("--json", action="store_true", help="print the figures as JSON")

    feedback = commands.add_parser("feedback", help="write what people think of answers as questions to measure on")
    feedback.add_argument("--out", required=True, metavar="DIR", help="the folder to be written, new or empty")

    _add_backup(commands.add_parser("backup", help="write stores, library and index to one file, while the bot runs"))
    _add_restore(commands.add_parser("restore", help="put a backup, or the last good copy of the store, in place"))

    check = commands.add_parser("check", help="say whether settings, model, index and store are well")
    check.add_argument("--json", action="store_true", help="print the findings as JSON")
    return parser


def _add_clearance(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--clearance", metavar="LABEL", help="read only what this access label lets read (default: everything)"
    )


def _add_library(library: argparse.ArgumentParser) -> None:
    """The actions of ``rapporteur library``."""
    actions = library.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=_Parser)
    found = actions.add_parser("list", help="the documents, with state and access label")
    found.add_argument("words", nargs="*", metavar="WORD", help="words of their id, title or file")
    found.add_argument("--json", action="store_true", help="print them as JSON")
    show = actions.add_parser("show", help="one document: metadata, versions, remarks and history")
    show.add_argument("id", metavar="ID", help="the document's id")
    show.add_argument("--json", action="store_true", help="print it as JSON")
    withdraw = actions.add_parser("withdraw", help="show nothing of a document from now on")
    withdraw.add_argument("id", metavar="ID", help="the document's id")
    withdraw.add_argument("--reason", default="", metavar="TEXT", help="why, for its history")
    restore = actions.add_parser("restore", help="show a withdrawn document again, or let an erased one be read again")
    restore.add_argument("id", metavar="ID", help="the document's id")
    erase = actions.add_parser("erase", help="keep nothing of a document: original, versions, index, caches")
    erase.add_argument("id", metavar="ID", help="the document's id")
    erase.add_argument("--yes", action="store_true", help="do it, though it cannot be undone")
    label = actions.add_parser("label", help="give a document an access label, from now on")
    label.add_argument("id", metavar="ID", help="the document's id")
    label.add_argument("label", metavar="LABEL", help="one of the labels in use")
    correct = actions.add_parser("correct", help="correct what is known about a document")
    correct.add_argument("id", metavar="ID", help="the document's id")
    correct.add_argument(
        "field", metavar="FIELD", help="title, publisher, author, date, language, url, round, class, ..."
    )
    correct.add_argument("value", metavar="VALUE", nargs="?", help="its value; none takes the correction back")
    actions.add_parser("rollback", help="let the generation before this one answer again")
    exported = actions.add_parser("export", help="write the whole library to one file")
    exported.add_argument("file", metavar="FILE", help="the file to be written")
    imported = actions.add_parser("import", help="take in a whole library, where there is none yet")
    imported.add_argument("file", metavar="FILE", help="the file that was exported")


def _add_account(account: argparse.ArgumentParser) -> None:
    """The actions of ``rapporteur account``."""
    actions = account.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=_Parser)
    add = actions.add_parser("add", help="make an account; its password is asked for, or read from a pipe")
    add.add_argument("name", metavar="NAME", help='the name to log in by: letters, digits, ".", "_" and "-"')
    add.add_argument("--admin", action="store_true", help="let its person decide on documents, and read all of them")
    add.add_argument("--clearance", metavar="LABEL", help="the access label up to which its person may read")
    found = actions.add_parser("list", help="the accounts, with role, clearance and state")
    found.add_argument("--json", action="store_true", help="print them as JSON")
    suspend = actions.add_parser("suspend", help="end an account's sessions and let nobody log in as it")
    resume = actions.add_parser("resume", help="let the person of a suspended account log in again")
    password = actions.add_parser("password", help="give an account another password and end its sessions")
    remove = actions.add_parser("remove", help="delete an account and what is kept about its person")
    for action in (suspend, resume, password, remove):
        action.add_argument("name", metavar="NAME", help="the account's name")
    for action in (add, password):
        action.add_argument(
            "--generate", action="store_true", help="make up a password for one log-in, at which another is chosen"
        )


def _add_audit(audit: argparse.ArgumentParser) -> None:
    """The actions of ``rapporteur audit``."""
    actions = audit.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=_Parser)
    verify = actions.add_parser("verify", help="is the audit log what was written; prints its head, to be noted")
    verify.add_argument("--expect", metavar="HASH", help="see that nothing up to the entry of this hash was changed")
    verify.add_argument("--at", type=_positive, metavar="NUMBER", help="which entry had that hash (default: any)")
    export = actions.add_parser("export", help="print the audit log, oldest entry first")
    export.add_argument("--since", type=_date, metavar="DATE", help="from this day, month or year on, in UTC")
    export.add_argument("--json", action="store_true", help="an entry a line, with all that its hashes are made from")
    for action in (verify, export):
        action.add_argument("--local", action="store_true", help="the log of the bot without Telegram")


def _add_backup(backup: argparse.ArgumentParser) -> None:
    backup.add_argument("file", metavar="FILE", help="the file to be written")
    backup.add_argument(
        "--to", action="append", default=[], metavar="RECIPIENT", help="encrypt it to this age recipient (age1...)"
    )
    passphrase = backup.add_mutually_exclusive_group()
    passphrase.add_argument("--passphrase-file", metavar="FILE", help="encrypt it to the passphrase in this file")
    passphrase.add_argument("--passphrase", action="store_true", help="encrypt it to a passphrase that is asked for")
    backup.add_argument("--without-index", action="store_true", help="leave out the index, which can be made again")
    backup.add_argument("--force", action="store_true", help="replace a file of that name")


def _add_restore(restore: argparse.ArgumentParser) -> None:
    restore.add_argument("file", nargs="?", metavar="FILE", help="the file that was written by `rapporteur backup`")
    restore.add_argument("--store", action="store_true", help="the last good copy of the store instead of a backup")
    key = restore.add_mutually_exclusive_group()
    key.add_argument("--passphrase-file", metavar="FILE", help="the file with the passphrase of the backup")
    key.add_argument("--identity", metavar="FILE", help="the file with the secret key of a recipient (age)")
    restore.add_argument("--force", action="store_true", help="where the data directory is not empty, move it aside")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; what it makes is for its user alone."""
    os.umask(_OTHERS)
    parsed = build_parser().parse_args(arguments)
    from bot.settings import SettingsError, load_settings, refuse_telemetry

    refuse_telemetry()
    try:
        settings = load_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return FAILED if parsed.command == "check" else USAGE
    from bot import commands
    from corpus.errors import CorpusError, FolderError
    from retrieval.errors import EncoderError, QuestionRefused, RetrievalError

    try:
        return commands.COMMANDS[parsed.command](parsed, settings)
    except (SettingsError, FolderError, EncoderError, QuestionRefused) as error:
        print(error, file=sys.stderr)
        return USAGE
    except (CorpusError, RetrievalError, CommandError) as error:
        print(error, file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        return FAILED
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return FAILED


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _round(text: str) -> RoundArgument:
    from retrieval.questions.round_arguments import parse_round_argument

    found = parse_round_argument(text.split())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of one round, from 1 on")
    return found


def _page_or_pdf(text: str) -> Path:
    path = Path(text)
    if path.suffix.casefold() not in (".pdf", ".html"):
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .pdf or .html")
    return path


def _date(text: str) -> str:
    from corpus.metadata import iso_date

    found = iso_date(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2018, 2018-05 or 2018-05-14")
    return found
