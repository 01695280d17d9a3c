"""Logging in to the closed web chat over HTTP: who gets in, for how long, and what all others are told."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.access.passwords import hashed
from bot.local.login import COOKIE, WATCH_SECONDS
from bot.reach import Reach
from tests.bot.certificates import make_certificate
from tests.bot.local.closed import CHEAP, NAME, PASSWORDS, Browser, Closed, add, closed_chat

WRONG = {"error": "The name or the password is wrong.", "reason": "wrong", "seconds": 0}


@pytest.fixture
async def closed(tmp_path: Path) -> AsyncIterator[Closed]:
    async with closed_chat(tmp_path) as running:
        yield running


async def state(browser: Browser) -> int:
    """The status of the page's first request."""
    return (await browser.get("web/state")).status


async def watched(closed: Closed) -> None:
    """Let the watch look at the accounts once."""
    while not closed.clock.sleepers:
        await asyncio.sleep(0)
    closed.clock.advance(WATCH_SECONDS)
    while not closed.clock.sleepers:
        await asyncio.sleep(0)


# Getting in


async def test_who_has_an_account_gets_in_with_a_cookie_that_no_script_and_no_other_site_can_use(
    closed: Closed,
) -> None:
    browser = closed.browser()
    response = await browser.log_in("anna")
    assert (response.status, await response.json()) == (200, {"name": "anna"})
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert set(cookie.split("; ")[1:]) == {"HttpOnly", "Path=/", "SameSite=Strict", "Secure"}
    assert await state(browser) == 200
    assert await (await browser.get("web/session")).json() == {"name": "anna"}


async def test_every_log_in_has_a_secret_of_its_own_which_ends_the_one_of_before(closed: Closed) -> None:
    browser = await closed.visitor("anna")
    before = browser.cookie
    await browser.log_in("anna")
    assert browser.cookie != before and len(browser.cookie) >= 43
    assert await state(browser) == 200
    browser.cookie = before
    assert await state(browser) == 401


@pytest.mark.parametrize("typed", ["anna", "ANNA", " Anna ", "Ａnna", "аnnа"])
async def test_a_name_is_found_however_it_is_typed(closed: Closed, typed: str) -> None:
    response = await closed.browser().log_in(typed, PASSWORDS["anna"])
    assert (response.status, await response.json()) == (200, {"name": "anna"})


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("anna", "another sentence"),
        ("anna", ""),
        ("nobody", PASSWORDS["anna"]),
        ("", PASSWORDS["anna"]),
        ("boris", PASSWORDS["anna"]),
        ("anna' OR '1'='1", "' OR '1'='1"),
        ("\x00", PASSWORDS["anna"]),
        ("ﷺ" * 250, PASSWORDS["anna"]),
    ],
)
async def test_whoever_does_not_get_in_is_not_told_why(closed: Closed, name: str, password: str) -> None:
    response = await closed.browser().log_in(name, password)
    assert (response.status, await response.json()) == (401, WRONG)
    assert "Set-Cookie" not in response.headers


async def test_a_suspended_account_is_refused_like_a_wrong_password(closed: Closed) -> None:
    closed.accounts.suspend(closed.people["boris"])
    response = await closed.browser().log_in("boris")
    assert (response.status, await response.json()) == (401, WRONG)


async def test_the_same_work_is_done_for_a_name_that_nobody_has(
    closed: Closed, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.local import login_check

    costs = []

    def note(password: str, kept: str) -> bool:
        costs.append(kept.split("$")[:4])
        return False

    monkeypatch.setattr(login_check, "matches", note)
    await closed.browser().log_in("anna")
    await closed.browser().log_in("nobody", "a sentence of nobody")
    assert costs == [["scrypt", "4", "8", "1"]] * 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"name": "anna"}',
        b'{"name": "anna", "password": 1}',
        b'{"name": "anna", "password": "x", "person": 1}',
        b'{"name": "anna", "password": "x", "language": "xx"}',
        b'{"name": "' + b"a" * 300 + b'", "password": "x"}',
    ],
)
async def test_what_is_no_log_in_is_refused_in_one_sentence(closed: Closed, body: bytes) -> None:
    headers = {"Origin": f"https://{NAME}", "Host": NAME, "X-Forwarded-Proto": "https"}
    async with closed.http.post(closed.address + "web/login", data=body, headers=headers) as response:
        said = (await response.json())["error"]
    assert response.status == 400
    assert said.startswith("The request is not well formed: ") and said.endswith(".")


