"""The bot without Telegram for those who have accounts: what each may read and do, and what starting it demands."""

from __future__ import annotations

import json
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from bot.access.passwords import Cost, hashed
from bot.running.root import LOCAL_TOKEN, closed_bot
from bot.store import Store
from tests.bot.certificates import make_certificate
from tests.bot.harness import make_settings, quotations
from tests.bot.test_attacks import MEMORANDUM, QUESTION, WORDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.access.accounts import Account
    from bot.local.models import Message
    from bot.local.residents import Residents
    from bot.local.world import World
    from bot.services import Services
    from bot.settings import Settings
    from tests.bot.shell import Rapporteur
    from tests.conftest import Indexed


class House:
    """The bot at work in a world of accounts."""

    def __init__(self, world: World, residents: Residents, services: Services) -> None:
        self.world = world
        self.residents = residents
        self.services = services

    async def ask(self, account: Account, text: str, chat: int | None = None) -> Message:
        """Write as somebody, and return what the bot says first."""
        written = self.world.send_text(account.person, chat or account.person, text)
        return await self.world.bot_message(written.chat_id, after=written.id)

    @property
    def group(self) -> int:
        """The group of all."""
        return next(chat for chat in self.world.chats if chat < 0)


@asynccontextmanager
async def house(indexed: Indexed, **settings: Any) -> AsyncIterator[House]:
    """The bot over an index, with the accounts that its store has."""
    made = make_settings(indexed.data, indexed.documents, open_to_all=False, **settings)
    async with closed_bot(made, indexed.engine()) as (world, residents, application):
        yield House(world, residents, application.bot_data["services"])


def add(indexed: Indexed, name: str, **rights: Any) -> Account:
    """An account in the store of an index."""
    with Store.open(indexed.data / "local.sqlite3") as store:
        return store.accounts.add(name, hashed("a sentence", Cost(4, 8, 1)), **rights)


@pytest.fixture
def memo(own_index: Indexed) -> Indexed:
    """An index in which one document is internal."""
    (own_index.documents / "memo.md").write_text(MEMORANDUM, encoding="utf-8")
    (own_index.documents / "memo.md.meta.yaml").write_text("access: internal\n", encoding="utf-8")
    own_index.update()
    return own_index


async def test_each_reads_what_their_account_may_and_the_group_what_anybody_may(memo: Indexed) -> None:
    anna, boris = add(memo, "anna", is_admin=True), add(memo, "boris", clearance="internal")
    daniyar = add(memo, "daniyar")
    async with house(memo) as bot:
        answers = [await bot.ask(account, QUESTION) for account in (anna, boris, daniyar)]
        in_group = [await bot.ask(account, f"/ask {QUESTION}", bot.group) for account in (anna, boris)]
    assert [quotations(answer)[:1] == [WORDS] for answer in answers] == [True, True, False]
    assert not any("sealed letter" in answer.text for answer in (answers[2], *in_group))


async def test_who_is_suspended_or_added_meanwhile_has_the_rights_of_now(memo: Indexed) -> None:
    boris = add(memo, "boris", clearance="internal")
    async with house(memo) as bot:
        bot.services.store.accounts.suspend(boris)
        gulnara = add(memo, "gulnara", is_admin=True)
        bot.residents.settle(bot.services.store.accounts.all())
        answers = [await bot.ask(account, QUESTION) for account in (boris, gulnara)]
        refused = await bot.ask(boris, "/reload")
        listed = await bot.ask(gulnara, "/outbox")
    assert [quotations(answer)[:1] == [WORDS] for answer in answers] == [False, True]
    assert refused.text == "Only an administrator of this bot may reload."
    assert "administrator" not in listed.text


async def test_what_somebody_chose_is_kept_over_a_restart(memo: Indexed) -> None:
    boris = add(memo, "boris")
    async with house(memo) as bot:
        chosen = await bot.ask(boris, "/language ru")
    async with house(memo) as bot:
        again = await bot.ask(boris, "/help")
    assert "/summary" in again.text and any("а" <= letter <= "я" for letter in again.text.casefold())
    assert chosen.text != again.text


