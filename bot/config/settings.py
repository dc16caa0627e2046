"""What the environment says: one frozen value, every mistake in one run, and never a secret in a message."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BeforeValidator, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.config import fields
from bot.config.fields import Wrong, shown
from bot.inbox import secret_from
from newsdesk.errors import ConfigError, Problem

PREFIX = "LINTAS_"
PUBLIC_API = "https://api.telegram.org"
# Accounts in whose name anybody may speak: anonymous group admins, posts of linked channels, Telegram itself.
SHARED_ACCOUNTS = frozenset({1087968824, 136817688, 777000})

# Names that other bots use, and the setting that they mean here.
_MEANT = {
    "TOKEN": "TELEGRAM_TOKEN",
    "BOT_TOKEN": "TELEGRAM_TOKEN",
    "DATABASE_URL": "DATABASE",
    "SOURCES_FILE": "SOURCES",
}

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Where the web console listens; port 0 takes any free one."""

    host: str
    port: int


def _reads(read: Callable[[str], Any]) -> Any:
    """A validator for text; values that are no text (defaults, tests) are left to pydantic."""
    return BeforeValidator(lambda value: read(value.strip()) if isinstance(value, str) else value)


def _token(value: str) -> str:
    # Whether it is a good one is Telegram's to say; here only what could never stand in an address is refused.
    if not re.fullmatch(r"[A-Za-z0-9:_-]+", value):
        raise Wrong("holds characters that no bot token has", "copy the token from BotFather again, without blanks")
    return value


def _secret(value: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        raise Wrong("holds blanks or characters outside ASCII", "use letters, digits and punctuation")
    return value


def _api(value: str) -> str:
    url = fields.web_address(value).rstrip("/")
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise Wrong("has a query or a fragment", "write only the base address, such as " + PUBLIC_API)
    if parts.scheme.casefold() == "http" and not _is_loopback(parts.hostname or ""):
        raise Wrong("would send the token unencrypted", "write https://, or use plain http on a loopback address only")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold().removesuffix(".") == "localhost"


def _admins(value: str) -> tuple[int, ...]:
    numbers = []
    for part in _parts(value):
        if not re.fullmatch(r"[1-9][0-9]{3,15}", part):
            raise Wrong(
                f"{shown(part)} is not a person's numeric id", "write ids such as 123456789, separated by commas"
            )
        if int(part) in SHARED_ACCOUNTS:
            raise Wrong(f"{part} is an account in whose name many people speak", "write the people's own ids")
        numbers.append(int(part))
    return tuple(dict.fromkeys(numbers))


def _operators_chat(value: str) -> str:
    if not re.fullmatch(r"-?[1-9][0-9]{3,15}", value):
        raise Wrong(f"{shown(value)} is not a numeric chat id", "write the number, such as -1001234567890")
    return value


def _database(value: str) -> str:
    scheme, found, rest = value.partition("://")
    dialect = scheme.casefold().split("+")[0]
    if dialect in ("postgres", "mysql", "mariadb", "oracle", "mssql") and found:
        raise Wrong(f"{shown(scheme)} is not a database that this program knows", "write sqlite:/// or postgresql://")
    if not found or dialect not in ("sqlite", "postgresql"):
        remedy = "write sqlite:///var/lintas.db, or postgresql://user:password@host/name"
        raise Wrong("is not a database address", remedy)
    if dialect == "sqlite" and not rest.startswith("/"):
        raise Wrong(
            "has too few slashes", "write sqlite:/// before a relative path, sqlite://// before an absolute one"
        )
    return value


def _networks(value: str) -> tuple[Network, ...]:
    networks = []
    for part in _parts(value):
        try:
            networks.append(ip_network(part))
        except ValueError:
            raise Wrong(f"{shown(part)} is not a network", f"write {_network_like(part)}") from None
    return tuple(dict.fromkeys(networks))


def _network_like(part: str) -> str:
    try:
        return str(ip_network(part, strict=False))
    except ValueError:
        return "networks such as 127.0.0.0/8 or 10.1.2.3/32, separated by commas"


def _web(value: str) -> WebAddress | None:
    if value.casefold() == "off":
        return None
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})", value)
    if not match or int(match[2]) > 65535:
        raise Wrong(f"{shown(value)} is not host:port", "write for example 127.0.0.1:8080, or off")
    return WebAddress(match[1].strip("[]"), int(match[2]))


