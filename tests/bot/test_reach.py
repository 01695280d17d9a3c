"""How the web chat is reached, by the settings: what contradicts itself, and what TLS is spoken with."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from bot.reach import Reach, ReachError, checked_host, checked_names, checked_proxies, split_proxies
from tests.bot.certificates import lock, make_certificate

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_on_this_machine_alone_there_are_no_accounts(host: str) -> None:
    reach = Reach(checked_host(host))
    assert (reach.is_loopback, reach.has_accounts, reach.contradiction("W_")) == (True, False, None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "192.168.1.1", "2001:db8::1", "169.254.1.1"])  # noqa: S104 - nothing listens there
def test_where_other_machines_reach_it_there_are_accounts_and_encryption(host: str) -> None:
    reach = Reach(checked_host(host), names=("chat.example",))
    assert (reach.is_loopback, reach.has_accounts) == (False, True)
    assert reach.contradiction("W_") == (
        f"W_HOST {host} lets other machines reach the web chat; set W_CERTIFICATE and W_KEY for TLS, or W_PROXY "
        "where a proxy provides it"
    )


def test_behind_a_proxy_or_a_certificate_there_are_accounts_on_this_machine_too(tmp_path: Path) -> None:
    proxied = Reach(names=("chat.example",), proxies=checked_proxies(split_proxies("true")))
    encrypted = Reach(certificate=tmp_path, key=tmp_path)
    for reach in (proxied, encrypted):
        assert (reach.is_loopback, reach.has_accounts, reach.contradiction("W_")) == (True, True, None)


@pytest.mark.parametrize("host", ["", "chat.example", "10.0.0", "10.0.0.5:80", "0", "*", "http://10.0.0.5"])
def test_a_host_is_an_address_of_this_machine(host: str) -> None:
    with pytest.raises(ValueError, match="is no address; write one such as"):
        checked_host(host)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Chat.Institute.example", "chat.institute.example"),
        ("chat:8443", "chat:8443"),
        ("10.0.0.5", "10.0.0.5"),
        ("2001:DB8::1", "[2001:db8::1]"),
        ("[::1]", "[::1]"),
        ("институт.example", "xn--h1aekbgeal.example"),
    ],
)
def test_a_name_is_as_browsers_send_it(written: str, kept: str) -> None:
    assert checked_names([written])[0].startswith(kept.split("--")[0])
    assert checked_names(checked_names([written])) == checked_names([written])
    if "--" not in kept:
        assert checked_names([written]) == (kept,)


@pytest.mark.parametrize(
    "name", ["https://chat.example", "chat.example/", "chat example", "-chat", "*", "chat:", "a:b"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a host; write it alone"):
        checked_names([name])


@pytest.mark.parametrize(
    ("written", "networks"),
    [
        ("", []),
        ("false", []),
        ("No", []),
        ("true", ["127.0.0.0/8", "::1/128"]),
        ("10.0.0.2", ["10.0.0.2/32"]),
        ("10.0.0.9/29, 2001:db8::1", ["10.0.0.8/29", "2001:db8::1/128"]),
    ],
)
def test_proxies_are_networks_or_one_on_this_machine(written: str, networks: list[str]) -> None:
    assert [str(network) for network in checked_proxies(split_proxies(written))] == networks


@pytest.mark.parametrize("written", ["proxy", "10.0.0", "10.0.0.2/33", "0.0.0.0/0", "::/0", "10.0.0.2 10.0.0.3"])
def test_what_is_no_proxy_or_is_everybody_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"is no address of a proxy|would let everybody pass for the proxy"):
        checked_proxies(split_proxies(written))


def test_contradictions_are_named_by_their_variables(tmp_path: Path) -> None:
    file = tmp_path / "a.pem"
    assert Reach(certificate=file).contradiction("W_") == "W_CERTIFICATE needs W_KEY, the file with its private key"
    assert Reach(key=file).contradiction("W_") == "W_KEY needs W_CERTIFICATE, the file with its certificate"
    name = "W_NAME must say under which name people reach the web chat, such as chat.institute.example"
    assert Reach("0.0.0.0", certificate=file, key=file).contradiction("W_") == name  # noqa: S104 - nothing listens there
    assert Reach(proxies=checked_proxies(["10.0.0.2"])).contradiction("W_") == name
    assert str(Reach(names=("chat.example",)).contradiction("W_")).startswith("W_NAME is for a web chat that is")
    assert Reach("10.0.0.5", certificate=file, key=file).contradiction("W_") is None


@pytest.mark.parametrize(
    ("reach", "address"),
    [
        (Reach(names=("chat.example", "other"), proxies=checked_proxies(["10.0.0.2"])), "https://chat.example/"),
        (Reach(names=("chat.example:8443",), proxies=checked_proxies(["10.0.0.2"])), "https://chat.example:8443/"),
    ],
)
def test_behind_a_proxy_the_address_is_that_of_the_proxy(reach: Reach, address: str) -> None:
    assert reach.address(8765) == address


def test_over_tls_the_address_has_the_port(tmp_path: Path) -> None:
    own = Reach("10.0.0.5", certificate=tmp_path, key=tmp_path)
    assert (own.address(8765), own.address(443)) == ("https://10.0.0.5:8765/", "https://10.0.0.5/")
    six = Reach("2001:db8::1", certificate=tmp_path, key=tmp_path)
    assert six.address(8765) == "https://[2001:db8::1]:8765/"
    named = Reach("::", names=("chat.example:443",), certificate=tmp_path, key=tmp_path)
    assert named.address(8765) == "https://chat.example:443/"


def test_a_certificate_and_its_key_make_a_context_of_tls(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, "chat.example")
    context = Reach(certificate=certificate, key=key).tls()
    assert context is not None and context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert Reach().tls() is None


def test_what_cannot_be_spoken_with_is_named(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, "chat.example")
    _, other = make_certificate(tmp_path, "chat.example", "other")
    locked, text, missing = tmp_path / "locked.key", tmp_path / "text", tmp_path / "missing"
    text.write_text("no PEM at all", encoding="utf-8")
    lock(key, locked)
    for one, two, sentence in (
        (missing, key, f"The file {missing} cannot be read (No such file or directory)."),
        (certificate, missing, f"The file {missing} cannot be read (No such file or directory)."),
        (text, key, f"The file {text} is no certificate in PEM format."),
        (key, key, f"The file {key} is no certificate in PEM format."),
        (certificate, text, f"The file {text} is no private key in PEM format."),
        (certificate, other, f"The key {other} does not belong to the certificate {certificate}."),
        (certificate, locked, f"The key {locked} has a passphrase; write it without one."),
    ):
        with pytest.raises(ReachError) as refused:
            Reach(certificate=one, key=two).tls()
        assert str(refused.value) == sentence
