"""The parameters of an HTTP request: from its address and from a form, JSON or multipart body."""

from __future__ import annotations

import json

from aiohttp import web

from bot.local.errors import bad_request, too_large
from bot.local.parameters import Parameters, Upload

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


async def read_parameters(request: web.Request) -> Parameters:
    """What a call was given. Raises ApiError 400 for a body that cannot be read and 413 for one too large."""
    values: dict[str, object] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if not request.body_exists:
        return Parameters(values)
    try:
        if request.content_type == "application/json":
            values |= _json_object(await request.read())
        elif request.content_type in _FORMS:
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    uploads[name] = Upload(value.filename, value.content_type, value.file.read())
                elif isinstance(value, str):
                    values[name] = value
                else:
                    values[name] = value.decode("utf-8")
        elif await request.read():
            raise bad_request(f"unsupported content type {request.content_type}")
    except web.HTTPRequestEntityTooLarge as error:
        raise too_large() from error
    except UnicodeDecodeError as error:
        raise bad_request("strings must be encoded in UTF-8") from error
    except ValueError as error:
        raise bad_request("can't parse the body of the request") from error
    return Parameters(values, uploads)


def _json_object(body: bytes) -> dict[str, object]:
    decoded: object = json.loads(body)
    if not isinstance(decoded, dict):
        raise bad_request("object expected as the body of the request")
    return decoded