def _public_url(value: str) -> str:
    return fields.web_address(value).rstrip("/")


def _switch(value: str) -> bool:
    return fields.choice("on", "off")(value) == "on"


def _webhook_secret(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", value):
        raise Wrong(
            "is not 16 to 256 letters, digits, _ and -", "write such a secret, or leave it out: one is derived then"
        )
    return value


def _contact(value: str) -> str:
    # It stands in parentheses in the User-Agent header of every fetch.
    if not re.fullmatch(r"[\x21-\x7e ]{1,200}", value) or re.search(r"[()\\]", value):
        raise Wrong(f"{shown(value)} cannot stand in a header", "write an e-mail or web address in plain letters")
    return value


def _settle(value: str) -> timedelta:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", value) or float(value) > 3600:
        raise Wrong(f"{shown(value)} is not a number of seconds", "write a number from 0 to 3600")
    return timedelta(seconds=float(value))


def _log(value: str) -> str:
    return fields.choice("pretty", "json")(value)


def _parts(value: str) -> list[str]:
    return [part for part in re.split(r"[,\s]+", value) if part]


class Settings(BaseSettings):
    """The settings of one process; each stands in the environment under its name, in capitals, behind LINTAS_."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        validate_default=False,
        hide_input_in_errors=True,
    )

    telegram_token: Annotated[SecretStr | None, _reads(_token)] = None
    """The bot's token; without one everything is published to the preview."""
    telegram_api: Annotated[str, _reads(_api)] = PUBLIC_API
    """Base URL of the Bot API: calls go to ``{base}/bot{token}/{method}``. No slash at its end."""
    admins: Annotated[tuple[int, ...], NoDecode, _reads(_admins)] = ()
    """The people who may give orders in a private chat."""
    operators_chat: Annotated[str | None, _reads(_operators_chat)] = None
    """Numeric id of the chat for notices, where unknown outcomes are looked up."""
    database: Annotated[SecretStr, _reads(_database)] = SecretStr("sqlite:///var/lintas.db")
    """SQLAlchemy URL of the store. It may hold a password."""
    sources: Path = Path("sources.yaml")
    """The operator's file."""
    log: Annotated[Literal["pretty", "json"], _reads(_log)] = "pretty"
    """The form of log lines."""
    allow_networks: Annotated[tuple[Network, ...], NoDecode, _reads(_networks)] = ()
    """Networks that fetches may reach although they are not public."""
    web: Annotated[WebAddress | None, NoDecode, _reads(_web)] = WebAddress("127.0.0.1", 8080)
    """Where the web console listens; None when it is off."""
    web_token: Annotated[SecretStr | None, _reads(_secret)] = None
    """The console's password."""
    public_url: Annotated[str | None, _reads(_public_url)] = None
    """Where people reach the console from outside. No slash at its end."""
    webhook: Annotated[bool, _reads(_switch)] = False
    """Whether Telegram brings updates to the console's address, instead of being asked for them."""
    webhook_secret: Annotated[SecretStr | None, _reads(_webhook_secret)] = None
    """What Telegram shows when it brings one; by default it is derived from the token."""
    contact: Annotated[str, _reads(_contact)] = ""
    """An address for webmasters, part of the User-Agent."""
    settle: Annotated[timedelta, _reads(_settle)] = timedelta(seconds=45)
    """How long to wait before a send of unknown outcome is looked up."""

    def secrets(self) -> list[str]:
        """Everything that must not be seen: the tokens, what is derived from them, and the database's password."""
        known = (self.telegram_token, self.web_token, self.webhook_secret)
        held = [one.get_secret_value() for one in known if one is not None]
        held += [one.partition(":")[2] for one in held]
        if self.telegram_token is not None:
            held.append(secret_from(self.telegram_token.get_secret_value()))
        try:
            address = urlsplit(self.database.get_secret_value())
            password, names = address.password or "", {address.username, address.path.strip("/")}
        except ValueError:
            return held
        # A password that is the user's or the database's name hides nothing, and would hide every mention of them.
        return held if password in names else [*held, password, unquote(password)]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing but what is passed: the environment is an argument of `load_settings`."""
        return (init_settings,)


class _Environment(EnvSettingsSource):
    """The environment that was handed in, not that of the process."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(Settings)
        self.env_vars = {name.lower(): value for name, value in environ.items() if value}


def load_settings(environ: Mapping[str, str], folder: Path | None = None) -> Settings:
    """The settings that `environ` (usually os.environ) and the `.env` file of `folder` say; the former wins.

    An empty variable counts as absent. Raises ConfigError with every problem; the path of each is the variable.
    """
    dotenv = folder / ".env" if folder is not None else None
    try:
        written = DotEnvSettingsSource(Settings, env_file=dotenv)
        lines = dotenv.read_text("utf-8").splitlines() if dotenv is not None and dotenv.is_file() else []
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError([Problem((), f"cannot be read ({why})", "mend or remove the file", 1, 1)], ".env") from error
    given = _Environment(environ)
    problems = [*_unknown({**written.env_vars, **given.env_vars}), *_without_value(lines)]
    values = {name: value for source in (written, given) for name, value in source().items() if name in _names()}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        problems += [_problem(detail) for detail in error.errors(include_url=False)]
    else:
        problems += _webhook_problems(settings)
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: problem.dotted))
    return settings


