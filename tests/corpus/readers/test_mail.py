from __future__ import annotations

from email.message import EmailMessage

import pytest

from corpus.document import BlockKind, Extraction
from corpus.errors import RefusedContent
from corpus.readers.mail import Attachment, attachments, read_mail
from tests.corpus.packing import SENTENCE, message

HEAD = "From: Aida Sultan; To: Delegations; Date: Mon, 04 Mar 2019 23:30:00 +0500"
PDF = b"%PDF-1.7 made"


def bodies(extraction: Extraction) -> list[tuple[BlockKind, str]]:
    """The blocks that are not headings."""
    return [
        (block.kind, extraction.text[block.start : block.end])
        for block in extraction.blocks
        if block.kind is not BlockKind.HEADING
    ]


def texts(made: EmailMessage) -> list[str]:
    return [text for _, text in bodies(read_mail(made.as_bytes()))]


def test_a_message_is_a_document_with_its_header_as_the_place() -> None:
    extraction = read_mail(message("Dear all,\n\nthe hall is open.\n").as_bytes())
    assert extraction.text == f"The third round\n\n{HEAD}\n\nDear all,\n\nthe hall is open."
    assert [block.heading for block in extraction.blocks] == [None, None, HEAD, HEAD]
    assert [block.paragraph for block in extraction.blocks] == [None, None, 1, 2]
    metadata = extraction.metadata
    assert (metadata.title, metadata.author, metadata.date) == ("The third round", "Aida Sultan", "2019-03-04")
    assert metadata.guessed == frozenset()


@pytest.mark.parametrize(
    ("language", "subject", "text", "charset"),
    [
        ("ru", "Итоги восьмого раунда", "Стороны встретились в зале и говорили о водохранилище.", "koi8-r"),
        ("kk", "Сегізінші раунд", "Тараптар су қоймасы туралы ұзақ сөйлесті.", "utf-8"),
        ("tr", "Görüşmelerin özeti", "Üyeler ışık ve ağaç üzerine açıklama yayımladı.", "iso-8859-9"),
        ("ar", "الجولة الثامنة", "ناقش الأطراف المواعيد في القاعة.", "windows-1256"),
        ("fa", "دور هشتم", "هیئت‌ها درباره مخزن گفت‌وگو کردند.", "utf-8"),
    ],
)
def test_every_language_comes_back_in_the_encoding_it_was_sent_in(
    language: str, subject: str, text: str, charset: str
) -> None:
    made = message(None, subject=subject)
    made.set_content(text, charset=charset)
    extraction = read_mail(made.as_bytes())
    assert (extraction.metadata.title, bodies(extraction)) == (subject, [(BlockKind.PARAGRAPH, text)])


def test_lines_that_the_program_broke_are_joined_and_lists_are_items() -> None:
    made = message(
        "The parties met in the hall and spoke at length of the reservoir, of the dates and\n"
        "of how to exchange what they measure every month in each of the valleys.\n"
        "\n"
        "- the first point\n"
        "- the second point, which is longer than a line and was therefore broken by\n"
        "  the mail program\n"
        "1. a number\n"
    )
    assert bodies(read_mail(made.as_bytes())) == [
        (
            BlockKind.PARAGRAPH,
            "The parties met in the hall and spoke at length of the reservoir, of the dates and "
            "of how to exchange what they measure every month in each of the valleys.",
        ),
        (BlockKind.LIST_ITEM, "the first point"),
        (
            BlockKind.LIST_ITEM,
            "the second point, which is longer than a line and was therefore broken by the mail program",
        ),
        (BlockKind.LIST_ITEM, "1. a number"),
    ]


def test_quoted_lines_keep_the_first_of_their_marks() -> None:
    assert texts(message("Yes.\n\n> When does the group\n> meet again?\n>> Before that.\n")) == [
        "Yes.",
        "> When does the group meet again?",
        ">> Before that.",
    ]


def test_flowed_text_is_joined_where_a_line_ends_in_a_blank() -> None:
    made = message(None)
    made.set_content("The group meets \nagain in May.\nIt is open.\n")
    made.set_param("format", "flowed")
    assert texts(made) == ["The group meets again in May.", "It is open."]


def test_the_mark_before_a_signature_is_left_out() -> None:
    assert texts(message("Yes.\n-- \nAida Sultan\n")) == ["Yes.", "Aida Sultan"]