async def test_a_log_in_too_large_is_not_read(closed: Closed) -> None:
    response = await closed.browser().post("web/login", name="anna", password="x" * 9000)
    assert response.status == 413


async def test_nobody_is_hashed_for_on_the_event_loop(closed: Closed, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.local import login_check

    async def beat() -> None:
        beats.append(await state(anna))

    def slow(password: str, kept: str) -> bool:
        asyncio.run_coroutine_threadsafe(beat(), loop).result(5)
        return True

    beats: list[int] = []
    loop, anna = asyncio.get_running_loop(), await closed.visitor("anna")
    monkeypatch.setattr(login_check, "matches", slow)
    assert (await closed.browser().log_in("boris")).status == 200
    assert beats == [200]


# Passwords for one time


async def test_a_password_for_one_time_must_be_changed_and_is_good_for_nothing_else(closed: Closed) -> None:
    made = closed.accounts.add("gulnara", hashed("just-for-the-first-time", CHEAP), is_one_time=True)
    browser = closed.browser()
    first = await browser.log_in("gulnara", "just-for-the-first-time")
    assert (first.status, (await first.json())["reason"]) == (403, "choose")
    assert "Set-Cookie" not in first.headers
    short = await browser.log_in("gulnara", "just-for-the-first-time", new_password="eleven char")
    assert (short.status, (await short.json())["reason"]) == (400, "weak")
    same = await browser.log_in("gulnara", "just-for-the-first-time", new_password="just-for-the-first-time")
    assert (same.status, (await same.json())["reason"]) == (400, "same")
    chosen = await browser.log_in("gulnara", "just-for-the-first-time", new_password="a sentence of Gulnara")
    assert (chosen.status, await state(browser)) == (200, 200)
    assert (await closed.browser().log_in("gulnara", "just-for-the-first-time")).status == 401
    assert (await closed.browser().log_in("gulnara", "a sentence of Gulnara")).status == 200
    account = closed.accounts.get(made.person)
    assert account is not None and not account.is_one_time


async def test_anybody_can_change_their_password_which_ends_their_other_sessions(closed: Closed) -> None:
    elsewhere, browser = await closed.visitor("boris"), closed.browser()
    response = await browser.log_in("boris", new_password="another sentence of Boris")
    assert (response.status, await state(browser), await state(elsewhere)) == (200, 200, 401)
    assert (await closed.browser().log_in("boris")).status == 401


async def test_nobody_learns_that_a_password_is_to_be_chosen_who_does_not_know_it(closed: Closed) -> None:
    closed.accounts.add("gulnara", hashed("just-for-the-first-time", CHEAP), is_one_time=True)
    response = await closed.browser().log_in("gulnara", "a guess", new_password="a sentence of a stranger")
    assert (response.status, await response.json()) == (401, WRONG)


# Guessing


async def test_guesses_at_a_name_become_ever_slower_for_names_that_nobody_has_too(closed: Closed) -> None:
    for name in ("anna", "nobody"):
        statuses = [(await closed.browser().log_in(name, f"guess {number}")).status for number in range(7)]
        assert statuses == [401] * 6 + [429]
    for pause in (1, 2, 4):
        refused = await closed.browser().log_in("anna", "a guess")
        assert (refused.status, refused.headers["Retry-After"]) == (429, str(pause + 1))
        right = await closed.browser().log_in("anna")
        assert right.status == 429, "while it waits, the right password tells nothing"
        closed.clock.advance(pause)
        assert (await closed.browser().log_in("anna", "a guess")).status == 401
    closed.clock.advance(8)
    assert (await closed.browser().log_in("anna")).status == 200
    assert (await closed.browser().log_in("anna", "a guess")).status == 401, "who gets in begins anew"


async def test_no_name_waits_longer_than_a_minute(closed: Closed) -> None:
    for number in range(20):
        await closed.browser(X_Forwarded_For=f"10.0.0.{number}").log_in("anna", "a guess")
        closed.clock.advance(60)
    assert (await closed.browser().log_in("anna")).status == 200


async def test_many_guesses_at_once_are_counted_before_any_is_answered(closed: Closed) -> None:
    guesses = (closed.browser().log_in("anna", f"guess {number}") for number in range(8))
    statuses = sorted([response.status for response in await asyncio.gather(*guesses)])
    assert statuses == [401] * 6 + [429] * 2


async def test_guesses_from_one_address_become_slower_whatever_the_name(closed: Closed) -> None:
    guesser = closed.browser(X_Forwarded_For="10.0.0.66")
    statuses = [(await guesser.log_in(f"name{number}", "a guess")).status for number in range(22)]
    assert statuses == [401] * 21 + [429]
    assert (await closed.browser(X_Forwarded_For="10.0.0.7").log_in("anna")).status == 200


async def test_an_address_of_ipv6_is_the_network_of_it(closed: Closed) -> None:
    statuses = []
    for number in range(22):
        guesser = closed.browser(X_Forwarded_For=f"2001:db8::{number:x}")
        statuses.append((await guesser.log_in(f"name{number}", "a guess")).status)
    assert statuses == [401] * 21 + [429]


async def test_what_anybody_can_write_into_the_chain_of_proxies_is_not_believed(closed: Closed) -> None:
    statuses = []
    for number in range(22):
        guesser = closed.browser(X_Forwarded_For=f"10.9.9.{number}, 10.0.0.66")
        statuses.append((await guesser.log_in(f"name{number}", "a guess")).status)
    assert statuses == [401] * 21 + [429]


async def test_the_log_has_the_address_and_nothing_that_was_typed(
    closed: Closed, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="bot.local.login"):
        await closed.browser(X_Forwarded_For="10.0.0.66").log_in("a-secret-typed-as-name", "a guess")
    assert [record.getMessage() for record in caplog.records] == ["A log-in from 10.0.0.66 was refused: wrong"]


# Without a session


async def test_nothing_but_the_log_in_page_is_given_to_who_is_not_logged_in(closed: Closed) -> None:
    browser = closed.browser()
    page = await browser.get("")
    assert (page.status, page.headers["Location"]) == (303, "/web/login")
    login = await browser.get("web/login")
    assert login.status == 200 and 'autocomplete="current-password"' in await login.text()
    assert await (await browser.get("web/session")).json() == {"name": None}
    anna = closed.people["anna"].person
    for path in ("state", "history", "commands", "events", "journal", "file/x", "nothing"):
        response = await browser.get(f"web/{path}", person=anna, chat=anna)
        assert (response.status, await response.json()) == (401, {"error": "Log in to go on."})
    for path in ("send", "edit", "press", "inline", "choose", "language", "upload", "forward", "take", "logout"):
        response = await browser.post(f"web/{path}", person=anna, chat=str(anna), text="Hello")
        assert (response.status, await response.json()) == (401, {"error": "Log in to go on."})
    assert closed.world.history(anna) == []


@pytest.mark.parametrize("cookie", ["", "x", "A" * 43, "A" * 5000])
async def test_a_cookie_that_was_never_given_is_none(closed: Closed, cookie: str) -> None:
    browser = closed.browser()
    browser.cookie = cookie
    assert await state(browser) == 401


async def test_the_log_in_page_has_no_script_or_style_of_its_own_and_the_strict_policy(closed: Closed) -> None:
    response = await closed.browser().get("web/login")
    text = await response.text()
    assert "<style" not in text and " style=" not in text and " onclick=" not in text
    assert text.count("<script") == 1
    assert "Server" not in response.headers
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]


