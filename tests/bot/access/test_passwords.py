"""How passwords are kept and compared, and which are taken."""

from __future__ import annotations

import pytest

from bot.access.passwords import COST, LONGEST, Cost, generated, hashed, matches, weakness

CHEAP = Cost(4, 8, 1)


def test_a_password_is_kept_as_a_salted_hash_with_its_cost() -> None:
    kept = hashed("a sentence of Anna", CHEAP)
    method, power, block, lanes, salt, found = kept.split("$")
    assert (method, power, block, lanes) == ("scrypt", "4", "8", "1")
    assert (len(salt), len(found)) == (24, 44)
    assert "Anna" not in kept
    assert hashed("a sentence of Anna", CHEAP) != kept


def test_only_the_same_password_matches() -> None:
    kept = hashed("a sentence of Anna", CHEAP)
    assert matches("a sentence of Anna", kept)
    for other in ("a sentence of anna", "a sentence of Anna ", "", "a sentence of Ann"):
        assert not matches(other, kept)


def test_the_cost_that_a_password_was_kept_at_counts() -> None:
    assert matches("a sentence of Anna", hashed("a sentence of Anna", Cost(5, 4, 2)))


def test_what_new_passwords_cost_takes_thirty_two_megabytes() -> None:
    assert 128 * 2**COST.power * COST.block == 32 * 1024 * 1024
    assert COST.lanes >= 3


def test_it_does_not_matter_how_a_keyboard_composes_a_character() -> None:
    assert matches("Caf\u00e9 und Kuchen", hashed("Cafe\u0301 und Kuchen", CHEAP))


def test_any_characters_make_a_password() -> None:
    for password in ("пароль из слов", "كلمة المرور الطويلة", "\x00" * 12, "😀" * 12, "\ud800" * 12):
        assert matches(password, hashed(password, CHEAP))


@pytest.mark.parametrize("kept", ["", "plain", "argon2$1$1$1$YQ==$YQ==", "scrypt$x$8$1$YQ==$YQ=="])
def test_what_is_no_kept_password_matches_nothing(kept: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        matches("a sentence of Anna", kept)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "A password has at least 12 characters."),
        ("x" * 11, "A password has at least 12 characters."),
        ("e\u0301" * 11, "A password has at least 12 characters."),
        ("x" * (LONGEST + 1), "A password has at most 1024 bytes."),
        ("x" * 12, None),
        ("x" * LONGEST, None),
    ],
)
def test_a_password_is_neither_short_nor_without_end(password: str, sentence: str | None) -> None:
    assert weakness(password) == sentence


def test_a_generated_password_is_taken_and_never_the_same() -> None:
    made = {generated() for _ in range(50)}
    assert len(made) == 50
    assert all(weakness(one) is None and len(one) == 24 for one in made)