def test_plain_text_is_preferred_and_html_read_where_there_is_no_other() -> None:
    both = message("In plain text.")
    both.add_alternative("<p>In HTML.</p>", subtype="html")
    assert texts(both) == ["In plain text."]
    blank = message("\n")
    blank.add_alternative("<p>In HTML.</p>", subtype="html")
    assert texts(blank) == ["In HTML."]


def test_html_is_read_whole_with_its_lists_and_tables() -> None:
    made = message(None)
    made.set_content(
        "<html><head><title>no</title><style>p {}</style></head><body><div>Dear all,<br>see below.</div>"
        "<p class=MsoNormal>The <b>parties</b> met<o:p></o:p></p><ul><li>one</li><li>two</li></ul>"
        "<table><tr><td><p>Name</p></td><td>Share</td></tr></table>"
        "<table><tr><td><table><tr><td>Inner</td></tr></table></td><td>Outer</td></tr></table><script>no</script>",
        subtype="html",
    )
    assert bodies(read_mail(made.as_bytes())) == [
        (BlockKind.PARAGRAPH, "Dear all,"),
        (BlockKind.PARAGRAPH, "see below."),
        (BlockKind.PARAGRAPH, "The parties met"),
        (BlockKind.LIST_ITEM, "one"),
        (BlockKind.LIST_ITEM, "two"),
        (BlockKind.TABLE_ROW, "Name | Share"),
        (BlockKind.PARAGRAPH, "Inner"),
        (BlockKind.PARAGRAPH, "Outer"),
    ]


def test_text_before_and_after_an_attachment_is_all_the_message() -> None:
    made = message("Before.")
    made.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    after = EmailMessage()
    after.set_content("After.")
    made.attach(after)
    assert texts(made) == ["Before.", "After."]


def test_what_is_attached_comes_with_its_name_in_any_script() -> None:
    made = message()
    made.add_attachment(PDF, maintype="application", subtype="pdf", filename="Отчёт о воде за восьмой раунд.pdf")
    made.add_attachment("Words.", filename="note.txt")
    made.add_attachment(b"PNG", maintype="image", subtype="png", filename="scan.png")
    made.add_attachment(PDF, maintype="application", subtype="pdf")
    assert list(attachments(made.as_bytes())) == [
        Attachment("Отчёт о воде за восьмой раунд.pdf", PDF),
        Attachment("note.txt", b"Words.\n"),
        Attachment("scan.png", b"PNG"),
        Attachment("attachment 4.pdf", PDF),
    ]


def test_a_name_in_encoded_words_is_decoded() -> None:
    made = message().as_bytes().replace(b"Content-Type: text/plain", b"Content-Type: application/pdf", 1)
    made = made.replace(
        b"\n\n", b'\nContent-Disposition: attachment; filename="=?utf-8?B?0J7RgtGH0ZHRgi5wZGY=?="\n\n', 1
    )
    assert [attachment.name for attachment in attachments(made)] == ["Отчёт.pdf"]


def test_a_message_in_a_message_is_a_file_of_its_own() -> None:
    made = message("See below.")
    made.add_attachment(message("The inner words.", subject="An earlier one"))
    assert texts(made) == ["See below."]
    (inner,) = attachments(made.as_bytes())
    assert inner.name == "An earlier one.eml"
    assert [text for _, text in bodies(read_mail(inner.data))] == ["The inner words."]


def test_pictures_in_the_text_signatures_and_invitations_are_left_out() -> None:
    made = message(None)
    made.set_content("<p>Words.<img src='cid:a'></p>", subtype="html")
    made.add_related(b"PNG", maintype="image", subtype="png", cid="<a>")
    made.make_mixed()
    made.add_attachment(b"sig", maintype="application", subtype="pgp-signature", filename="signature.asc")
    made.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="invite.ics")
    assert list(attachments(made.as_bytes())) == []
    assert texts(made) == ["Words."]


def test_what_only_the_form_that_is_not_read_holds_is_not_lost() -> None:
    """Some programs put what is attached into the HTML form of a text."""
    made = message("In plain text.")
    html = EmailMessage()
    html.set_content("<p>In HTML.</p>", subtype="html")
    html.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    made.make_alternative()
    made.attach(html)
    assert texts(made) == ["In plain text."]
    assert [attachment.name for attachment in attachments(made.as_bytes())] == ["a.pdf"]


