"""Files, sent and fetched."""

from __future__ import annotations

import io
import struct

import pytest
from aiohttp import FormData
from telegram import InputFile
from telegram.error import BadRequest, NetworkError

from bot.local.files import DOWNLOAD_LIMIT, UPLOAD_LIMIT, FileStore, image_size

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 40, 30) + b"\x08\x02\x00\x00\x00"


async def test_a_document_is_uploaded_described_and_downloaded(bot, world, anna):
    content = bytes(range(256)) * 10
    sent = await bot.send_document(
        anna.id, content, filename="Обзор 22.pdf", caption="<b>Report</b>", parse_mode="HTML", protect_content=True
    )
    document = sent.document
    assert (document.file_name, document.mime_type, document.file_size) == ("Обзор 22.pdf", "application/pdf", 2560)
    assert (sent.caption, sent.caption_entities[0].type, sent.text) == ("Report", "bold", None)
    file = await bot.get_file(document)
    assert bytes(await file.download_as_bytearray()) == content == world.file_bytes(document.file_id)
    assert (file.file_unique_id, file.file_size) == (document.file_unique_id, 2560)


async def test_a_file_may_be_attached_under_another_name_or_sent_again_by_its_identifier(bot, anna):
    attached = await bot.send_document(anna.id, InputFile(io.BytesIO(b"text"), "a.txt", attach=True))
    again = await bot.send_document(anna.id, attached.document.file_id, caption="Again")
    assert again.document == attached.document
    assert (again.document.file_name, again.caption) == ("a.txt", "Again")


async def test_what_people_send_can_be_fetched(bot, world, anna):
    world.send_document(anna.id, anna.id, "statement.txt", "Мир".encode(), caption="/add")
    [update] = await bot.get_updates()
    assert (update.message.document.file_name, update.message.caption) == ("statement.txt", "/add")
    assert update.message.caption_entities[0].type == "bot_command"
    file = await update.message.document.get_file()
    assert bytes(await file.download_as_bytearray()) == "Мир".encode()


async def test_a_file_over_twenty_megabytes_cannot_be_fetched(bot, world, anna):
    limit = world.send_document(anna.id, anna.id, "a.bin", bytes(DOWNLOAD_LIMIT))
    over = world.send_document(anna.id, anna.id, "b.bin", bytes(DOWNLOAD_LIMIT + 1))
    assert (await bot.get_file(limit.attachment.file_id)).file_size == DOWNLOAD_LIMIT
    with pytest.raises(BadRequest, match=r"^File is too big$"):
        await bot.get_file(over.attachment.file_id)


async def test_an_upload_over_fifty_megabytes_is_refused(call, bot, anna):
    with pytest.raises(NetworkError, match=r"Request Entity Too Large"):
        await bot.send_document(anna.id, bytes(UPLOAD_LIMIT + 1), filename="a.bin", write_timeout=30, read_timeout=30)


async def test_wrong_identifiers_and_missing_files_are_refused(bot, call, anna):
    photo = await bot.send_photo(anna.id, PNG)
    with pytest.raises(BadRequest, match=r"^Invalid file_id$"):
        await bot.get_file("nonsense")
    for wrong, refusal in [
        ("nonsense", "wrong file identifier/HTTP URL specified"),
        ("https://un.org/a.pdf", "failed to get HTTP URL content"),
        (photo.photo[0].file_id, "can't use file of type Photo as Document"),
    ]:
        with pytest.raises(BadRequest, match=rf"(?i)^{refusal}$"):
            await bot.send_document(anna.id, wrong)
    status, answer = await call("sendDocument", chat_id=anna.id)
    assert (status, answer["description"]) == (400, "Bad Request: there is no document in the request")
    status, answer = await call("sendDocument", chat_id=anna.id, document="attach://x")
    assert (status, answer["description"]) == (
        400,
        'Bad Request: file "x" named in parameter "document" was not uploaded',
    )
    with pytest.raises(BadRequest, match=r"^File must be non-empty$"):
        await bot.send_document(anna.id, b"", filename="a.txt")


async def test_a_file_that_belongs_to_no_parameter_is_refused(call, anna):
    form = FormData({"chat_id": str(anna.id), "text": "Hello"})
    form.add_field("extra", b"x", filename="x.txt")
    status, answer = await call("sendMessage", form)
    assert (status, answer["description"]) == (
        400,
        'Bad Request: unknown file "extra" (refused by the local server in strict mode)',
    )


async def test_captions_have_their_own_limit(bot, anna):
    await bot.send_document(anna.id, b"x", filename="a.txt", caption="a" * 1024)
    with pytest.raises(BadRequest, match=r"^Message caption is too long$"):
        await bot.send_document(anna.id, b"x", filename="a.txt", caption="a" * 1025)


async def test_a_photo_must_be_a_picture(bot, anna):
    sent = await bot.send_photo(anna.id, PNG, caption="Map")
    assert (sent.photo[0].width, sent.photo[0].height, sent.caption) == (40, 30, "Map")
    with pytest.raises(BadRequest, match=r"(?i)^image_process_failed$"):
        await bot.send_photo(anna.id, b"%PDF-1.7")


def test_the_size_of_pictures_is_read_from_their_heads():
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08" + struct.pack(">HH", 30, 40) + b"\x01\x11\x00"
    assert image_size(PNG) == (40, 30)
    assert image_size(jpeg) == (40, 30)
    assert image_size(b"GIF89a" + struct.pack("<HH", 40, 30)) == (40, 30)
    assert image_size(b"\xff\xd8\xff") is None
    assert image_size(b"text") is None


def test_the_same_content_keeps_its_identifiers_and_paths_are_given_only_when_asked_for():
    files = FileStore()
    one = files.add("document", b"x", name="../a.t.xt")
    assert files.add("document", b"x", name="../a.t.xt") == one
    assert files.add("document", b"x", name="b.txt").file_id != one.file_id
    assert files.at("documents/file_0.xt") is None
    _, path = files.prepare(one.file_id)
    assert (path, files.at(path)) == ("documents/file_0.xt", b"x")
