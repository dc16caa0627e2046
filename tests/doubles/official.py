"""Is a request one that the Bot API knows? Judged by aiogram's models, which are generated from Telegram's own pages.

Nothing of this is ours: python-telegram-bot writes the request, another library's authors wrote the models.
"""

from __future__ import annotations

import functools
import importlib
import json
import typing
from collections.abc import Mapping
from typing import Any
from unittest import mock

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

FILE = "attach://file"
"""What an uploaded file stands for while the request is judged."""


def prepare() -> None:
    """Load what judging needs: it takes a second, which must not fall into a test that watches the time."""
    for method in ("getMe", "getUpdates", "setMyCommands", "sendMessage", "editMessageText", "answerCallbackQuery"):
        _model(method)


def decoded(method: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """A form's fields as the values that they stand for: what the model wants as text stays text, the rest is JSON."""
    model = _model(method)
    return {name: value if _is_text(model, name) else _value(value) for name, value in raw.items()}


def faults(method: str, fields: Mapping[str, Any]) -> list[str]:
    """What is wrong with the request: an unknown method, missing, unknown or ill-typed fields at any depth."""
    model = _model(method)
    if model is None:
        return [f"{method}: there is no such method"]
    values = {name: FILE if isinstance(value, bytes) else value for name, value in fields.items()}
    try:
        read = model.model_validate_json(to_json(values), strict=True)
    except ValidationError as error:
        return [f"{method}.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
    except ValueError as error:
        return [f"{method}: {error}"]
    return [f"{path}: there is no such field" for path in _strays(read, method)]


def _strays(value: object, path: str) -> list[str]:
    if isinstance(value, BaseModel):
        found = [f"{path}.{name}" for name in value.model_extra or {}]
        named = value.model_fields_set - set(value.model_extra or {})
        return found + [stray for name in sorted(named) for stray in _strays(getattr(value, name), f"{path}.{name}")]
    if isinstance(value, list | tuple):
        return [stray for number, one in enumerate(value) for stray in _strays(one, f"{path}[{number}]")]
    return []


def _value(value: Any) -> Any:
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value


def _is_text(model: type[BaseModel] | None, name: str) -> bool:
    """Whether the field takes text, and neither a number nor anything with fields of its own."""
    field = model.model_fields.get(name) if model is not None else None
    kinds = set(typing.get_args(field.annotation)) or {field.annotation} if field is not None else set()
    return str in kinds and int not in kinds


@functools.cache
def _model(method: str) -> type[BaseModel] | None:
    """The model of a method, complete; None for a method that there is not."""
    models, names = _library()
    model = models.get(method)
    if model is not None:
        model.model_rebuild(force=True, _types_namespace=names)
    return model


@functools.cache
def _library() -> tuple[Mapping[str, type[BaseModel]], Mapping[str, object]]:
    """The models by their methods' names, not complete yet, and the names that completing them needs."""
    # When it is imported aiogram completes every type, which takes seconds. A method's model completes those within it.
    with mock.patch.object(BaseModel, "model_rebuild", classmethod(lambda cls, **_: None)):
        methods, types = importlib.import_module("aiogram.methods"), importlib.import_module("aiogram.types")
        default = importlib.import_module("aiogram.client.default").Default
    models = {value.__api_method__: value for value in vars(methods).values() if _names_a_method(value)}
    return models, {**vars(typing), **vars(types), "Default": default}


def _names_a_method(value: object) -> bool:
    return isinstance(value, type) and isinstance(getattr(value, "__api_method__", None), str)
