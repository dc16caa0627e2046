"""What Telegram's errors mean for a send, by python-telegram-bot's class and the wording of the official server.

The wordings are those of tdlib/telegram-bot-api; python-telegram-bot capitalises them, so they are compared without
case. What is certain and what is not was established with faulty servers on loopback: an error that arose before the
request left (no connection, no free connection) or that Telegram itself answered is certain; all else is unknown.
"""

from __future__ import annotations

from datetime import timedelta

from telegram import error as tg

from bot.logs import redact
from newsdesk.errors import DestinationGone, OutcomeUnknown, PublishError, Rejected, RetryLater, TokenRefused

NOT_TELEGRAM = (TimeoutError, LookupError, TypeError, ValueError, AttributeError)
"""What the library raises for an answer that is JSON but not Telegram's: of some gateway on the way."""

_NEVER_LEFT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol", "InvalidURL"}
"""httpx's errors that arise before anything is sent; by name, since its classes are not ours to import here."""
_NO_CONNECTION = {"ConnectError", "ConnectTimeout", "ProxyError"}
_GONE = (
    "chat not found",
    "need administrator rights",
    "not enough rights",
    "chat_write_forbidden",
    "chat_admin_required",
    "chat_restricted",
    "channel_private",
    "have no rights",
    "user_is_blocked",
    "peer_id_invalid",
    "is not a member",
    "bot was kicked",
    "group chat was deactivated",
    "chat_send_",
    "topic_closed",
    "topic_deleted",
    "message thread not found",
)
_LEFT = (
    "bot was blocked by the user",
    "user is deactivated",
    "user_is_blocked",
    "user_deactivated",
    "chat not found",
    "peer_id_invalid",
    "bot can't initiate conversation",
)
"""What a person who is gone looks like, in a private chat; of other rights that are missing Telegram may think better."""
_HOPELESS = ("message is too long", "caption is too long", "text is too long", "text is empty")
MISSING = ("to forward not found", "message_id_invalid", "message not found", "message ids are invalid")
UNEDITABLE = (
    "message to edit not found",
    "can't be edited",
    "message_id_invalid",
    "message_edit_time_expired",
    "message_author_required",
)
ALREADY_GONE = ("message to delete not found", "message_id_invalid")
UNDELETABLE = (
    "can't be deleted",
    "message_delete_forbidden",
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "chat_admin_required",
)
UNCHANGED = ("message is not modified",)
TOPIC_MISSING = ("message thread not found", "topic_deleted")
REPLY_MISSING = (
    "to be replied not found",
    "message to reply not found",
    "reply message not found",
    "replied message not found",
)
UNREADABLE = ("can't be forwarded", "chat_forwards_restricted", "protected content")


def translate(error: tg.TelegramError) -> PublishError:
    """The reaction that a failed call asks for. Total: what is not known is OutcomeUnknown, never a retry."""
    reason = _reason(error)
    if _unparsable(error):
        # Whatever its status, an answer that is no JSON comes from something before Telegram and proves nothing.
        return OutcomeUnknown(reason)
    match error:
        case tg.RetryAfter():
            wait = error._retry_after  # the public property's type depends on the environment
            return RetryLater(reason, wait)
        case tg.ChatMigrated():
            return DestinationGone(reason, moved_to=str(error.new_chat_id))
        case tg.InvalidToken():
            return TokenRefused("Telegram refuses the token; check LINTAS_TELEGRAM_TOKEN")
        case tg.Forbidden():
            return DestinationGone(reason, left=_says(reason, _LEFT))
        case tg.Conflict():
            return RetryLater(reason)
        case tg.EndPointNotFound():
            return Rejected(reason)
        case tg.BadRequest():
            return _bad_request(reason)
        case tg.NetworkError():
            return _network(error, reason)
    return OutcomeUnknown(reason)


def is_away(error: BaseException) -> bool:
    """Whether there was not even a connection: the network, or Telegram, is away."""
    return bool(_causes(error) & _NO_CONNECTION)


def is_answer(error: tg.TelegramError) -> bool:
    """Whether something spoke at the other end, if only to refuse; a time that ran out or a cut line is no answer."""
    return not isinstance(error, tg.TimedOut) and not _causes(error)


def said(error: tg.TelegramError, wordings: tuple[str, ...]) -> bool:
    """Whether the error says one of these."""
    return _says(str(error), wordings)


def says(error: PublishError, wordings: tuple[str, ...]) -> bool:
    """Whether it is a refusal that says one of these."""
    return isinstance(error, Rejected | DestinationGone) and _says(str(error), wordings)


def _says(text: str, wordings: tuple[str, ...]) -> bool:
    folded = text.casefold()
    return any(wording in folded for wording in wordings)


def _bad_request(reason: str) -> PublishError:
    text = reason.casefold()
    if any(wording in text for wording in (*_GONE, *_LEFT)):
        return DestinationGone(reason, left=_says(reason, _LEFT))
    if text.startswith("failed to send message #"):
        return OutcomeUnknown(reason)  # of an album, some parts may stand
    return Rejected(reason, plain_may_pass=not any(wording in text for wording in _HOPELESS))


def _network(error: tg.NetworkError, reason: str) -> PublishError:
    if _causes(error) & _NEVER_LEFT:
        return RetryLater(reason)
    if "too many requests" in reason.casefold():
        # A 429 whose retry_after is 0 or missing: refused all the same.
        return RetryLater(reason, timedelta(seconds=1))
    return OutcomeUnknown(reason)


def _causes(error: BaseException) -> set[str]:
    """The names of the HTTP client's error behind this one, and of its kinds."""
    return {kind.__name__ for kind in type(error.__cause__).__mro__} if error.__cause__ else set()


def _unparsable(error: tg.TelegramError) -> bool:
    """Whether the answer was no JSON: the library raises its base class for that, alone or as the cause."""
    cause: BaseException | None = error
    while cause is not None:
        if type(cause) is tg.TelegramError:
            return True
        cause = cause.__cause__
    return False


def _reason(error: tg.TelegramError) -> str:
    text = redact(error.message or type(error).__name__)
    cause = f" ({type(error.__cause__).__name__})" if error.__cause__ is not None else ""
    return text[:300] + cause
