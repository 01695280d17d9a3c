"""The refusals of the Bot API, in its own words."""

from __future__ import annotations

from collections.abc import Mapping


class ApiError(Exception):
    """A call that the Bot API refuses: HTTP status, description and, sometimes, response parameters."""

    def __init__(self, code: int, description: str, parameters: Mapping[str, int] | None = None) -> None:
        """``code`` is both the HTTP status and ``error_code``; ``parameters`` may tell where or when to try again."""
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = dict(parameters or {})


class WorldError(Exception):
    """Something asked of the simulated world that its people could not do, such as pressing a button not there."""


def bad_request(reason: str) -> ApiError:
    """400, the refusal of a call that cannot be carried out as it stands."""
    return ApiError(400, f"Bad Request: {reason}")


def unauthorized() -> ApiError:
    """401, a token that is well formed and not this bot's."""
    return ApiError(401, "Unauthorized")


def forbidden(reason: str) -> ApiError:
    """403, a chat that the bot may not write to."""
    return ApiError(403, f"Forbidden: {reason}")


def not_found() -> ApiError:
    """404, a method this server does not know, or a token that cannot be one."""
    return ApiError(404, "Not Found: method not found")


def conflict(reason: str) -> ApiError:
    """409, two receivers of updates at once."""
    return ApiError(409, f"Conflict: {reason}")


def too_large() -> ApiError:
    """413, an upload over the limit."""
    return ApiError(413, "Request Entity Too Large")


def too_many_requests(seconds: int) -> ApiError:
    """429, to be tried again after ``seconds``."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def migrated(chat_id: int) -> ApiError:
    """400, a group that has become the supergroup ``chat_id``."""
    return ApiError(400, "Bad Request: group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": chat_id})
