"""The method that finds a file."""

from __future__ import annotations

from bot.local.errors import bad_request
from bot.local.methods.registry import Call, method


@method("getFile", "file_id")
def get_file(call: Call) -> object:
    """Where a file can be downloaded, if it is not over 20 MB."""
    file_id = call.parameters.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    attachment, path = call.world.files.prepare(file_id)
    return {
        "file_id": attachment.file_id,
        "file_unique_id": attachment.unique_id,
        "file_size": attachment.size,
        "file_path": path,
    }
