"""What verdicts make of questions: rows to measure on where the right answer is known, else rows for a person."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from bot.answers.table import Before
from bot.feedback.sets import (
    CHANGED,
    DIVIDED,
    GONE,
    LIMITED,
    NOT_ALL,
    UNKNOWN,
    FeedbackSet,
    Sources,
    feedback_set,
    lines,
)
from bot.feedback.table import Verdict
from bot.store import Store
from retrieval.answers.quotes import Quote
from retrieval.evaluation.measuring import QUOTE_LIMIT
from tests.bot.harness import make_settings
from tests.documents import CORRIDOR, EXCHANGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.answers.table import StoredAnswer
    from corpus.document import Document
    from retrieval.engine import Engine
    from tests.conftest import Indexed

QUESTION = "What regulation on the release of detainees was adopted?"
OTHER = "Which corridor was opened near the bridge?"
ANNA, BORIS, ADMIN, GROUP = 7, 8, 9, -100
GOOD, BAD, WRONG = Verdict.GOOD, Verdict.BAD, Verdict.WRONG_SOURCE


@dataclass(slots=True)
class Archive:
    """An index, a store, and answers that people judge; a minute goes by with every look at the clock."""

    indexed: Indexed
    engine: Engine = field(init=False)
    store: Store = field(init=False)
    minute: float = 0.0

    def __post_init__(self) -> None:
        self.engine = self.indexed.engine()
        self.store = Store.open(self.indexed.data / "store.sqlite3", self._now)

    def _now(self) -> float:
        self.minute += 60.0
        return self.minute

    def document(self, name: str) -> Document:
        """A document of now."""
        found = self.engine.view("restricted").document(name)
        assert found is not None
        return found

    def answer(self, question: str = QUESTION, *, answered: bool = True, chat: int = ANNA, **kept: Any) -> StoredAnswer:
        """An answer that the engine gives, or silence."""
        found = self.engine.answer(question, clearance="restricted", wanted=3)
        return self.store.answers.keep(chat, question, found.generation, answered, found.ranked, **kept)

    def quoting(self, *quotes: Quote, question: str = QUESTION, chat: int = ANNA) -> StoredAnswer:
        """An answer with these quotations."""
        return self.store.answers.keep(chat, question, "g", True, quotes)

    def judge(self, answer: StoredAnswer, verdict: Verdict, number: int | None = None, person: int = ANNA) -> None:
        """A person judges an answer."""
        self.store.feedback.press(answer.id, person, verdict, number)

    def made(self, **settings: Any) -> FeedbackSet:
        """The question set of all verdicts."""
        labels = self.engine.library.labels
        documents = {one.document.id: one.document for one in self.engine.view(labels.highest).documents}
        chosen = make_settings(self.indexed.data, self.indexed.documents, admins=frozenset({ADMIN}), **settings)
        return feedback_set(Sources(documents, self.engine.library, self.store, chosen))

    def query(self, **settings: Any) -> dict[str, Any]:
        """The only row, which is one to measure on."""
        made = self.made(**settings)
        assert (len(made.queries), made.unjudged) == (1, ())
        return made.queries[0]

    def unjudged(self, **settings: Any) -> dict[str, Any]:
        """The only row, which is one for a person."""
        made = self.made(**settings)
        assert (made.queries, len(made.unjudged)) == ((), 1)
        return made.unjudged[0]

    def rewrite(self, name: str, before: str, after: str) -> None:
        """Change a document and index it."""
        path = self.indexed.documents / name
        content = path.read_text(encoding="utf-8")
        assert before in content
        path.write_text(content.replace(before, after), encoding="utf-8")
        self.indexed.update()
        self.engine.refresh()


@pytest.fixture
def archive(own_index: Indexed) -> Iterator[Archive]:
    made = Archive(own_index)
    with made.store, made.engine.library:
        yield made


def sentence(document: Document, text: str) -> Quote:
    """The first place of a text in a document."""
    start = document.text.index(text)
    return Quote(document, start, start + len(text))


def test_a_good_answer_has_its_first_quotation_as_the_right_one(archive: Archive) -> None:
    archive.judge(archive.answer(), GOOD)
    row = archive.query()
    assert row == {
        "id": row["id"],
        "lang": "en",
        "text": QUESTION,
        "relevant": ["eighth.md"],
        "answers": [EXCHANGE],
        "answerable": True,
    }


def test_silence_that_was_right_is_a_question_without_an_answer(archive: Archive) -> None:
    archive.judge(archive.answer(answered=False, chat=ADMIN), GOOD)
    row = archive.query()
    assert (row["relevant"], row["answers"], row["answerable"]) == ([], [], False)


def test_silence_proves_nothing_where_not_every_document_may_be_read(archive: Archive) -> None:
    archive.judge(archive.answer(answered=False), GOOD)
    assert not archive.query()["answerable"]
    archive.engine.library.relabel("aid.md", "internal", "test")
    assert archive.unjudged()["reason"] == NOT_ALL
    assert not archive.query(clearances={ANNA: "internal"})["answerable"]
    archive.engine.library.withdraw("aid.md", "test")
    assert not archive.query()["answerable"]


def test_a_group_reads_after_it_became_a_supergroup_what_it_did_before(archive: Archive) -> None:
    archive.judge(archive.answer(answered=False, chat=GROUP), GOOD)
    archive.store.move_chat(GROUP, -1007)
    archive.engine.library.relabel("aid.md", "internal", "test")
    assert not archive.query(clearances={GROUP: "internal"})["answerable"]


@pytest.mark.parametrize("answered", [True, False])
def test_what_is_only_bad_is_for_a_person(answered: bool, archive: Archive) -> None:
    archive.judge(archive.answer(answered=answered), BAD)
    row = archive.unjudged()
    assert (row["text"], row["reason"], row["relevant"], row["answers"]) == (QUESTION, UNKNOWN, [], [])
    assert row["judged"] == {"good": 0, "bad": 1, "wrong source": 0}
    assert [one["document"] for one in row["quoted"][:1]] == (["eighth.md"] if answered else [])


def test_a_wrong_source_alone_is_for_a_person_who_is_told_which_it_was(archive: Archive) -> None:
    answer = archive.answer()
    archive.judge(answer, WRONG, 2)
    archive.judge(answer, WRONG, 2, BORIS)
    row = archive.unjudged()
    assert (row["reason"], row["judged"]) == (UNKNOWN, {"good": 0, "bad": 0, "wrong source": 2})
    assert [one["wrong source"] for one in row["quoted"]] == [0, 2, 0]


def test_a_wrong_source_that_was_shown_far_behind_is_named_too(archive: Archive) -> None:
    document = archive.document("monitoring.md")
    answer = archive.quoting(*(sentence(document, f"Monitoring post {number}") for number in range(1, 6)))
    archive.judge(answer, WRONG, 5)
    assert [(one["text"], one["wrong source"]) for one in archive.unjudged()["quoted"]] == [
        ("Monitoring post 1", 0),
        ("Monitoring post 2", 0),
        ("Monitoring post 3", 0),
        ("Monitoring post 5", 1),
    ]


def test_a_wrong_source_beside_a_good_one_leaves_the_good_one(archive: Archive) -> None:
    answer = archive.answer()
    archive.judge(answer, WRONG, 2)
    archive.judge(answer, GOOD, person=BORIS)
    assert archive.query()["answers"] == [EXCHANGE]


def test_a_source_that_is_right_to_one_and_wrong_to_another_is_for_a_third(archive: Archive) -> None:
    answer = archive.answer()
    archive.judge(answer, WRONG, 1)
    archive.judge(answer, GOOD, person=BORIS)
    row = archive.unjudged()
    assert (row["reason"], row["judged"]) == (DIVIDED, {"good": 1, "bad": 0, "wrong source": 1})


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((True, GOOD), (True, BAD)),
        ((True, GOOD), (False, GOOD)),
        ((False, GOOD), (False, BAD)),
        ((False, GOOD), (True, WRONG)),
    ],
)
def test_where_people_are_divided_both_counts_are_told(
    first: tuple[bool, Verdict], second: tuple[bool, Verdict], archive: Archive
) -> None:
    for person, (answered, verdict) in enumerate((first, second), 1):
        archive.judge(archive.answer(answered=answered), verdict, 1 if verdict is WRONG else None, person)
    row = archive.unjudged()
    assert row["reason"] == DIVIDED
    assert sum(row["judged"].values()) == 2
    assert row["judged"]["good"] >= 1


def test_the_same_question_is_one_row_however_it_is_spaced_and_written(archive: Archive) -> None:
    corridor = sentence(archive.document("first-observer.md"), CORRIDOR)
    archive.judge(archive.answer(), GOOD)
    archive.judge(archive.answer(f"  {QUESTION.upper()} ".replace(" ", "  "), chat=GROUP), GOOD, person=BORIS)
    archive.judge(archive.quoting(corridor), GOOD)
    row = archive.query()
    assert (row["text"], row["relevant"]) == (QUESTION, ["eighth.md", "first-observer.md"])
    assert row["answers"] == [EXCHANGE, CORRIDOR]


def test_ids_stay_the_same_from_one_export_to_the_next_and_tell_questions_apart(archive: Archive) -> None:
    archive.judge(archive.answer(), GOOD)
    before = archive.query()["id"]
    archive.judge(archive.answer(OTHER), GOOD)
    archive.judge(archive.answer(before=Before(("Who came?",))), GOOD)
    ids = [row["id"] for row in archive.made().queries]
    assert ids[0] == before
    assert len(set(ids)) == 3


def test_a_follow_up_has_what_was_asked_before_it(archive: Archive) -> None:
    archive.judge(archive.answer(before=Before(("Who came?", "A: and when?"), is_reply=True)), GOOD)
    assert archive.query()["history"] == ["U: Who came?", "U: A: and when?"]


def test_a_question_asked_with_limits_is_for_a_person_who_is_told_the_limits(archive: Archive) -> None:
    archive.judge(archive.answer(filters={"round": 8}), GOOD)
    archive.judge(archive.answer(lifted=["round"]), GOOD)
    typed, lifted = archive.made().unjudged
    assert (typed["reason"], typed["limits"]) == (LIMITED, {"round": 8})
    assert (lifted["reason"], lifted["lifted"]) == (LIMITED, ["round"])
    assert archive.made().queries == ()


def test_a_quotation_of_a_document_that_was_withdrawn_is_not_told(archive: Archive) -> None:
    archive.judge(archive.answer(), GOOD)
    archive.engine.library.withdraw("eighth.md", "test")
    row = archive.unjudged()
    assert row["reason"] == GONE
    assert EXCHANGE not in json.dumps(row, ensure_ascii=False)
    assert "eighth.md" not in archive.made().documents


def test_a_quotation_that_still_stands_in_the_changed_document_counts(archive: Archive) -> None:
    archive.judge(archive.answer(), GOOD)
    archive.rewrite("eighth.md", "Delegations of the guarantor states", "Large delegations of the guarantor states")
    row = archive.query()
    assert (row["relevant"], row["answers"]) == (["eighth.md"], [EXCHANGE])
    assert row["answers"][0] in archive.document("eighth.md").text


def test_a_quotation_that_the_changed_document_has_no_more_does_not(archive: Archive) -> None:
    archive.judge(archive.answer(), GOOD)
    archive.rewrite("eighth.md", "The parties adopted the regulation", "The parties rejected the regulation")
    row = archive.unjudged()
    assert row["reason"] == CHANGED
    assert {"document": "eighth.md", "reason": CHANGED, "wrong source": 0} in row["quoted"]


def test_a_file_under_another_name_is_the_same_document(archive: Archive) -> None:
    archive.judge(archive.answer(), GOOD)
    (archive.indexed.documents / "eighth.md").rename(archive.indexed.documents / "record.md")
    archive.indexed.update()
    archive.engine.refresh()
    assert archive.query()["relevant"] == ["record.md"]


def test_an_answer_is_as_long_as_what_is_measured_and_still_word_for_word(archive: Archive) -> None:
    document = archive.document("monitoring.md")
    start = document.text.index("Monitoring post 1")
    archive.judge(archive.quoting(Quote(document, start, document.text.index(".", start) + 1)), GOOD)
    (answer,) = archive.query()["answers"]
    assert 300 < len(answer) <= QUOTE_LIMIT
    assert answer in document.text
    assert document.text[document.text.index(answer) + len(answer)] == " "


def test_what_was_forgotten_is_in_no_set(archive: Archive) -> None:
    archive.judge(archive.answer(chat=GROUP, person=BORIS), GOOD, person=ANNA)
    archive.store.personal.forget(BORIS)
    assert archive.made() == FeedbackSet((), ())


def test_no_row_names_a_person_or_a_chat(archive: Archive) -> None:
    archive.judge(archive.answer(chat=-1001234567890, person=987654321), GOOD, person=192837465)
    archive.judge(archive.answer(OTHER, chat=-1001234567890, person=987654321), BAD, person=192837465)
    made = archive.made()
    written = lines([*made.queries, *made.unjudged]).decode()
    assert not any(number in written for number in ("1001234567890", "987654321", "192837465"))


def test_lines_are_json_in_which_half_a_character_does_no_harm() -> None:
    assert lines([{"text": "Кто?"}, {"text": "\ud800"}]) == '{"text": "Кто?"}\n{"text": "?"}\n'.encode()
