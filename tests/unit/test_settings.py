"""The environment becomes one frozen value; every mistake is named by its variable; secrets are never shown."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from bot.config import Settings, WebAddress, load_settings
from newsdesk.errors import ConfigError

TOKEN = "1234567890:" + "AbCdEfGhIj" * 3 + "_-abc"
ELSEWHERE = "192.0.2.7"


def test_an_empty_environment_is_a_working_configuration() -> None:
    """Without any variable: no token, SQLite under var/, sources.yaml here, the console on loopback."""
    settings = load_settings({})
    assert settings.telegram_token is None
    assert settings.telegram_api == "https://api.telegram.org"
    assert settings.admins == ()
    assert settings.operators_chat is None
    assert settings.database.get_secret_value() == "sqlite:///var/lintas.db"
    assert settings.sources == Path("sources.yaml")
    assert settings.log == "pretty"
    assert settings.allow_networks == ()
    assert settings.web == WebAddress("127.0.0.1", 8080)
    assert settings.web_token is None
    assert settings.public_url is None
    assert settings.contact == ""
    assert settings.settle == timedelta(seconds=45)


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("TELEGRAM_TOKEN", TOKEN, "telegram_token", SecretStr(TOKEN)),
        ("TELEGRAM_API", "http://127.0.0.1:8081/", "telegram_api", "http://127.0.0.1:8081"),
        ("TELEGRAM_API", "http://localhost:8081/base", "telegram_api", "http://localhost:8081/base"),
        ("TELEGRAM_API", "http://[::1]:8081", "telegram_api", "http://[::1]:8081"),
        ("TELEGRAM_API", "https://bots.example", "telegram_api", "https://bots.example"),
        ("ADMINS", "12345, 67890 12345", "admins", (12345, 67890)),
        ("OPERATORS_CHAT", "-1001234567890", "operators_chat", "-1001234567890"),
        ("DATABASE", "sqlite:////data/lintas.db", "database", SecretStr("sqlite:////data/lintas.db")),
        ("DATABASE", "postgresql+psycopg://u:p@h/n", "database", SecretStr("postgresql+psycopg://u:p@h/n")),
        ("SOURCES", "/config/sources.yaml", "sources", Path("/config/sources.yaml")),
        ("LOG", "json", "log", "json"),
        ("ALLOW_NETWORKS", "127.0.0.0/8,::1", "allow_networks", (ip_network("127.0.0.0/8"), ip_network("::1/128"))),
        ("WEB", "off", "web", None),
        ("WEB", "OFF", "web", None),
        ("WEB", "0.0.0.0:80", "web", WebAddress("0.0.0.0", 80)),
        ("WEB", "[::1]:0", "web", WebAddress("::1", 0)),
        ("WEB", "localhost:8080", "web", WebAddress("localhost", 8080)),
        ("WEB_TOKEN", "a-long-secret", "web_token", SecretStr("a-long-secret")),
        ("PUBLIC_URL", "https://desk.example/", "public_url", "https://desk.example"),
        ("CONTACT", "desk@example.org", "contact", "desk@example.org"),
        ("SETTLE", "0", "settle", timedelta(0)),
        ("SETTLE", "1.5", "settle", timedelta(seconds=1.5)),
        ("SETTLE", "", "settle", timedelta(seconds=45)),
        ("TELEGRAM_TOKEN", "", "telegram_token", None),
    ],
)
def test_each_variable_reaches_its_field(name: str, text: str, field: str, value: Any) -> None:
    """What may be written, and what it means; an empty variable counts as absent."""
    assert getattr(load_settings({f"LINTAS_{name}": text}), field) == value


@pytest.mark.parametrize(
    ("name", "text", "message", "remedy"),
    [
        ("TELEGRAM_TOKEN", "12345 abc", "no bot token has", "BotFather"),
        ("TELEGRAM_TOKEN", "12345/../abc", "no bot token has", "BotFather"),
        ("TELEGRAM_API", "http://bots.example", "unencrypted", "https://"),
        ("TELEGRAM_API", f"http://{ELSEWHERE}:8081", "unencrypted", "https://"),
        ("TELEGRAM_API", "http://127.0.0.1.example", "unencrypted", "https://"),
        ("TELEGRAM_API", "api.telegram.org", "not a web address", "https://"),
        ("TELEGRAM_API", "https://u:p@bots.example", "user name", "before the @"),
        ("TELEGRAM_API", "https://bots.example/?a=b", "query", "base address"),
        ("ADMINS", "@nina", "not a person's numeric id", "123456789"),
        ("ADMINS", "12345;67890", "not a person's numeric id", "commas"),
        ("ADMINS", "-1001234567890", "not a person's numeric id", "123456789"),
        ("ADMINS", "1087968824", "many people", "own ids"),
        ("OPERATORS_CHAT", "@desk", "not a numeric chat id", "-100"),
        ("OPERATORS_CHAT", "preview", "not a numeric chat id", "-100"),
        ("DATABASE", "var/lintas.db", "not a database address", "sqlite:///"),
        ("DATABASE", "mysql://u:p@h/n", "not a database that", "postgresql://"),
        ("DATABASE", "postgres://u:p@h/n", "not a database that", "postgresql://"),
        ("DATABASE", "sqlite://var/lintas.db", "too few slashes", "sqlite:///"),
        ("LOG", "text", "not known here", "pretty or json"),
        ("ALLOW_NETWORKS", "127.0.0.1/8", "not a network", "write 127.0.0.0/8"),
        ("ALLOW_NETWORKS", "localhost", "not a network", "10.1.2.3/32"),
        ("WEB", "8080", "not host:port", "127.0.0.1:8080"),
        ("WEB", ":8080", "not host:port", "127.0.0.1:8080"),
        ("WEB", "127.0.0.1:80800", "not host:port", "or off"),
        ("WEB", "http://127.0.0.1:8080", "not host:port", "or off"),
        ("WEB", "no", "not host:port", "or off"),
        ("WEB_TOKEN", "two words", "blanks", "letters"),
        ("PUBLIC_URL", "desk.example", "not a web address", "https://"),
        ("CONTACT", "desk (at) example", "header", "e-mail"),
        ("CONTACT", "desk@example.org\r\nX: y", "header", "e-mail"),
        ("SETTLE", "soon", "not a number of seconds", "0 to 3600"),
        ("SETTLE", "-1", "not a number of seconds", "0 to 3600"),
        ("SETTLE", "3601", "not a number of seconds", "0 to 3600"),
        ("TELEGRAM_TOKN", "x", "no such setting", "write LINTAS_TELEGRAM_TOKEN"),
        ("TOKEN", "x", "no such setting", "LINTAS_TELEGRAM_TOKEN"),
        ("COLOUR", "x", "no such setting", "known are"),
    ],
)
def test_each_mistake_names_its_variable_the_fault_and_the_remedy(
    name: str, text: str, message: str, remedy: str
) -> None:
    """One mistake, one line: LINTAS_NAME: what is wrong; what to write."""
    with pytest.raises(ConfigError) as caught:
        load_settings({f"LINTAS_{name}": text})
    (line,) = caught.value.lines()
    assert line.startswith(f"LINTAS_{name}: ")
    said, _, instead = line.partition("; ")
    assert message in said
    assert remedy in instead


def test_all_mistakes_come_at_once() -> None:
    """Typos, wrong values and malformed lines of the .env file together, by name."""
    with pytest.raises(ConfigError) as caught:
        load_settings({"LINTAS_WEB": "x", "LINTAS_SETTLE": "x", "LINTAS_SETLE": "45", "LINTAS_LOG": "x", "HOME": "/x"})
    assert [problem.dotted for problem in caught.value.problems] == [
        "LINTAS_LOG", "LINTAS_SETLE", "LINTAS_SETTLE", "LINTAS_WEB",
    ]  # fmt: skip


def test_the_env_file_of_the_folder_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    """A .env in the folder counts, with comments and quotes; what is in the environment itself goes first."""
    (tmp_path / ".env").write_text("# ours\nLINTAS_LOG=json\nexport LINTAS_CONTACT='a@b.example'\nOTHER=x\n")
    assert load_settings({}, tmp_path).log == "json"
    settings = load_settings({"LINTAS_LOG": "pretty"}, tmp_path)
    assert (settings.log, settings.contact) == ("pretty", "a@b.example")
    assert load_settings({}).log == "pretty"
    assert load_settings({}, tmp_path / "nowhere").log == "pretty"


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("LINTAS_LGO=json\n", "LINTAS_LGO", "no such setting"),
        ("LINTAS_LOG=jsn\n", "LINTAS_LOG", "not known here"),
        ("LINTAS_LOG json\n", "LINTAS_LOG", "line 1 of the .env file has no ="),
        ("X=1\nLINTAS_LOG: json\n", "LINTAS_LOG", "line 2 of the .env file has no ="),
        ("LINTAS_LOG\n", "LINTAS_LOG", "line 1 of the .env file has no ="),
    ],
)
def test_a_mistake_in_the_env_file_is_not_dropped(tmp_path: Path, text: str, path: str, message: str) -> None:
    """Typos of names and values, and lines without =, which the format itself would skip in silence."""
    (tmp_path / ".env").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings({}, tmp_path)
    (problem,) = caught.value.problems
    assert problem.dotted == path
    assert message in problem.message


def test_an_env_file_that_is_no_text_is_one_clear_line(tmp_path: Path) -> None:
    """A .env saved in another encoding."""
    (tmp_path / ".env").write_bytes(b"LINTAS_CONTACT=caf\xe9\n")
    with pytest.raises(ConfigError, match=r"^\.env:1:1: cannot be read \(it is not UTF-8 text\); "):
        load_settings({}, tmp_path)


def test_secrets_are_never_shown() -> None:
    """Neither the value's own text nor an error shows a token or a password, not even a wrong one."""
    environ = {
        "LINTAS_TELEGRAM_TOKEN": TOKEN,
        "LINTAS_WEB_TOKEN": "hush-hush",
        "LINTAS_DATABASE": "postgresql://desk:pa55word@db.example/desk",
    }
    settings = load_settings(environ)
    for text in (repr(settings), str(settings), f"{settings.model_dump()}", settings.model_dump_json()):
        assert not [secret for secret in (TOKEN, "hush-hush", "pa55word") if secret in text]
    wrong = {"LINTAS_TELEGRAM_TOKEN": f"{TOKEN} x", "LINTAS_WEB_TOKEN": "hush hush", "LINTAS_DATABASE": "pa55word"}
    wrong |= {
        "LINTAS_ADMINS": TOKEN,
        "LINTAS_OPERATORS_CHAT": TOKEN,
        "LINTAS_WEB": TOKEN,
        "LINTAS_CONTACT": f"({TOKEN})",
    }
    with pytest.raises(ConfigError) as caught:
        load_settings(wrong)
    assert len(caught.value.problems) == len(wrong)
    said = str(caught.value)
    assert not [secret for secret in (TOKEN[12:], "hush", "pa55word") if secret in said]


def test_settings_cannot_be_changed_nor_made_of_unknown_names() -> None:
    """One value for the life of the process."""
    settings = Settings(settle=timedelta(0))
    with pytest.raises(ValidationError):
        settings.log = "json"
    with pytest.raises(ValidationError):
        Settings.model_validate({"colour": "red"})