async def test_nobody_on_the_machine_can_speak_for_the_bot_by_a_token_that_is_known(memo: Indexed) -> None:
    add(memo, "anna")
    async with house(memo) as bot:
        token = bot.world.token
    async with house(memo) as bot:
        assert len({token, bot.world.token, LOCAL_TOKEN}) == 3
        assert bot.world.token.partition(":")[0] == LOCAL_TOKEN.partition(":")[0]


# Starting it


@pytest.fixture
def served(rapporteur: Rapporteur, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rapporteur:
    """The command line with a certificate for the web chat, which any free port will do for."""
    certificate, key = make_certificate(tmp_path, "localhost")
    monkeypatch.setenv("RAPPORTEUR_WEB_CERTIFICATE", str(certificate))
    monkeypatch.setenv("RAPPORTEUR_WEB_KEY", str(key))
    monkeypatch.setenv("RAPPORTEUR_WEB_NAME", "chat.institute.example")
    monkeypatch.setenv("RAPPORTEUR_PORT", "0")
    return rapporteur


def test_without_an_account_it_does_not_start_and_says_what_makes_one(served: Rapporteur) -> None:
    said = served.fails("run", "--once", code=2)
    assert said == (
        "Nobody has an account that may log in to the web chat; make one with `rapporteur account add NAME`."
    )
    served("account", "add", "anna", "--generate")
    served("account", "suspend", "anna")
    assert served.fails("run", "--once", code=2) == said


def test_a_certificate_that_cannot_be_used_is_named_before_anything_is_done(
    served: Rapporteur, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served("account", "add", "anna", "--generate")
    _, other = make_certificate(tmp_path, "localhost", "other")
    monkeypatch.setenv("RAPPORTEUR_WEB_KEY", str(other))
    said = served.fails("run", "--once", code=2)
    assert said == f"The key {other} does not belong to the certificate {tmp_path / 'own.pem'}."
    assert not (served.data / "index").exists()


def test_it_says_where_it_is_and_asks_nothing_in_anybodys_name(served: Rapporteur) -> None:
    served("account", "add", "anna", "--generate")
    code, out, _ = served("run", "--once")
    assert code == 0
    assert out.startswith("The web chat is at https://chat.institute.example:") and "Ctrl-C" in out
    assert len(out.splitlines()) == 1


def test_check_says_how_the_web_chat_would_be_served(served: Rapporteur, monkeypatch: pytest.MonkeyPatch) -> None:
    def finding(subject: str, code: int) -> tuple[bool, str]:
        found = {one["subject"]: one for one in served.json("check", code=code)["findings"]}
        return found[subject]["well"], found[subject]["reason"]

    served("index")
    well, reason = finding("web chat", 1)
    assert not well and reason.startswith("Nobody has an account")
    served("account", "add", "anna", "--generate")
    assert finding("web chat", 0) == (True, "https://chat.institute.example:0/, accounts that may log in: 1")
    assert finding("settings", 0)[1].endswith("the bot would run on the web chat, with accounts, since no token is set")
    monkeypatch.setenv("RAPPORTEUR_WEB_KEY", "/nowhere/own.key")
    assert finding("web chat", 1) == (False, "The file /nowhere/own.key cannot be read (No such file or directory).")


# The log


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_it_logs_in_the_format_of_the_settings_and_no_token(
    log_format: str, rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "12345:AAsecretofabot"

    def work(settings: Settings, *, once: bool) -> int:
        logging.getLogger("bot.outbox.worker").warning("Called /bot%s/sendMessage", token)
        return 0

    monkeypatch.setattr("bot.running.root._run", work)
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN", token)
    monkeypatch.setenv("RAPPORTEUR_LOG_FORMAT", log_format)
    code, out, said = rapporteur("run", "--once")
    assert (code, out) == (0, "")
    if log_format == "text":
        assert said.endswith("Z WARNING bot.outbox.worker: Called /bot***/sendMessage\n") and said.count("\n") == 1
    else:
        assert json.loads(said) | {"time": ""} == {
            "time": "",
            "level": "WARNING",
            "logger": "bot.outbox.worker",
            "message": "Called /bot***/sendMessage",
            "request": None,
            "traceback": None,
        }
