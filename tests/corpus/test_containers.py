from __future__ import annotations

import stat
import zlib
from struct import pack
from zipfile import ZipInfo

import pytest

from corpus import archives, containers
from corpus.archives import TooMuch
from corpus.containers import Contents, Member, names_of, safe_path, unpack
from corpus.errors import RefusedContent
from tests.corpus.packing import CONTENT_TYPES, SENTENCE, locked, message, with_mode, zipped

WORD = zipped({CONTENT_TYPES: "", "word/document.xml": ""})
WORDS = SENTENCE.encode()


def paths(contents: Contents) -> list[str]:
    return [member.path for member in contents.members]


def test_a_zip_file_is_a_folder_of_files() -> None:
    contents = unpack(zipped({"a.txt": WORDS, "reports/b.md": b"# B", "reports/": b"", "c.docx": WORD}), ".zip")
    assert contents == Contents("zip", [Member("a.txt", WORDS), Member("reports/b.md", b"# B"), Member("c.docx", WORD)])


def test_a_file_that_holds_no_others_says_its_format() -> None:
    assert unpack(WORD, ".zip") == Contents("docx")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/b.txt", "a/b.txt"),
        ("/etc/a.txt", "etc/a.txt"),
        ("C:\\Users\\a.txt", "Users/a.txt"),
        ("C:/a.txt", "a.txt"),
        ("\\\\server\\share\\a.txt", "server/share/a.txt"),
        ("./a//./b.txt", "a/b.txt"),
        ("a\x00b\n\u202e.txt", "a_b__.txt"),
        ("a: b?.txt", "a: b?.txt"),
        ("e\u0301.txt", "é.txt"),
    ],
)
def test_a_path_is_made_safe(name: str, path: str) -> None:
    assert safe_path(name) == path


@pytest.mark.parametrize("name", ["../a.txt", "a/../../b.txt", "..\\a.txt", "/..", "C:\\..\\a.txt"])
def test_a_path_that_leads_upwards_is_refused(name: str) -> None:
    with pytest.raises(RefusedContent, match=r"^its path leads out of the archive, which no honest archive does"):
        safe_path(name)


@pytest.mark.parametrize("name", ["", "/", "./", "."])
def test_a_path_without_a_name_is_refused(name: str) -> None:
    with pytest.raises(RefusedContent, match="it has no name"):
        safe_path(name)


def test_a_long_name_is_cut_and_its_sidecar_with_it() -> None:
    title = "Доклад о ходе переговоров по водохранилищу " * 5
    cut = safe_path(f"{title}.docx")
    assert len(cut.encode()) <= 200
    assert cut.startswith("Доклад о ходе переговоров")
    assert cut.endswith(".docx")
    assert safe_path(f"{title}.docx.meta.yaml") == f"{cut}.meta.yaml"
    assert safe_path(f"{title}!.docx") != cut


def test_a_refused_file_is_listed_and_the_others_are_read() -> None:
    contents = unpack(zipped([("../evil.txt", b"x"), ("a.txt", WORDS), ("a.txt", b"other"), ("a.txt/b", b"x")]), ".zip")
    assert contents.members == [Member("a.txt", WORDS)]
    taken = "the archive has another file or folder of this name; rename one and pack it again."
    assert contents.refused == [
        ("../evil.txt", "its path leads out of the archive, which no honest archive does; pack it again."),
        ("a.txt", taken),
        ("a.txt/b", taken),
    ]


def test_a_thousand_nested_folders_are_refused_by_their_depth() -> None:
    contents = unpack(zipped({f"{'d/' * 1000}a.txt": b"x", "b.txt": WORDS}), ".zip")
    assert paths(contents) == ["b.txt"]
    ((path, reason),) = contents.refused
    assert reason == "it lies 1000 folders deep, and at most 20 are read; move it up."
    assert path == f"{'d/' * 50}…"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (stat.S_IFLNK, "it is a link to another file, which is not followed; pack the file itself."),
        (stat.S_IFIFO, "it is a device or the like, not a file."),
        (stat.S_IFCHR, "it is a device or the like, not a file."),
    ],
)
def test_links_and_devices_are_refused(kind: int, reason: str) -> None:
    contents = unpack(with_mode("passwords.txt", kind), ".zip")
    assert paths(contents) == ["plain.txt"]
    assert contents.refused == [("passwords.txt", reason)]