def test_many_recipients_are_counted() -> None:
    to = ", ".join(f"Delegate {number} <{number}@valleys.example>" for number in range(9))
    heading = read_mail(message(to=to).as_bytes()).blocks[2].heading
    assert heading is not None
    assert "To: Delegate 0, Delegate 1, Delegate 2 and 6 others;" in heading


@pytest.mark.parametrize(
    ("headers", "title", "author", "date"),
    [
        (b"From: <<<\nSubject: =?utf-8?B?!!?=\nDate: 31 February\n", "=?utf-8?B?!!?=", None, None),
        (b"From: a@b@c (\nDate: Fri, 99 Xxx 20199 99:99\n", None, None, None),
        (b"Subject: only\n", "only", None, None),
        (b"Subject: folded\n over lines\nDate: 4 Mar 2019 10:00\n", "folded over lines", None, "2019-03-04"),
    ],
)
def test_malformed_headers_leave_their_fields_unknown(
    headers: bytes, title: str | None, author: str | None, date: str | None
) -> None:
    metadata = read_mail(headers + b"\nWords of the message.\n").metadata
    assert (metadata.title, metadata.author, metadata.date) == (title, author, date)


def test_headers_that_an_old_program_did_not_encode_are_read() -> None:
    head = "From: Институт бассейна <a@b.example>\nSubject: Итоги восьмого раунда переговоров\n\nWords.\n"
    metadata = read_mail(head.encode("cp1251")).metadata
    assert (metadata.title, metadata.author) == ("Итоги восьмого раунда переговоров", "Институт бассейна")


def test_a_message_cut_in_its_middle_says_so() -> None:
    made = message("Before.")
    made.add_attachment(PDF * 100, maintype="application", subtype="pdf", filename="a.pdf")
    extraction = read_mail(made.as_bytes()[:-600])
    assert bodies(extraction) == [(BlockKind.PARAGRAPH, "Before.")]
    assert extraction.warnings == ("The message ends in the middle: what followed is missing.",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no header at all", "it has no header as a message has; save it again from the mail program."),
        (
            b"From: a@b.example\nContent-Type: multipart/encrypted; boundary=x\n\n--x--\n",
            "it is an encrypted message; save it decrypted from the mail program.",
        ),
        (
            b"From: a@b.example\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMIIB\n",
            "it is an encrypted message; save it decrypted from the mail program.",
        ),
        (
            b"From: a@b.example\n\n \n",
            "there is no text in the message itself; what is attached to it is read each for itself.",
        ),
    ],
)
def test_a_message_that_says_nothing_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedContent) as caught:
        read_mail(data)
    assert caught.value.reason == reason


def test_a_message_nested_too_deeply_is_refused() -> None:
    boundaries = [f"b{number}" for number in range(80)]
    head = "\n".join(f"Content-Type: multipart/mixed; boundary={name}\n\n--{name}" for name in boundaries)
    with pytest.raises(RefusedContent, match="nested too deeply"):
        read_mail(f"From: a@b.example\n{head}\n\nWords.\n".encode())


def test_a_message_of_too_many_parts_is_refused() -> None:
    part = "--x\nContent-Type: text/plain\n\nWords.\n"
    head = "From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n"
    with pytest.raises(RefusedContent, match=r"^it is a message of more than 2,000 parts; save what matters of it"):
        read_mail(f"{head}{part * 2_000}--x--\n".encode())
    assert len(bodies(read_mail(f"{head}{part * 20}--x--\n".encode()))) == 20


def test_a_page_saved_in_one_file_is_read_as_the_page() -> None:
    paragraph = f"<p>{SENTENCE} {SENTENCE} {SENTENCE}</p>"
    page = EmailMessage()
    page["From"] = "<Saved by Blink>"
    page["Snapshot-Content-Location"] = "https://institute.example/third"
    page["Subject"] = "The third round"
    page["Date"] = "Mon, 4 Mar 2024 10:00:00 -0000"
    html = f"<html><head><title>The third round</title></head><body><article><h1>The third round</h1>{paragraph * 3}"
    page.set_content(html, subtype="html")
    page.add_related(b"PNG", maintype="image", subtype="png")
    extraction = read_mail(page.as_bytes())
    assert SENTENCE in extraction.text
    assert extraction.metadata.url == "https://institute.example/third"
    assert extraction.metadata.author is None
    assert extraction.metadata.date is None
    assert list(attachments(page.as_bytes())) == []
