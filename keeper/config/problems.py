"""What is wrong with a file, said so that it can be put right: the file, the key, what is expected, the nearest name."""

import types
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from keeper.domain.errors import ConfigError

UNKNOWN_KEY = "CONFIG_UNKNOWN_KEY"
INVALID = "CONFIG_INVALID"
_EXTRA = "extra_forbidden"
_REMEDY = "put it right and run `keeper check`"


def nearest(name: str, known: Sequence[str]) -> str:
    """A hint: the known name that was probably meant, or all there are."""
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    return f"known: {', '.join(sorted(known))}" if known else "none is known here"


def invalid(path: Path, key: str, expected: str) -> ConfigError:
    """A value that fits no schema but its own file's or another's."""
    return ConfigError(INVALID, f"{path}: {key}: {expected}", _REMEDY)


def as_config_error(where: Path | str, model: type[BaseModel], error: ValidationError, prefix: str = "") -> ConfigError:
    """Every problem of one file as one error. Unknown keys come first: a missing key is often a misspelt one.

    Values are not repeated, since any of them may be a secret."""
    details = sorted(error.errors(include_url=False, include_input=False), key=lambda detail: detail["type"] != _EXTRA)
    lines = "\n".join(f"{where}: {prefix}{_describe(model, detail)}" for detail in details)
    if details[0]["type"] == _EXTRA:
        return ConfigError(UNKNOWN_KEY, lines, _REMEDY)
    return ConfigError(INVALID, lines, _REMEDY)


def _describe(model: type[BaseModel], detail: ErrorDetails) -> str:
    loc = detail["loc"]
    key = _path(loc)
    if detail["type"] == _EXTRA:
        return f"{key}: no such key; {nearest(str(loc[-1]), sorted(set(_names(model, loc[:-1]))))}"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{key}: {message[:1].lower()}{message[1:]}" if key else message


def _path(loc: tuple[int | str, ...]) -> str:
    """Where, as in TOML; without the steps that pydantic adds for the members of a union."""
    path = ""
    for step in loc:
        if isinstance(step, int):
            path += f"[{step + 1}]"
        elif step not in _UNION_STEPS:
            path += f".{step}" if path else step
    return path


_UNION_STEPS = frozenset({"KeystoreKey", "FileKey", "EnvKey", "Literal", "tuple"})


def _names(annotation: object, loc: tuple[int | str, ...]) -> Iterator[str]:
    """The names that are known where ``loc`` leads to."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _names(arguments[0], loc)
    elif origin in {Union, types.UnionType}:
        named = [member for member in arguments if loc and _tag(member) == loc[0]]
        for member in named or arguments:
            yield from _names(member, loc[1:] if named else loc)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not loc:
            yield from annotation.model_fields
        elif isinstance(loc[0], str) and loc[0] in annotation.model_fields:
            yield from _names(annotation.model_fields[loc[0]].annotation, loc[1:])
    elif loc and isinstance(origin, type) and issubclass(origin, Sequence | Mapping | set | frozenset):
        yield from _names(_inner(arguments), loc[1:])


def _tag(member: object) -> str:
    """The step that pydantic adds to a path for a member of a union."""
    plain = get_args(member)[0] if get_origin(member) is Annotated else member
    return getattr(plain, "__name__", "")


def _inner(arguments: tuple[Any, ...]) -> object:
    """The values' type: the last of a mapping's, the first of ``tuple[X, ...]``."""
    if len(arguments) == 2 and arguments[1] is not Ellipsis:
        return arguments[1]
    return arguments[0]
