"""The table: each reply, what it means, and which state each meaning leads to at each place of the pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from newsdesk.messages import MessageState
from tests.torture.replies_wire import Reply, refusal


class Meaning(StrEnum):
    """What a reply says about the call that it answers."""

    TAKEN = "taken"
    FLOOD = "not executed: the whole bot waits"
    NOT_NOW = "not executed: try again"
    UNKNOWN = "perhaps executed"
    GONE = "not executed: the chat takes nothing"
    MOVED = "not executed: the chat has a new number"
    MARKUP = "not executed: this form is refused"
    HOPELESS = "not executed: nothing like it will be taken"
    TOKEN = "not executed: the token is refused"
    ABSENT = "there is no such message"


class Place(StrEnum):
    """Where in the pipeline the reply comes."""

    FIRST = "the chat's first send"
    KNOWN = "a send with a known last number"
    LOOK = "the forward of a look"
    DELETE = "the deletion of a look's copy"
    PLAIN = "the second send, as plain text"
    EDIT = "the edit of a post that stands"


@dataclass(frozen=True)
class Reached:
    """The state right after the reply. `rests`: who waits then (nobody, the chat, the bot); `told`: an operator is."""

    state: MessageState
    rests: str = ""
    told: bool = False
    ends: bool = False
    """Delivery ends with TokenRefused."""


QUEUED, SENDING, SENT = MessageState.QUEUED, MessageState.SENDING, MessageState.SENT
FAILED, HELD = MessageState.FAILED, MessageState.HELD

_SEND = {
    Meaning.TAKEN: Reached(SENT),
    Meaning.FLOOD: Reached(QUEUED, "bot"),
    Meaning.NOT_NOW: Reached(QUEUED, "chat"),
    Meaning.UNKNOWN: Reached(SENDING),
    Meaning.GONE: Reached(QUEUED, "chat", told=True),
    Meaning.MOVED: Reached(SENT, told=True),
    Meaning.MARKUP: Reached(SENT),
    Meaning.HOPELESS: Reached(FAILED, told=True),
    Meaning.TOKEN: Reached(QUEUED, ends=True),
    # Said of a send it makes no sense: a 400 like any other.
    Meaning.ABSENT: Reached(SENT),
}
STATES: dict[Place, dict[Meaning, Reached]] = {
    Place.FIRST: _SEND,
    Place.KNOWN: _SEND,
    Place.LOOK: {
        Meaning.TAKEN: Reached(SENT),
        Meaning.FLOOD: Reached(SENDING, "bot"),
        Meaning.NOT_NOW: Reached(SENDING, "chat"),
        # Looking changes nothing: it may be repeated whatever became of it.
        Meaning.UNKNOWN: Reached(SENDING, "chat"),
        Meaning.GONE: Reached(HELD, told=True),
        Meaning.MOVED: Reached(HELD, told=True),
        Meaning.MARKUP: Reached(HELD, told=True),
        Meaning.HOPELESS: Reached(HELD, told=True),
        Meaning.TOKEN: Reached(SENDING, ends=True),
        # Not there: certainly not sent, so it goes out again.
        Meaning.ABSENT: Reached(SENT),
    },
    Place.DELETE: {
        # The message was seen: the copy is a matter of tidiness, but a wait and a refused token are obeyed.
        **{meaning: Reached(SENT) for meaning in Meaning},
        Meaning.FLOOD: Reached(SENDING, "bot"),
        Meaning.TOKEN: Reached(SENDING, ends=True),
    },
    Place.PLAIN: {
        **_SEND,
        Meaning.MARKUP: Reached(FAILED, told=True),
        Meaning.ABSENT: Reached(FAILED, told=True),
    },
    Place.EDIT: {
        # The chat never rests for an edit, and no operator hears of one.
        Meaning.TAKEN: Reached(SENT),
        Meaning.FLOOD: Reached(QUEUED, "bot"),
        Meaning.NOT_NOW: Reached(QUEUED),
        Meaning.UNKNOWN: Reached(QUEUED),
        Meaning.GONE: Reached(QUEUED),
        Meaning.MOVED: Reached(FAILED, told=True),
        Meaning.MARKUP: Reached(SENT),
        Meaning.HOPELESS: Reached(FAILED),
        Meaning.TOKEN: Reached(QUEUED, ends=True),
        Meaning.ABSENT: Reached(SENT),
    },
}
ENDS_AN_EDIT = (
    *("message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID"),
    *("MESSAGE_EDIT_TIME_EXPIRED", "MESSAGE_AUTHOR_REQUIRED"),
)
"""What is a 400 like any other elsewhere, and here says that the post cannot be changed."""


@dataclass(frozen=True)
class Row:
    """One reply with its meaning; `wait` is what a flood asks for, in seconds."""

    name: str
    meaning: Meaning
    reply: Reply
    wait: float = 0


def reached(place: Place, row: Row) -> Reached:
    """The documented state."""
    if place is Place.EDIT and row.name.endswith(ENDS_AN_EDIT):
        return Reached(FAILED)
    return STATES[place][row.meaning]


def _unknown(name: str, reply: Reply) -> list[Row]:
    """Both truths behind an answer that proves nothing."""
    done = Reply(reply.way, True, reply.code, reply.body, reply.headers)
    return [Row(f"{name}, not executed", Meaning.UNKNOWN, reply), Row(f"{name}, executed", Meaning.UNKNOWN, done)]


def _no(meaning: Meaning, code: int, *descriptions: str) -> list[Row]:
    return [Row(f"{code} {text}", meaning, refusal(code, text)) for text in descriptions]


def _flood(seconds: int) -> Row:
    reply = refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
    return Row(f"429 retry_after {seconds}", Meaning.FLOOD, reply, seconds)


def _page(code: int, text: str = "<html><h1>Error</h1></html>") -> Reply:
    return Reply("text", code=code, body=text)


_KICKED = (
    "Forbidden: bot was kicked from the channel chat",
    "Forbidden: bot was kicked from the group chat",
    "Forbidden: bot was kicked from the supergroup chat",
    "Forbidden: the group chat was deleted",
    "Forbidden: bot is not a member of the channel chat",
    "Forbidden: bot was blocked by the user",
    "Forbidden: user is deactivated",
    "Forbidden: bot can't initiate conversation with a user",
)
_RIGHTS = (
    "Bad Request: chat not found",
    "Bad Request: need administrator rights in the channel chat",
    "Bad Request: not enough rights to send text messages to the chat",
    "Bad Request: CHAT_WRITE_FORBIDDEN",
    "Bad Request: CHAT_ADMIN_REQUIRED",
    "Bad Request: have no rights to send a message",
    "Bad Request: CHAT_RESTRICTED",
    "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN",
    "Bad Request: CHANNEL_PRIVATE",
    "Bad Request: USER_IS_BLOCKED",
    "Bad Request: PEER_ID_INVALID",
    "Bad Request: group chat was deactivated",
    "Bad Request: TOPIC_CLOSED",
    "Bad Request: TOPIC_DELETED",
    "Bad Request: message thread not found",
)
_FORM = (
    'Bad Request: can\'t parse entities: unsupported start tag "p" at byte offset 0',
    "Bad Request: ENTITIES_TOO_LONG",
    "Bad Request: wrong file identifier/HTTP URL specified",
    "Bad Request: failed to get HTTP URL content",
    "Bad Request: wrong type of the web page content",
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message",
    "Bad Request: message to edit not found",
    "Bad Request: message can't be edited",
    "Bad Request: MESSAGE_EDIT_TIME_EXPIRED",
    "Bad Request: MESSAGE_AUTHOR_REQUIRED",
    "Bad Request: message to delete not found",
    "Bad Request: message can't be deleted for everyone",
    "Bad Request: message to be replied not found",
    "Bad Request: message to copy not found",
    "Bad Request: query is too old and response timeout expired or query ID is invalid",
    "Bad Request: BUTTON_DATA_INVALID",
    "Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL",
    "Bad Request: WEBPAGE_URL_INVALID",
    "Bad Request: message can't be forwarded",
    "Bad Request: CHAT_FORWARDS_RESTRICTED",
    "Bad Request: something that nobody has seen yet",
)
_SIZE = (
    "Bad Request: message is too long",
    "Bad Request: message caption is too long",
    "Bad Request: text is too long",
    "Bad Request: message text is empty",
)
_CONFLICT = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
)
_BROKEN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

ROWS: list[Row] = [
    Row("200", Meaning.TAKEN, Reply("true", does=True)),
    Row("200, slowly", Meaning.TAKEN, Reply("slow", does=True)),
    *_unknown("200 ok:false without a code", Reply(body={"ok": False})),
    *_unknown("200 ok:true without a result", Reply(body={"ok": True})),
    *_unknown("200 with a result of another shape", Reply(body={"ok": True, "result": [1, 2]})),
    *_unknown("200 with a list", Reply(body=[])),
    *_unknown("200 without a body", Reply("text", body="")),
    *_unknown("200 with HTML", _page(200)),
    *_unknown("200 with JSON that breaks off", Reply("text", body='{"ok":true,"result":{"message_id":')),
    *_unknown("200 that is not UTF-8", Reply("text", body=b'{"ok":\xff\xfe}')),
    *_unknown("200 deeply nested", Reply("text", body="[" * 100_000)),
    *_unknown("200 that promises more than it holds", Reply("cut")),
    *_unknown("200 badly chunked", Reply("raw", body=_BROKEN + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n")),
    *_unknown("200 badly compressed", Reply("raw", body=_BROKEN + b"Content-Encoding: gzip\r\n\r\nno gzip")),
    *_unknown("no HTTP at all", Reply("raw", body=b"SSH-2.0-OpenSSH_9.2\r\n")),
    *_unknown("an end without an answer", Reply("end")),
    *_unknown("a reset", Reply("reset")),
    *_unknown("no answer in time", Reply("late")),
    *_unknown("302 elsewhere", Reply("text", code=302, body="", headers={"Location": "https://login.example/"})),
    *_unknown("400 with HTML", _page(400)),
    *_unknown(
        "400 failed to send message #1 of an album",
        refusal(
            400, 'Bad Request: failed to send message #1 with the error message "Too Many Requests: retry after 8"'
        ),
    ),
    *_unknown("401 with HTML", _page(401)),
    *_unknown("403 with HTML", _page(403)),
    *_unknown("404 with HTML", _page(404)),
    *_unknown("413 Request Entity Too Large", refusal(413, "Request Entity Too Large")),
    *_unknown("429 with HTML", _page(429)),
    *_unknown("500 Internal Server Error", refusal(500, "Internal Server Error")),
    *_unknown("500 restart", refusal(500, "Internal Server Error: restart")),
    *_unknown("502 with HTML", _page(502)),
    *_unknown("502 Bad Gateway", refusal(502, "Bad Gateway")),
    *_unknown("503 with HTML", _page(503)),
    *_unknown("504 without a body", Reply("text", code=504, body="")),
    *_unknown("520, a number of a proxy's own", _page(520)),
    *_no(Meaning.GONE, 403, *_KICKED),
    *_no(Meaning.GONE, 400, *_RIGHTS),
    Row(
        "400 group chat was upgraded to a supergroup chat",
        Meaning.MOVED,
        refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=0),
    ),
    *_no(Meaning.MARKUP, 400, *_FORM),
    Row("400 without a description", Meaning.MARKUP, Reply(code=400, body={"ok": False})),
    *_no(Meaning.HOPELESS, 400, *_SIZE),
    *_no(Meaning.ABSENT, 400, "Bad Request: message to forward not found", "Bad Request: MESSAGE_ID_INVALID"),
    *_no(Meaning.TOKEN, 401, "Unauthorized"),
    *_no(Meaning.TOKEN, 404, "Not Found"),
    *_no(Meaning.NOT_NOW, 409, *_CONFLICT),
    *[_flood(seconds) for seconds in (0, 1, 30, 3600, 43838)],
    Row("429 without a number", Meaning.FLOOD, refusal(429, "Too Many Requests"), 0),
    Row(
        "500 restart with retry_after", Meaning.FLOOD, refusal(500, "Internal Server Error: restart", retry_after=5), 5
    ),
    Row("nobody listens", Meaning.NOT_NOW, Reply("refused")),
    Row("nobody answers the knock", Meaning.NOT_NOW, Reply("silent")),
    Row("all connections are in use", Meaning.NOT_NOW, Reply("busy")),
    Row("TLS with one that speaks plainly", Meaning.NOT_NOW, Reply("plaintext")),
    Row("TLS with an untrusted certificate", Meaning.NOT_NOW, Reply("untrusted")),
]
