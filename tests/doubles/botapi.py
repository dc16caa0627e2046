"""A double of Telegram's Bot API over real HTTP on loopback: chats with sequential numbers, scripted faults, and a log
of what it accepted, kept outside the process under test.

In a test: ``async with BotApiDouble() as api:``. Beside a real process: ``python -m tests.doubles.botapi --port 8081``
and steer it with ``POST /__double/{fault,message,press,chat}`` (the methods' arguments as JSON) and read
``GET /__double/log``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.doubles import official, rules
from tests.doubles.rules import Refusal

TOKEN = "1234567:AAEexample-token-of-a-double_000000"
CHANNEL = -1001234567890
OPERATORS = 4242
READER = 777
DATE = 1_770_000_000


class Lost(Exception):
    """Raised by a watcher: the connection is cut, here and now."""


Watcher = Callable[[str, str, dict[str, Any]], Awaitable[None]]
"""Hears of every call as it goes on: the stage, the method, its fields. The stages are `received`, `accepted` (carried
out, not answered) and `replying` (half of the answer is out). May raise Refusal when `received`, and Lost always."""


@dataclass
class Fault:
    """What happens to the next `times` calls of a method instead of the usual.

    kind: `error` (code, description, parameters), `html` (an answer of `code` that is no JSON), `drop` (carried out,
    but the connection is cut instead of answering), `close` (cut before it is carried out), `hang` (carried out, no
    answer until the double ends), `stall` (neither carried out nor answered), `garbage` (carried out, an answer without sense).
    """

    method: str
    kind: str
    times: int = 1
    code: int = 500
    description: str = "Internal Server Error"
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass
class Chat:
    """One chat. `readable` false: its messages cannot be forwarded. `posts` false: the bot has no right to post."""

    id: int
    type: str
    title: str = ""
    last_id: int = 0
    readable: bool = True
    writable: bool = True
    posts: bool = True
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    topics: dict[int, bool] = field(default_factory=dict)
    """A forum's topics, and whether each is open."""

    def wire(self) -> dict[str, Any]:
        names = {"title": self.title} if self.type != "private" else {"first_name": self.title or "Siti"}
        return {"id": self.id, "type": self.type, **names}