def test_hidden_files_and_what_systems_put_there_are_left_out() -> None:
    names = ("__MACOSX/._a.txt", ".git/config", "x/.hidden", "Thumbs.db", "a.txt")
    assert unpack(zipped(dict.fromkeys(names, WORDS)), ".zip") == Contents("zip", [Member("a.txt", WORDS)])


def test_containers_in_a_container_are_unpacked_to_three_levels() -> None:
    fourth = zipped({"four.txt": WORDS})
    third = zipped({"three.txt": WORDS, "fourth.zip": fourth})
    second = zipped({"two.txt": WORDS, "third.zip": third})
    contents = unpack(zipped({"one.txt": WORDS, "sub/second.zip": second}), ".zip")
    assert paths(contents) == ["one.txt", "sub/second.zip/two.txt", "sub/second.zip/third.zip/three.txt"]
    assert contents.refused == [
        (
            "sub/second.zip/third.zip/fourth.zip",
            "what is in it is packed more than 3 deep; load it by itself.",
        )
    ]


def test_a_damaged_container_in_a_container_is_left_to_its_reader() -> None:
    damaged = zipped({"a.txt": WORDS})[:60]
    assert unpack(zipped({"b.zip": damaged}), ".zip").members == [Member("b.zip", damaged)]


def test_a_message_is_a_file_and_what_is_attached_to_it_a_folder() -> None:
    made = message()
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="../../a.pdf")
    made.add_attachment(b"%PDF-1.8", maintype="application", subtype="pdf", filename="a.pdf")
    made.add_attachment(zipped({"b.txt": WORDS}), maintype="application", subtype="zip", filename="b.zip")
    inside = [Member("a.pdf", b"%PDF-1.7"), Member("a (2).pdf", b"%PDF-1.8"), Member("b.zip/b.txt", WORDS)]
    assert unpack(made.as_bytes(), ".eml") == Contents("mail", inside)
    packed = unpack(zipped({"m.eml": made.as_bytes()}), ".zip")
    assert paths(packed) == ["m.eml", *(f"m.eml.attachments/{member.path}" for member in inside)]


def test_messages_forwarded_in_messages_are_read_as_far_as_levels_go() -> None:
    made = message("innermost")
    for number in range(3):
        outer = message(f"outer {number}", subject=f"level {number}")
        outer.add_attachment(made)
        made = outer
    contents = unpack(made.as_bytes(), ".eml")
    assert paths(contents) == [
        "level 1.eml",
        "level 1.eml.attachments/level 0.eml",
        "level 1.eml.attachments/level 0.eml.attachments/The third round.eml",
    ]
    assert contents.refused == []


def test_what_is_attached_to_a_message_and_too_much_is_refused_without_the_message() -> None:
    made = message()
    bomb = zipped({"zeros.txt": bytes(10_000_000)})
    made.add_attachment(bomb, maintype="application", subtype="zip", filename="bomb.zip")
    contents = unpack(made.as_bytes(), ".eml")
    assert contents.members == []
    ((path, reason),) = contents.refused
    assert (path, reason.partition(",")[0]) == ("attachments", "it unpacks to more than 100 MB or 100 times its size")


def test_a_message_that_its_reader_refuses_is_not_refused_here() -> None:
    encrypted = b"From: a@b.example\nContent-Type: multipart/encrypted; boundary=x\n\n--x--\n"
    assert unpack(encrypted, ".eml") == Contents("mail")


def test_what_is_attached_to_a_message_states_nothing_about_other_files() -> None:
    made = message()
    for name in ("a.pdf.meta.yaml", "_folder.meta.yaml"):
        made.add_attachment("access: public", filename=name)
    reason = "what is attached to a message may not state things about other files."
    assert unpack(made.as_bytes(), ".eml") == Contents(
        "mail", [], [("a.pdf.meta.yaml", reason), ("_folder.meta.yaml", reason)]
    )