async def test_no_copy_is_kept_of_what_is_not_the_page_itself(closed: Closed) -> None:
    anna = await closed.visitor("anna")
    for path in ("", "web/state", "web/login"):
        assert (await anna.get(path)).headers["Cache-Control"] == "no-store"
    assert (await anna.get("web/static/login.js")).headers["Cache-Control"] == "no-cache"


# The end of a session


async def test_logging_out_ends_the_session_and_takes_the_cookie_back(closed: Closed) -> None:
    browser = await closed.visitor("anna")
    response = await browser.post("web/logout")
    assert response.status == 200
    assert response.cookies[COOKIE].value == "" and response.cookies[COOKIE]["max-age"] == "0"
    assert await state(browser) == 401


async def test_a_session_ends_after_two_hours_in_which_nothing_is_done(closed: Closed) -> None:
    browser, person = await closed.visitor("boris"), closed.people["boris"].person
    closed.clock.advance(2 * 3600 - 1)
    assert await state(browser) == 200, "what an open page asks by itself is no use of it"
    await browser.post("web/send", person=person, chat=str(person), text="Hello")
    closed.clock.advance(2 * 3600 - 1)
    assert await state(browser) == 200
    closed.clock.advance(1)
    assert await state(browser) == 401


async def test_a_session_ends_after_twelve_hours_whatever_is_done(closed: Closed) -> None:
    browser = await closed.visitor("boris")
    for _ in range(12):
        assert (await browser.get("")).status == 200
        closed.clock.advance(3600)
    assert await state(browser) == 401