class BotApiDouble:
    """See the module. `calls` logs (method, fields, outcome); `accepted` the messages that a sendMessage put into chats."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.calls: list[tuple[str, dict[str, Any], str]] = []
        self.accepted: list[dict[str, Any]] = []
        self.edited: list[tuple[int, str]] = []
        """Number and new text of every edit that changed something, in their order."""
        self.answers: list[dict[str, Any]] = []
        self.inline: dict[str, dict[str, Any]] = {}
        self.menus: dict[tuple[str, str], list[dict[str, Any]]] = {}
        """Commands by scope (its type, or the chat's number) and language ("" for all others)."""
        self.profile: dict[tuple[str, str], str] = {}
        """What the bot says of itself: "description" or "short_description", and the language."""
        self.violations: list[str] = []
        """What was wrong with requests, by the Bot API's own models and rules: `stop` fails for it."""
        self.languages: dict[int, str] = {}
        """The language of people's Telegram, where it is not Indonesian."""
        self.pictures: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}
        self.one_row = False
        """Whether all private chats are numbered in one row, as Telegram does it for a bot; otherwise each has its own."""
        self.chats = {
            CHANNEL: Chat(CHANNEL, "channel", "Lintas Layar", last_id=1),
            OPERATORS: Chat(OPERATORS, "private", "Operator"),
            READER: Chat(READER, "private", "Siti"),
        }
        self.port = 0
        self.watcher: Watcher | None = None
        self.webhook = self.webhook_error = ""
        self._faults: list[Fault] = []
        self._updates: list[dict[str, Any]] = []
        self._next_update = 1000
        self._typing: dict[str, tuple[int, str, str]] = {}
        self._kept: dict[tuple[str, str], dict[str, Any]] = {}
        self._changed = asyncio.Condition()
        self._ended = asyncio.Event()
        self._runner: web.AppRunner | None = None

    # --- for tests -----------------------------------------------------------------------------------------------

    @property
    def base(self) -> str:
        """What LINTAS_TELEGRAM_API is set to."""
        return f"http://127.0.0.1:{self.port}"

    def fault(self, method: str, kind: str, times: int = 1, **more: Any) -> None:
        """Script a fault; several for one method come one after another."""
        self._faults.append(Fault(method, kind, times, **more))

    def chat(self, id: int, type: str = "channel", **more: Any) -> Chat:
        """Add or change a chat."""
        self.chats[id] = Chat(id, type, **more)
        return self.chats[id]

    def texts(self, chat: int = CHANNEL) -> list[str]:
        """The texts that stand in the chat now."""
        return [message["text"] for message in self.chats[chat].messages.values()]

    def called(self, method: str) -> list[dict[str, Any]]:
        """The fields of all calls of a method, whatever became of them."""
        return [fields for name, fields, _ in self.calls if name == method]

    async def message(
        self,
        text: str,
        *,
        user: int = READER,
        chat: int | None = None,
        reply_to: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """A person writes to the bot in private, or in that chat; `more` are further fields of the message."""
        where = self.chats.setdefault(user if chat is None else chat, Chat(user, "private"))
        command = re.match(r"/\w+(@\w+)?", text)
        entities = [{"type": "bot_command", "offset": 0, "length": len(command[0])}] if command else []
        message = self._store(where, {"text": text, "entities": entities, "from": self._person(user)})
        message.update(more)
        if not text:
            del message["text"]
        if reply_to is not None:
            message["reply_to_message"] = reply_to
        await self._enqueue({"message": message})

    async def press(self, message: dict[str, Any], data: str, *, user: int = READER) -> str:
        """A person presses a button below a message; returns the query's id."""
        query = f"q{self._next_update}"
        shown = {key: value for key, value in message.items() if key != "raw"}
        callback = {"id": query, "from": self._person(user), "message": shown, "chat_instance": "1", "data": data}
        await self._enqueue({"callback_query": callback})
        return query

    async def type(self, words: str, *, user: int = READER, offset: str = "") -> dict[str, Any]:
        """A person types ``@bot words`` in some chat; returns the answer, which Telegram may have kept."""
        kept = self._kept.get((words, offset))
        if kept is not None and (not kept.get("is_personal") or kept["user"] == user):
            return kept
        query = self._keystroke(words, user, offset)
        async with self._changed:
            self._changed.notify_all()
        await self.until(lambda: query in self.inline)
        return self.inline[query]

    async def typed_at_once(self, words: Sequence[str], user: int = READER) -> None:
        """A person types faster than the bot listens."""
        for some in words:
            self._keystroke(some, user)
        async with self._changed:
            self._changed.notify_all()

    def _keystroke(self, words: str, user: int, offset: str = "") -> str:
        query = f"i{self._next_update}"
        self._typing[query] = (user, words, offset)
        asked = {"id": query, "from": self._person(user), "query": words, "offset": offset, "chat_type": "group"}
        self._updates.append({"update_id": self._next_update, "inline_query": asked})
        self._next_update += 1
        return query

    async def pick(self, answer: dict[str, Any], number: int, *, chat: int, user: int = READER) -> dict[str, Any]:
        """A person sends one of the results into a chat; the bot sees it where it reads messages."""
        content = answer["results"][number]["input_message_content"]
        shown = rules.content({**content, "text": content["message_text"]})
        via = {"via_bot": self._do_getme({}), "from": self._person(user)}
        message = self._store(self.chats[chat], {**shown, **via})
        if self.chats[chat].type == "private":
            await self._enqueue({"message": {key: value for key, value in message.items() if key != "raw"}})
        return message

    async def post_by_other(self, text: str, chat: int = CHANNEL) -> None:
        """Another admin posts into a channel."""
        await self._enqueue({"channel_post": self._store(self.chats[chat], {"text": text})})

    async def place(self, chat: int, status: str, *, by: int = READER, before: str = "left") -> None:
        """An account changes the bot's own place in a chat: `status` is administrator, member, left or kicked."""
        where = self.chats[chat]
        where.writable = status in ("administrator", "member")
        change = {name: self._own_member(where, kind) for name, kind in (("old", before), ("new", status))}
        members = {f"{name}_chat_member": member for name, member in change.items()}
        await self._enqueue(
            {"my_chat_member": {"chat": where.wire(), "from": self._person(by), "date": 1_770_000_000, **members}}
        )

    async def until(self, holds: Callable[[], bool], timeout: float = 10) -> None:
        """Wait for a condition that calls of the bot bring about."""
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(holds)

    async def said(self, number: int = 1, chat: int = READER) -> list[dict[str, Any]]:
        """Wait until the bot has sent so many messages to the chat; returns them."""

        def sent() -> list[dict[str, Any]]:
            return [message for message in self.accepted if message["chat"]["id"] == chat]

        await self.until(lambda: len(sent()) >= number)
        return sent()

    async def start(self, port: int = 0) -> None:
        """Listen on loopback."""
        official.prepare()
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self.serve)
        app.router.add_post("/__double/{what}", self._steer)
        app.router.add_get("/__double/log", self._log)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Hang up on everybody. Raises AssertionError when any request was one that the Bot API does not take."""
        self._ended.set()
        async with self._changed:
            self._changed.notify_all()
        if self._runner is not None:
            await self._runner.cleanup()
        assert not self.violations, f"requests that Telegram would refuse: {self.violations[:10]}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # --- the wire ------------------------------------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one call; a server of the caller's own may bring calls of several bots to several doubles."""
        method = request.match_info["method"]
        fields = await self._fields(request)
        self._judge(method, fields)
        if request.match_info["token"] != self.token:
            return _no(Refusal(401, "Unauthorized"))
        if self.watcher is not None:
            return await self._watched(request, method, fields, self.watcher)
        fault = self._take_fault(method)
        if fault is not None and fault.kind in ("error", "html", "close", "stall"):
            return await self._refuse(request, method, fields, fault)
        return await self._carry_out(request, method, fields, fault)

    async def _refuse(
        self, request: web.Request, method: str, fields: dict[str, Any], fault: Fault
    ) -> web.StreamResponse:
        """The faults before a call is carried out."""
        await self._note(method, fields, fault.kind)
        if fault.kind == "stall":
            await self._ended.wait()
        if fault.kind in ("close", "stall"):
            return self._cut(request)
        if fault.kind == "html":
            return web.Response(status=fault.code, text="<html><h1>Bad Gateway</h1></html>", content_type="text/html")
        return _no(Refusal(fault.code, fault.description, fault.parameters))

    async def _carry_out(
        self, request: web.Request, method: str, fields: dict[str, Any], fault: Fault | None
    ) -> web.StreamResponse:
        """The usual, and the faults behind it."""
        try:
            result = await self._perform(method, fields)
        except Refusal as refusal:
            await self._note(method, fields, refusal.description)
            return _no(refusal)
        await self._note(method, fields, fault.kind if fault else "ok")
        if fault is None:
            return web.json_response({"ok": True, "result": result})
        if fault.kind == "hang":
            await self._ended.wait()
        if fault.kind == "garbage":
            return web.json_response({"ok": True, "answer": 42})
        return self._cut(request)

    async def _watched(
        self, request: web.Request, method: str, fields: dict[str, Any], watcher: Watcher
    ) -> web.StreamResponse:
        """Answer a call of which somebody hears every stage. Scripted faults are not asked for."""
        try:
            await watcher("received", method, fields)
            result = await self._perform(method, fields)
            await self._note(method, fields, "ok")
            await watcher("accepted", method, fields)
            body = json.dumps({"ok": True, "result": result}).encode()
            response = web.StreamResponse(
                headers={"Content-Type": "application/json", "Content-Length": str(len(body))}
            )
            await response.prepare(request)
            await response.write(body[: len(body) // 2])
            await watcher("replying", method, fields)
            await response.write(body[len(body) // 2 :])
        except Refusal as refusal:
            await self._note(method, fields, refusal.description)
            return _no(refusal)
        except (Lost, ConnectionError):
            await self._note(method, fields, "lost")
            return self._cut(request)
        return response

    async def _perform(self, method: str, fields: dict[str, Any]) -> Any:
        handler = getattr(self, f"_do_{method.lower()}", None)
        if handler is None:
            self.violations.append(f"{method} is not known here")
            raise Refusal(404, "Not Found: method not found")
        result = handler(fields)
        return await result if asyncio.iscoroutine(result) else result

    async def _fields(self, request: web.Request) -> dict[str, Any]:
        raw: dict[str, Any] = dict(await request.post()) if request.method == "POST" else dict(request.query)
        files = {name: value.file.read() for name, value in raw.items() if isinstance(value, web.FileField)}
        return files | official.decoded(request.match_info["method"], {k: v for k, v in raw.items() if k not in files})

    def _judge(self, method: str, fields: dict[str, Any]) -> None:
        """Put down what no Bot API would take, whatever becomes of this call here."""
        found = official.faults(method, fields)
        if not found:
            try:
                rules.check(method, fields)
            except Refusal as refusal:
                found = [f"{method}: {refusal.description}"]
        self.violations += found

    def _cut(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _note(self, method: str, fields: dict[str, Any], outcome: str) -> None:
        self.calls.append((method, fields, outcome))
        async with self._changed:
            self._changed.notify_all()

    def _take_fault(self, method: str) -> Fault | None:
        for fault in self._faults:
            if fault.method == method and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    # --- the methods ---------------------------------------------------------------------------------------------

    def _do_getme(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": int(self.token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Lintas Layar",
            "username": "lintas_layar_bot",
        }

    async def _do_getupdates(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )
        offset = int(fields.get("offset", 0))
        self._updates = [update for update in self._updates if update["update_id"] >= offset]
        if not self._updates and fields.get("timeout"):
            async with self._changed:
                try:
                    async with asyncio.timeout(float(fields["timeout"])):
                        await self._changed.wait_for(lambda: bool(self._updates) or self._ended.is_set())
                except TimeoutError:
                    return []
        return self._updates[: int(fields.get("limit") or 100)]

    def _do_setwebhook(self, fields: dict[str, Any]) -> bool:
        rules.check("setWebhook", fields)
        self.webhook = fields["url"]
        return True

    def _do_deletewebhook(self, _: dict[str, Any]) -> bool:
        self.webhook = ""
        return True

    def _do_getwebhookinfo(self, _: dict[str, Any]) -> dict[str, Any]:
        info = {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": len(self._updates)}
        return info | ({"last_error_date": 1, "last_error_message": self.webhook_error} if self.webhook_error else {})

    def _do_setmycommands(self, fields: dict[str, Any]) -> bool:
        rules.check("setMyCommands", fields)
        scope = fields.get("scope", {"type": "default"})
        self.menus[str(scope.get("chat_id", scope["type"])), fields.get("language_code", "")] = fields["commands"]
        return True

    def _do_getmydescription(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {"description": self.profile.get(("description", fields.get("language_code", "")), "")}

    def _do_setmydescription(self, fields: dict[str, Any]) -> bool:
        return self._describe("description", fields)

    def _do_getmyshortdescription(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {"short_description": self.profile.get(("short_description", fields.get("language_code", "")), "")}

    def _do_setmyshortdescription(self, fields: dict[str, Any]) -> bool:
        return self._describe("short_description", fields)

    def _describe(self, what: str, fields: dict[str, Any]) -> bool:
        self.profile[what, fields.get("language_code", "")] = fields[what]
        return True

    def _do_sendmessage(self, fields: dict[str, Any]) -> dict[str, Any]:
        chat = self._writable(fields)
        message = self._store(chat, {**rules.content(fields), **_topic(chat, fields), **self._reply(chat, fields)})
        self.accepted.append(message)
        return message

    def _do_sendphoto(self, fields: dict[str, Any]) -> dict[str, Any]:
        """A picture that is uploaded, or one that was before, by its name here."""
        chat = self._writable(fields)
        name = fields.get("photo")
        picture = name if isinstance(name, bytes) else self.pictures.get(str(name))
        if not picture:
            raise Refusal(400, "Bad Request: wrong file identifier/HTTP URL specified")
        if len(picture) > 10 * 2**20:
            raise Refusal(400, "Bad Request: file is too big")
        file = str(name) if not isinstance(name, bytes) else f"photo{len(self.pictures) + 1}"
        self.pictures[file] = picture
        caption = rules.caption(fields)
        size = {"file_id": file, "file_unique_id": file, "width": 1024, "height": 1152, "file_size": len(picture)}
        message = self._store(chat, {"photo": [size], **caption, **self._reply(chat, fields)})
        self.accepted.append(message)
        return message

    def _do_senddocument(self, fields: dict[str, Any]) -> dict[str, Any]:
        """A file that is uploaded; its content is kept in `files`."""
        chat = self._writable(fields)
        content = fields.get("document")
        if not isinstance(content, bytes) or not content:
            raise Refusal(400, "Bad Request: file must be non-empty")
        file = f"file{len(self.files) + 1}"
        self.files[file] = content
        document = {"file_id": file, "file_unique_id": file, "file_size": len(content)}
        message = self._store(chat, {"document": document, **rules.caption(fields), **self._reply(chat, fields)})
        self.accepted.append(message)
        return message

    def _reply(self, chat: Chat, fields: dict[str, Any]) -> dict[str, Any]:
        """What the message answers, where that stands; its sender may want it to go out all the same."""
        asked = fields.get("reply_parameters")
        if not asked:
            return {}
        answered = chat.messages.get(int(asked["message_id"]))
        if answered is None and not asked.get("allow_sending_without_reply"):
            raise Refusal(400, "Bad Request: message to be replied not found")
        return (
            {}
            if answered is None
            else {"reply_to_message": {k: v for k, v in answered.items() if k != "reply_to_message"}}
        )

    def _do_editmessagetext(self, fields: dict[str, Any]) -> dict[str, Any]:
        chat = self._known(fields.get("chat_id"))
        old = chat.messages.get(int(fields["message_id"]))
        if old is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        new = rules.content(fields)
        if all(old.get(key) == new.get(key) for key in ("text", "entities", "reply_markup")):
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
            )
        old.pop("reply_markup", None)
        self.edited.append((old["message_id"], new["text"]))
        old.update(new, edit_date=DATE)
        return old

    def _do_forwardmessage(self, fields: dict[str, Any]) -> dict[str, Any]:
        source, target = self._known(fields["from_chat_id"]), self._writable(fields)
        original = source.messages.get(int(fields["message_id"]))
        if original is None:
            raise Refusal(400, "Bad Request: message to forward not found")
        if not source.readable:
            raise Refusal(400, "Bad Request: message can't be forwarded")
        origin = original.get("forward_origin") or self._origin(source, original)
        shown = ("text", "entities", "photo", "document", "caption", "caption_entities")
        copied = {part: original[part] for part in shown if part in original}
        return self._store(target, {**copied, "forward_origin": origin})

    def _origin(self, source: Chat, original: dict[str, Any]) -> dict[str, Any]:
        """Whose words a forwarded message has: a channel's, or those of a person or of the bot."""
        if source.type == "channel":
            return {"type": "channel", "date": DATE, "chat": source.wire(), "message_id": original["message_id"]}
        return {"type": "user", "date": original["date"], "sender_user": original.get("from") or self._do_getme({})}

    def _do_deletemessage(self, fields: dict[str, Any]) -> bool:
        if self._known(fields["chat_id"]).messages.pop(int(fields["message_id"]), None) is None:
            raise Refusal(400, "Bad Request: message to delete not found")
        return True

    def _do_answercallbackquery(self, fields: dict[str, Any]) -> bool:
        self.answers.append(fields)
        return True

    def _do_answerinlinequery(self, fields: dict[str, Any]) -> bool:
        query = str(fields["inline_query_id"])
        if query not in self._typing or query in self.inline:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        rules.check("answerInlineQuery", fields)
        user, words, offset = self._typing[query]
        self.inline[query] = {**fields, "user": user, "words": words}
        if fields.get("cache_time", 300):
            self._kept[words, offset] = self.inline[query]
        return True

    def _do_getchat(self, fields: dict[str, Any]) -> dict[str, Any]:
        chat = self._known(fields["chat_id"])
        return {
            **chat.wire(),
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(
                ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"),
                False,
            ),
            **({} if chat.readable else {"has_protected_content": True}),
        }

    def _do_getchatmember(self, fields: dict[str, Any]) -> dict[str, Any]:
        chat = self._known(fields["chat_id"])
        return self._own_member(chat, "administrator" if chat.writable else "kicked", int(fields["user_id"]))

    def _own_member(self, chat: Chat, status: str, user_id: int | None = None) -> dict[str, Any]:
        user = self._do_getme({}) if user_id is None else {**self._do_getme({}), "id": user_id}
        if status == "kicked":
            return {"user": user, "status": "kicked", "until_date": 0}
        if status != "administrator":
            return {"user": user, "status": status}
        rights = "be_edited manage_chat delete_messages manage_video_chats restrict_members promote_members change_info"
        rights += " invite_users post_stories edit_stories delete_stories"
        granted = {f"can_{right}": right == "manage_chat" for right in rights.split()}
        posts = {"can_post_messages": chat.posts} if chat.type == "channel" else {}
        return {"user": user, "status": "administrator", "is_anonymous": False, **granted, **posts}

    # --- rules ---------------------------------------------------------------------------------------------------

    def _known(self, chat_id: Any) -> Chat:
        chat = self.chats.get(int(chat_id)) if str(chat_id).lstrip("-").isdigit() else None
        if chat is None:
            raise Refusal(400, "Bad Request: chat not found")
        return chat

    def _writable(self, fields: dict[str, Any]) -> Chat:
        chat = self._known(fields.get("chat_id"))
        if not chat.writable:
            raise Refusal(403, f"Forbidden: bot was kicked from the {chat.type} chat")
        return chat

    def _store(self, chat: Chat, content: dict[str, Any]) -> dict[str, Any]:
        chat.last_id = self._next_number(chat)
        message = {"message_id": chat.last_id, "date": DATE, "chat": chat.wire(), "entities": [], **content}
        chat.messages[chat.last_id] = message
        return message

    def _next_number(self, chat: Chat) -> int:
        if chat.type != "private" or not self.one_row:
            return chat.last_id + 1
        return max(other.last_id for other in self.chats.values() if other.type == "private") + 1

    def _person(self, user: int) -> dict[str, Any]:
        return {"id": user, "is_bot": False, "first_name": "Siti", "language_code": self.languages.get(user, "id")}

    async def again(self, update: dict[str, Any]) -> None:
        """Deliver an update once more, or one of the test's own making, under the number that it has."""
        self._updates.append(update)
        async with self._changed:
            self._changed.notify_all()

    async def _enqueue(self, update: dict[str, Any]) -> None:
        self._updates.append({"update_id": self._next_update, **update})
        self._next_update += 1
        async with self._changed:
            self._changed.notify_all()

    # --- steering from another process -----------------------------------------------------------------------------

    async def _steer(self, request: web.Request) -> web.Response:
        body = await request.json()
        what = request.match_info["what"]
        if what in ("message", "press"):
            await getattr(self, what)(**body)
        elif what in ("fault", "chat"):
            getattr(self, what)(**body)
        else:
            raise web.HTTPNotFound
        return web.json_response({})

    async def _log(self, _: web.Request) -> web.Response:
        chats = {str(chat.id): list(chat.messages.values()) for chat in self.chats.values()}
        return web.json_response(
            {
                "calls": self.calls,
                "accepted": self.accepted,
                "edited": self.edited,
                "chats": chats,
                "violations": self.violations,
            }
        )


def _topic(chat: Chat, fields: dict[str, Any]) -> dict[str, Any]:
    """Where in a forum the message goes."""
    number = fields.get("message_thread_id")
    if number is None:
        return {}
    if number not in chat.topics:
        raise Refusal(400, "Bad Request: message thread not found")
    if not chat.topics[number]:
        raise Refusal(400, "Bad Request: TOPIC_CLOSED")
    return {"message_thread_id": number, "is_topic_message": True}


def _no(refusal: Refusal) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return web.json_response(body, status=refusal.code)


async def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--token", default=TOKEN)
    given = options.parse_args()
    double = BotApiDouble(given.token)
    await double.start(given.port)
    sys.stdout.write(f"{double.base}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