def test_what_lies_in_an_inner_container_with_a_sidecar_is_refused() -> None:
    """Its label would not reach what is packed in it."""
    inner = zipped({"b.txt": WORDS})
    contents = unpack(zipped({"b.zip": inner, "b.zip.meta.yaml": "access: restricted", "c.zip": inner}), ".zip")
    assert paths(contents) == ["b.zip.meta.yaml", "c.zip/b.txt"]
    assert contents.refused == [
        ("b.zip", "what is stated beside a file does not reach what is packed in it; unpack it and load it by itself.")
    ]


def test_a_bomb_refuses_the_whole() -> None:
    bomb = zipped({"zeros.txt": bytes(10_000_000)})
    with pytest.raises(TooMuch):
        unpack(bomb, ".zip")
    with pytest.raises(TooMuch):
        unpack(zipped({"a.txt": WORDS, "bomb.zip": bomb}), ".zip")


def test_what_comes_out_of_all_levels_is_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"".join(b"%d " % number for number in range(20_000))
    nested = zipped({"a.txt": text, "b.zip": zipped({"c.txt": text})})
    monkeypatch.setattr(archives, "MOST_UNPACKED", 2 * len(text))
    with pytest.raises(TooMuch):
        unpack(nested, ".zip")
    monkeypatch.setattr(archives, "MOST_UNPACKED", 4 * len(text))
    assert paths(unpack(nested, ".zip")) == ["a.txt", "b.zip/c.txt"]


def test_too_many_files_in_all_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MOST_ENTRIES", 3)
    files = {"a.txt": WORDS, "b.txt": WORDS}
    with pytest.raises(RefusedContent, match=r"^there are more than 3 files in it; split it\.$"):
        unpack(zipped({**files, "c.zip": zipped(files)}), ".zip")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zipped({}), "there is no file in it that could be read."),
        (zipped({"empty/": b""}), "there is no file in it that could be read."),
        (locked(zipped({"a.txt": WORDS, "b.txt": WORDS})), "it opens only with a password; save it without one."),
    ],
)
def test_an_archive_with_nothing_to_read_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedContent) as caught:
        unpack(data, ".zip")
    assert caught.value.reason == reason


def test_a_damaged_file_is_named_and_the_others_are_read() -> None:
    data = bytearray(zipped({"a.txt": WORDS * 20, "b.txt": WORDS}))
    data[data.find(b"a.txt") + 10] ^= 0x40
    contents = unpack(bytes(data), ".zip")
    assert paths(contents) == ["b.txt"]
    assert contents.refused == [("a.txt", "the archive is damaged where it lies; pack it again.")]


def entry(name: str, encoding: str, extra: bytes = b"") -> ZipInfo:
    """What is read back from an archive whose program wrote names in ``encoding`` and did not say so."""
    made = ZipInfo(name.encode(encoding).decode("cp437"))
    made.orig_filename = made.filename
    made.extra = extra
    return made


@pytest.mark.parametrize(
    ("names", "encoding"),
    [
        (["Отчёт о воде.docx", "Итоги/план 2019.pdf"], "cp866"),
        (["Отчёт о воде.docx"], "utf-8"),
        (["تقرير.docx"], "utf-8"),
        (["Görüşmelerin özeti.docx", "İkinci tur ışık.pdf"], "cp857"),
        (["Résumé.docx", "Straße.txt"], "cp437"),
        (["plain.txt"], "cp437"),
    ],
)
def test_names_come_back_whatever_program_wrote_them(names: list[str], encoding: str) -> None:
    assert names_of([entry(name, encoding) for name in names]) == names


def test_a_name_marked_as_utf_8_is_left_as_it_is() -> None:
    made = ZipInfo("Отчёт.docx")
    made.flag_bits |= 0x800
    assert names_of([made]) == ["Отчёт.docx"]


def test_a_name_beside_the_name_wins_where_it_is_of_the_same_entry() -> None:
    raw = "Отчёт.docx".encode("cp866")
    field = b"\x01" + pack("<I", zlib.crc32(raw)) + "Отчёт!.docx".encode()
    extra = pack("<HH", 0x7075, len(field)) + field
    assert names_of([entry("Отчёт.docx", "cp866", extra)]) == ["Отчёт!.docx"]
    stale = pack("<HH", 0x7075, len(field)) + field.replace(pack("<I", zlib.crc32(raw)), b"\0\0\0\0")
    assert names_of([entry("Отчёт.docx", "cp866", stale)]) == ["Отчёт.docx"]