async def test_an_account_has_ten_sessions_at_most(closed: Closed) -> None:
    browsers = [await closed.visitor("boris") for _ in range(11)]
    assert [await state(browser) for browser in browsers] == [401] + [200] * 10


@pytest.mark.parametrize("what", ["suspend", "remove", "password"])
async def test_what_is_decided_on_an_account_holds_at_the_next_request(closed: Closed, what: str) -> None:
    browser, other = await closed.visitor("boris"), await closed.visitor("daniyar")
    assert await state(browser) == 200
    if what == "password":
        closed.accounts.set_password(closed.people["boris"], hashed("another sentence", CHEAP), is_one_time=False)
    else:
        getattr(closed.accounts, what)(closed.people["boris"])
    assert (await state(browser), await state(other)) == (401, 200)


async def test_a_session_of_before_is_not_taken_up_again_when_an_account_is_resumed(closed: Closed) -> None:
    browser = await closed.visitor("boris")
    closed.accounts.suspend(closed.people["boris"])
    account = closed.accounts.get(closed.people["boris"].person)
    assert account is not None and closed.accounts.resume(account)
    assert await state(browser) == 401
    assert await state(await closed.visitor("boris")) == 200


async def test_an_open_stream_ends_when_its_account_is_suspended(closed: Closed) -> None:
    browser, boris = await closed.visitor("boris"), closed.people["boris"].person
    async with browser.events() as events:
        closed.accounts.suspend(closed.people["boris"])
        await watched(closed)
        closed.world.send_text(boris, boris, "Too late")
        assert [event async for event in events] == []


async def test_an_open_stream_ends_with_its_session(closed: Closed) -> None:
    browser = await closed.visitor("boris")
    async with browser.events() as events:
        await browser.post("web/logout")
        assert [event async for event in events] == []
    browser = await closed.visitor("boris")
    async with browser.events() as events:
        closed.clock.advance(2 * 3600)
        await watched(closed)
        assert [event async for event in events] == []


async def test_where_the_accounts_cannot_be_read_nobody_goes_on(
    closed: Closed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from corpus.database import DatabaseError

    browser = await closed.visitor("boris")

    def fail(_: object) -> None:
        raise DatabaseError("The disk is gone.")

    async with browser.events() as events:
        monkeypatch.setattr(type(closed.accounts), "all", fail)
        await watched(closed)
        assert [event async for event in events] == []
    assert "The disk is gone." in caplog.text


async def test_whoever_is_added_while_it_runs_gets_in_and_is_in_the_group(closed: Closed) -> None:
    PASSWORDS["gulnara"] = "a sentence of Gulnara"
    made = add(closed.accounts, "gulnara", is_admin=True)
    browser = await closed.visitor("gulnara")
    chats = (await (await browser.get("web/state")).json())["chats"]
    assert [chat["id"] for chat in chats] == [str(closed.group), str(made.person)]
    assert made.person in closed.residents.admins
    assert closed.world.status(closed.group, made.person).is_administrator


# Where it is reached


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost", f"{NAME}.evil.example", f"evil{NAME}", ""])
async def test_another_name_is_refused(closed: Closed, host: str) -> None:
    for path in ("", "web/login", "web/state"):
        response = await closed.browser(Host=host).get(path)
        assert (response.status, await response.json()) == (403, {"error": "This page answers only to its own name."})


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"http://{NAME}", f"https://{NAME}:444", f"https://{NAME}.evil.example"]
)
async def test_another_site_cannot_log_anybody_in_or_write(closed: Closed, origin: str) -> None:
    browser, boris = await closed.visitor("boris"), closed.people["boris"].person
    refused = {"error": "The local chat does not answer other sites."}
    for path, body in (("web/login", {"name": "boris", "password": PASSWORDS["boris"]}), ("web/logout", {})):
        response = await browser.post(path, {"Origin": origin}, **body)
        assert (response.status, await response.json()) == (403, refused)
    response = await browser.post("web/send", {"Origin": origin}, person=boris, chat=str(boris), text="Hello")
    assert (response.status, await response.json()) == (403, refused)
    assert closed.world.history(boris) == [] and await state(browser) == 200