def _webhook_problems(settings: Settings) -> list[Problem]:
    """What a webhook cannot do without."""
    name = PREFIX + "WEBHOOK"
    if not settings.webhook:
        return []
    if settings.public_url is None or not settings.public_url.casefold().startswith("https://"):
        remedy = "set LINTAS_PUBLIC_URL to the https:// address where a reverse proxy passes it on, or write off"
        return [Problem((name,), "Telegram brings updates to an https address only", remedy)]
    if settings.web is None:
        return [
            Problem((name,), "the console takes the updates, and is off", "set LINTAS_WEB to host:port, or write off")
        ]
    return []


def _names() -> list[str]:
    return list(Settings.model_fields)


def _unknown(variables: Mapping[str, str | None]) -> list[Problem]:
    """Variables that were meant for us and are not known: a typo must not be dropped silently."""
    known = [PREFIX + name.upper() for name in _names()]
    found = []
    for variable in variables:
        name = variable.upper()
        if name.startswith(PREFIX) and name not in known:
            short = name.removeprefix(PREFIX)
            guess = _MEANT.get(short) or fields.nearest(short, [name.upper() for name in _names()])
            remedy = f"write {PREFIX}{guess}" if guess else f"unset it; known are {', '.join(known)}"
            found.append(Problem((name,), "there is no such setting", remedy))
    return found


def _without_value(lines: list[str]) -> list[Problem]:
    """Lines of the .env file that name a setting and give it nothing, because the = is missing."""
    found = []
    for number, line in enumerate(lines, 1):
        match = re.match(rf"\s*(?:export\s+)?({PREFIX}\w*+)\s*+(?!=)", line, re.IGNORECASE)
        if match:
            message = f"line {number} of the .env file has no ="
            found.append(Problem((match[1].upper(),), message, f"write {match[1].upper()}=value"))
    return found


def _problem(detail: Mapping[str, Any]) -> Problem:
    name = PREFIX + str(detail["loc"][0]).upper()
    wrong = detail.get("ctx", {}).get("error")
    if isinstance(wrong, Wrong):
        return Problem((name,), wrong.message, wrong.remedy)
    return Problem((name,), str(detail["msg"]).lower(), "see the list of settings in the README")
