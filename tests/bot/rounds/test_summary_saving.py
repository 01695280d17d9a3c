"""``rapporteur summary --out``: a round summary as a file, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.cli import main
from tests.documents import EXCHANGE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bot.shell import Rapporteur


@pytest.mark.parametrize(("name", "begins"), [("round.pdf", b"%PDF"), ("Round.HTML", b"<!DOCTYPE html>")])
def test_a_summary_is_written_to_a_file_and_not_printed(
    name: str, begins: bytes, rapporteur: Rapporteur, tmp_path: Path
) -> None:
    code, out, _ = rapporteur("summary", "8", "--out", str(tmp_path / name))
    assert (code, out) == (0, "")
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_the_page_names_the_days_of_the_round_and_links_to_no_bot(rapporteur: Rapporteur, tmp_path: Path) -> None:
    rapporteur("summary", "8", "--out", str(tmp_path / "a.html"))
    page = (tmp_path / "a.html").read_text("utf-8")
    assert "21–22 Dec 2017 · Astana" in page
    assert EXCHANGE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in page
    assert "t.me/" not in page


def test_a_name_with_another_ending_is_refused_before_anything_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["summary", "8", "--out", "a.docx"])
    assert refused.value.code == 2
    assert "'a.docx' does not end in .pdf or .html" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_one_sentence(rapporteur: Rapporteur, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "a.pdf"
    assert (
        rapporteur.fails("summary", "8", "--out", str(path)) == f"{path} cannot be written: No such file or directory."
    )