async def test_another_site_may_link_to_the_page_and_read_nothing(closed: Closed) -> None:
    browser, linked = await closed.visitor("boris"), {"Sec-Fetch-Site": "cross-site"}
    assert (await browser.get("", linked)).status == 200
    assert (await browser.get("web/login", linked)).status == 200
    for path in ("web/state", "web/session", "web/events"):
        assert (await browser.get(path, linked)).status == 403


@pytest.mark.parametrize("said", [None, "http", "", "https, http", "httpss"])
async def test_what_was_not_encrypted_on_its_way_is_refused(closed: Closed, said: str | None) -> None:
    browser = await closed.visitor("boris")
    browser.headers = {"Host": NAME} | ({} if said is None else {"X-Forwarded-Proto": said})
    for path in ("", "web/login", "web/state"):
        response = await browser.get(path)
        assert (response.status, await response.json()) == (403, {"error": "This page is reached over https alone."})


async def test_the_name_that_the_proxy_was_asked_for_counts(closed: Closed) -> None:
    browser = closed.browser(Host="127.0.0.1:8765", X_Forwarded_Host=NAME)
    assert (await browser.get("web/login")).status == 200
    browser = closed.browser(Host=NAME, X_Forwarded_Host="evil.example")
    assert (await browser.get("web/login")).status == 403


async def test_only_the_proxy_is_believed_what_it_says(tmp_path: Path) -> None:
    from ipaddress import ip_network

    elsewhere = Reach(names=(NAME,), proxies=(ip_network("10.0.0.2/32"),))
    async with closed_chat(tmp_path, elsewhere) as closed:
        response = await closed.browser().get("web/login")
        assert (response.status, await response.json()) == (403, {"error": "This page is reached over https alone."})


async def test_over_tls_the_page_is_served_by_itself_and_forged_headers_change_nothing(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, "localhost")
    reach = Reach(names=("localhost",), certificate=certificate, key=key)
    async with closed_chat(tmp_path, reach) as closed:
        trusted = ssl.create_default_context(cafile=str(certificate))
        address = closed.address.replace("127.0.0.1", "localhost")
        async with ClientSession() as http:
            own = {"Origin": address.rstrip("/"), "X-Forwarded-For": "10.1.1.1"}
            body = {"name": "anna", "password": PASSWORDS["anna"]}
            async with http.post(f"{address}web/login", json=body, headers=own, ssl=trusted) as response:
                assert response.status == 200
            # The client's own jar takes the cookie and gives it back, as a browser would.
            async with http.get(f"{address}web/state", ssl=trusted) as response:
                assert [person["name"] for person in (await response.json())["people"]] == ["anna"]
            forged = {"Host": "evil.example", "X-Forwarded-Host": "localhost", "X-Forwarded-Proto": "https"}
            async with http.get(f"{address}web/state", headers=forged, ssl=trusted) as response:
                assert response.status == 403


async def test_the_address_of_a_caller_is_its_own_where_there_is_no_proxy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = make_certificate(tmp_path, "localhost")
    reach = Reach(names=("localhost",), certificate=certificate, key=key)
    async with closed_chat(tmp_path, reach) as closed, ClientSession() as http:
        trusted = ssl.create_default_context(cafile=str(certificate))
        address = closed.address.replace("127.0.0.1", "localhost")
        statuses = []
        for number in range(22):
            own = {"Origin": address.rstrip("/"), "X-Forwarded-For": f"10.1.1.{number}", "Forwarded": "for=10.1.1.1"}
            body = {"name": f"name{number}", "password": "a guess"}
            async with http.post(f"{address}web/login", json=body, headers=own, ssl=trusted) as response:
                statuses.append(response.status)
    assert statuses == [401] * 21 + [429]
    assert "127.0.0.1" in caplog.text and "10.1.1" not in caplog.text


async def test_every_language_of_the_log_in_page_has_every_label(closed: Closed) -> None:
    texts = json.loads(await (await closed.browser().get("web/static/login.json")).text())
    assert list(texts) == ["en", "ru", "kk", "tr", "ar", "fa"]
    for language, labels in texts.items():
        assert labels.keys() == texts["en"].keys(), language
        for key, label in labels.items():
            assert label.strip() and ("{time}" in label) == (key == "wait"), (language, key)
