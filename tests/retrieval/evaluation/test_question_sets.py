"""Sets of questions and documents are read as they are, or refused by file and line before anything is measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from retrieval.evaluation.question_sets import FoldersError, Query, SetError, load_set, load_sets, read_lines
from tests.retrieval.corpora import document

if TYPE_CHECKING:
    from pathlib import Path

TALKS = {"id": "talks", "title": "Record", "text": "The delegations met.\nThey met in Astana.", "date": "2017-12"}
BRIDGE = {"id": "bridge", "text": "Мост открыт 🕊️."}
ASKED = {"id": "q1", "lang": "en", "text": "Where did they meet?", "relevant": ["talks"], "answers": ["in Astana"]}


def write(folder: Path, queries: list[Any], corpus: list[Any] | None = None) -> Path:
    """Write a set; what is bytes is written as it is."""
    folder.mkdir(exist_ok=True)
    for name, lines in (("queries.jsonl", queries), ("corpus.jsonl", corpus)):
        if lines is not None:
            encoded = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
            (folder / name).write_bytes(b"\n".join(encoded) + b"\n")
    return folder


def test_a_set_is_read_as_it_is(tmp_path: Path) -> None:
    folder = write(tmp_path / "dev", [ASKED, {"id": "q2", "text": "And?", "answerable": False}], [TALKS, BRIDGE])
    loaded = load_set(folder, prefixed=False)
    assert loaded.name == "dev"
    assert loaded.queries == (
        Query("q1", "Where did they meet?", "en", frozenset({"talks"}), ("in Astana",), True),
        Query("q2", "And?", "", frozenset(), (), False),
    )
    assert [query.line for query in loaded.queries] == [1, 2]
    assert loaded.documents is not None
    talks, bridge = (entry.document for entry in loaded.documents)
    assert (talks.id, talks.text) == ("talks", TALKS["text"])
    assert (talks.metadata.title, talks.metadata.date, talks.metadata.language) == ("Record", "2017-12", "en")
    assert [talks.text[block.start : block.end] for block in talks.blocks] == TALKS["text"].split("\n")
    assert [block.paragraph for block in talks.blocks] == [1, 2]
    assert (bridge.metadata.title, bridge.metadata.language) == (None, "ru")


def test_what_a_line_says_of_its_document_is_its_metadata(tmp_path: Path) -> None:
    said = TALKS | {"source": "Institute", "date": " 2017-12-22 ", "title": "The\tRecord "}
    unsaid = BRIDGE | {"source": "", "date": "last winter", "title": ""}
    loaded = load_set(write(tmp_path / "dev", [ASKED], [said, unsaid]), prefixed=False)
    assert loaded.documents is not None
    first, second = (entry.document.metadata for entry in loaded.documents)
    assert (first.title, first.publisher, first.date) == ("The Record", "Institute", "2017-12-22")
    assert (second.title, second.publisher, second.date) == (None, None, None)


def test_paragraphs_are_lines_that_are_not_blank_without_blanks_at_their_ends(tmp_path: Path) -> None:
    text = "One 🕊️.\n \n  Two. \n\nT"
    loaded = load_set(
        write(tmp_path / "dev", [{"id": "q", "text": "What?"}], [{"id": "a", "text": text}]), prefixed=False
    )
    assert loaded.documents is not None
    document = loaded.documents[0].document
    assert document.text == text
    assert [text[block.start : block.end] for block in document.blocks] == ["One 🕊️.", "Two.", "T"]
    assert [block.paragraph for block in document.blocks] == [1, 2, 3]


def test_with_a_prefix_every_id_gets_the_name_of_the_folder(tmp_path: Path) -> None:
    loaded = load_set(write(tmp_path / "dev", [ASKED], [TALKS]), prefixed=True)
    assert loaded.queries[0].id == "dev/q1"
    assert loaded.queries[0].relevant == {"dev/talks"}
    assert loaded.documents is not None
    assert loaded.documents[0].document.id == "dev/talks"


def test_documents_of_the_index_keep_their_ids(tmp_path: Path) -> None:
    loaded = load_set(write(tmp_path / "dev", [ASKED]), prefixed=True)
    assert loaded.documents is None
    assert (loaded.queries[0].id, loaded.queries[0].relevant) == ("dev/q1", frozenset({"talks"}))


def test_questions_without_a_corpus_are_held_against_the_documents_that_they_go_to(tmp_path: Path) -> None:
    folder = write(tmp_path / "dev", [ASKED, ASKED | {"id": "q2", "answers": ["in Sochi"]}])
    loaded = load_set(folder, prefixed=False)
    talks = document("talks", "They met in Astana.").document
    with pytest.raises(SetError) as refused:
        loaded.check([talks])
    assert str(refused.value) == (
        f"{folder / 'queries.jsonl'}, line 2 has the answer 'in Sochi', which stands in no relevant document; "
        "mend that line."
    )
    loaded.check([document("talks", "They met in Astana, not in Sochi.").document])
    with pytest.raises(SetError, match="line 1 names the document 'talks', which is not there"):
        loaded.check([document("other", "They met in Astana.").document])


def test_one_folder_has_no_prefix_and_several_have(tmp_path: Path) -> None:
    one, other = write(tmp_path / "one", [ASKED], [TALKS]), write(tmp_path / "other", [ASKED], [TALKS])
    assert [query.id for found in load_sets([one]) for query in found.queries] == ["q1"]
    assert [query.id for found in load_sets([one, other]) for query in found.queries] == ["one/q1", "other/q1"]


def test_folders_that_cannot_be_measured_on_together_are_refused(tmp_path: Path) -> None:
    one, plain = write(tmp_path / "one", [ASKED], [TALKS]), write(tmp_path / "plain", [ASKED])
    (tmp_path / "deep").mkdir()
    same = write(tmp_path / "deep" / "one", [ASKED], [TALKS])
    link = tmp_path / "link"
    link.symlink_to(one)
    for folders, said in [
        ([one, tmp_path / "none"], f"{tmp_path / 'none'} is not there; name a folder."),
        ([one / "queries.jsonl"], f"{one / 'queries.jsonl'} is no folder; name a folder."),
        ([one, one], f"{one} is named twice; name each folder once."),
        ([one, link], f"{link} is named twice; name each folder once."),
        ([one, same], f"{one} and {same} have the same name, with which ids begin; rename one of them."),
        ([one, plain], "plain has no corpus.jsonl and others have one; evaluate it by itself."),
        ([tmp_path / "deep"], f"{tmp_path / 'deep'} has no queries.jsonl; name a folder that holds one."),
    ]:
        with pytest.raises(FoldersError) as refused:
            load_sets(folders)
        assert str(refused.value) == said


@pytest.mark.parametrize("name", ["queries.jsonl", "corpus.jsonl"])
@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    folder = write(tmp_path / "dev", [ASKED], [TALKS])
    (folder / name).write_bytes(content)
    with pytest.raises(SetError) as refused:
        load_set(folder, prefixed=False)
    assert str(refused.value) == f"{folder / name} is empty; write a JSON object on each line."


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetError) as refused:
        read_lines(tmp_path)
    assert str(refused.value) == f"{tmp_path} cannot be read (Is a directory)."


def test_blank_lines_are_passed_over(tmp_path: Path) -> None:
    loaded = load_set(write(tmp_path / "dev", [b"", ASKED, b"  "], [b"\r", TALKS]), prefixed=False)
    assert [query.line for query in loaded.queries] == [2]


def test_history_is_what_the_person_asked_before(tmp_path: Path) -> None:
    said = ["U: Who met?", "A: Delegations.", {"speaker": "user", "text": "And where?"}]
    asked = ASKED | {"history": [*said, {"speaker": "agent", "text": "In Astana."}, "When?"]}
    loaded = load_set(write(tmp_path / "dev", [asked], [TALKS]), prefixed=False)
    assert loaded.queries[0].history == ("Who met?", "And where?", "When?")


def test_null_is_as_good_as_nothing(tmp_path: Path) -> None:
    asked = {"id": "q1", "text": "What?", "relevant": None, "answers": None, "history": None, "lang": None}
    talks = TALKS | {"title": None, "date": None, "source": None}
    loaded = load_set(write(tmp_path / "dev", [asked], [talks]), prefixed=False)
    assert loaded.queries == (Query("q1", "What?", "", frozenset(), (), True),)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe\xff", "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b"5", "is not a JSON object"),
        (b"[" * 100_000, "is not JSON"),
        ({"text": "What?"}, 'has no text in "id"'),
        ({"id": "", "text": "What?"}, 'has no text in "id"'),
        ({"id": 7, "text": "What?"}, 'has no text in "id"'),
        (b'{"id": "q\\ud800", "text": "What?"}', 'has an "id" that is no Unicode text'),
        ({"id": "q2"}, 'has no text in "text"'),
        ({"id": "q2", "text": ""}, 'has no text in "text"'),
        ({"id": "q2", "text": ["What?"]}, 'has no text in "text"'),
        (
            {"id": "q2", "text": "Cafe\u0301?"},
            'has a "text" that is not canonical (NFC, no control characters, ends trimmed) from character 4 on',
        ),
        (
            {"id": "q2", "text": "What? "},
            'has a "text" that is not canonical (NFC, no control characters, ends trimmed) from character 6 on',
        ),
        ({"id": "q2", "text": " What?"}, 'has a "text" that is not canonical'),
        (b'{"id": "q2", "text": "What\\ud800?"}', 'has a "text" that is not canonical'),
        ({"id": "q2", "text": "What?", "answerable": "yes"}, 'has an "answerable" that is neither'),
        ({"id": "q2", "text": "What?", "answerable": None}, 'has an "answerable" that is neither'),
        ({"id": "q2", "text": "What?", "relevant": "talks"}, 'has a "relevant" that is no list of texts'),
        ({"id": "q2", "text": "What?", "relevant": [1]}, 'has a "relevant" that is no list of texts'),
        ({"id": "q2", "text": "What?", "answers": [""]}, 'has a "answers" that is no list of texts'),
        ({"id": "q2", "text": "What?", "lang": 5}, 'has a "lang" that is no text'),
        ({"id": "q2", "text": "What?", "answers": {"a": 1}}, 'has a "answers" that is no list of texts'),
        ({"id": "q2", "text": "What?", "answers": ["met\u202e"]}, 'has a "answers" that is not canonical'),
        ({"id": "q2", "text": "What?", "history": 5}, 'has a "history" that is no list'),
        ({"id": "q2", "text": "What?", "history": "Who?"}, 'has a "history" that is no list'),
        ({"id": "q2", "text": "What?", "history": [None]}, 'has a "history" that is no list'),
        ({"id": "q2", "text": "What?", "history": [{}]}, 'has a "history" that is no list'),
    ],
)
def test_a_broken_question_is_refused_by_its_line(tmp_path: Path, line: object, reason: str) -> None:
    folder = write(tmp_path / "dev", [ASKED, b"", line], [TALKS])
    with pytest.raises(SetError) as refused:
        load_set(folder, prefixed=False)
    assert str(refused.value).startswith(f"{folder / 'queries.jsonl'}, line 3 {reason}")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nothing", "is not JSON"),
        (b'"text"', "is not a JSON object"),
        ({"text": "They met."}, 'has no text in "id"'),
        ({"id": "b"}, 'has no text in "text"'),
        ({"id": "b", "text": 5}, 'has no text in "text"'),
        ({"id": "b", "text": "They\tmet."}, 'has a "text" that is not canonical'),
        ({"id": "b", "text": "They met.\n"}, 'has a "text" that is not canonical'),
        ({"id": "b", "text": "They met.", "title": 5}, 'has a "title" that is no text'),
        ({"id": "b", "text": "They met.", "date": 2017}, 'has a "date" that is no text'),
        ({"id": "b", "text": "They met.", "source": 5}, 'has a "source" that is no text'),
    ],
)
def test_a_broken_document_is_refused_by_its_line(tmp_path: Path, line: object, reason: str) -> None:
    folder = write(tmp_path / "dev", [ASKED], [TALKS, line])
    with pytest.raises(SetError) as refused:
        load_set(folder, prefixed=False)
    assert str(refused.value).startswith(f"{folder / 'corpus.jsonl'}, line 2 {reason}")


def test_an_id_that_is_there_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    one = write(tmp_path / "one", [ASKED, b"", ASKED | {"id": "q2"}, ASKED], [TALKS])
    with pytest.raises(SetError) as refused:
        load_set(one, prefixed=False)
    assert str(refused.value) == (
        f"{one / 'queries.jsonl'}, line 4 has the id 'q1', which line 1 has too; give each its own."
    )
    two = write(tmp_path / "two", [ASKED], [TALKS, TALKS])
    with pytest.raises(SetError) as refused:
        load_set(two, prefixed=False)
    assert str(refused.value) == (
        f"{two / 'corpus.jsonl'}, line 2 has the id 'talks', which line 1 has too; give each its own."
    )


def test_a_document_that_is_not_there_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "dev", [ASKED, ASKED | {"id": "q2", "relevant": ["talks", "nowhere"]}], [TALKS])
    with pytest.raises(SetError, match=r"queries\.jsonl, line 2 names the document 'nowhere', which is not there"):
        load_set(folder, prefixed=False)


@pytest.mark.parametrize("query", [ASKED | {"answers": ["in Sochi"]}, ASKED | {"relevant": ["bridge"]}])
def test_an_answer_that_no_relevant_document_has_is_refused(tmp_path: Path, query: dict[str, Any]) -> None:
    folder = write(tmp_path / "dev", [query], [TALKS, BRIDGE])
    with pytest.raises(SetError, match=r"queries\.jsonl, line 1 has the answer .* stands in no relevant document"):
        load_set(folder, prefixed=False)
