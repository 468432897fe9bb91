"""Secrets: the files say where one is, never what it is; whatever holds one prints without it.

A private key is named here and read by the signer: from an encrypted keystore (version 3), from a file, or, only where
``allow_env = true`` says so beside it, from the environment. Files that others can read are refused.
"""

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Discriminator, GetCoreSchemaHandler, Tag
from pydantic_core import CoreSchema, core_schema

from keeper.domain.errors import ConfigError


class PrivateUrl:
    """A URL that may carry a key in its path, query or user part: prints as scheme and host only (a file's, whole)."""

    __slots__ = ("_url",)

    def __init__(self, url: str) -> None:
        self._url = url

    def reveal(self) -> str:
        """The whole URL, for the one who connects to it."""
        return self._url

    @property
    def scheme(self) -> str:
        return urlsplit(self._url).scheme

    def __str__(self) -> str:
        parts = urlsplit(self._url)
        if parts.scheme.startswith("sqlite"):
            return self._url
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
        hidden = "/…" if parts.path.strip("/") or parts.query or parts.username else ""
        return f"{parts.scheme}://{host}{port}{hidden}"

    def __repr__(self) -> str:
        return f"PrivateUrl({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrivateUrl) and other._url == self._url

    def __hash__(self) -> int:
        return hash(self._url)

    @classmethod
    def parse(cls, value: object) -> "PrivateUrl":
        """``ValueError``, which does not repeat the value, unless it has a scheme and a valid port."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            raise ValueError("a URL is expected")  # noqa: TRY004 - pydantic collects ValueErrors
        try:
            parts = urlsplit(value.strip())
            _ = parts.port
        except ValueError:
            raise ValueError("a URL is expected") from None
        if not parts.scheme:
            raise ValueError("a URL with its scheme is expected")
        return cls(value.strip())

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )


class _Reference(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeystoreKey(_Reference):
    """An encrypted keystore file and the file that holds its password."""

    keystore: Path
    password_file: Path

    def under(self, base: Path) -> "KeystoreKey":
        """With relative paths taken from ``base``."""
        return KeystoreKey(keystore=base / self.keystore, password_file=base / self.password_file)


class FileKey(_Reference):
    """A file that holds 64 hex digits."""

    file: Path

    def under(self, base: Path) -> "FileKey":
        """With a relative path taken from ``base``."""
        return FileKey(file=base / self.file)


class EnvKey(_Reference):
    """The name of an environment variable that holds 64 hex digits: every child process and crash dump can see it."""

    env: str
    allow_env: Literal[True]

    def under(self, base: Path) -> "EnvKey":  # noqa: ARG002 - a variable is nowhere
        return self


def _kind(value: object) -> str:
    """Which of the three is meant, so that only its own keys are asked for."""
    given = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    if "env" in given:
        return EnvKey.__name__
    return FileKey.__name__ if "file" in given else KeystoreKey.__name__


KeyRef = Annotated[
    Annotated[KeystoreKey, Tag("KeystoreKey")] | Annotated[FileKey, Tag("FileKey")] | Annotated[EnvKey, Tag("EnvKey")],
    Discriminator(_kind),
]


def read_secret_file(path: Path) -> str:
    """The file's text without surrounding white space; ``ConfigError`` if it cannot be read or others can read it."""
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(
                "SECRET_PERMISSIONS",
                f"{path} can be read by others (mode {stat.S_IMODE(mode):04o})",
                f"chmod 600 {path}",
            )
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError("SECRET_MISSING", f"{path} cannot be read: {reason}", "put the secret there") from error


def read_environment(name: str, environ: Mapping[str, str]) -> str:
    """The variable's value; ``ConfigError`` where it is not set or empty."""
    value = environ.get(name, "").strip()
    if not value:
        raise ConfigError("SECRET_MISSING", f"the environment variable {name} is not set", f"export {name}")
    return value
