"""Decoded values under their names: a tuple whose fields are also attributes and keys."""

from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, ClassVar, SupportsIndex, overload


class Record(tuple[Any, ...]):
    """An immutable row: ``row[0]``, ``row["loanId"]`` and ``row.loanId`` are the same value.

    It unpacks and compares as a tuple. A field named like a Python keyword (``from``) is reached by key.
    """

    __slots__ = ()
    fields: ClassVar[dict[str, int]] = {}

    @overload
    def __getitem__(self, key: SupportsIndex) -> Any: ...  # noqa: ANN401 - a field's type is the ABI's affair
    @overload
    def __getitem__(self, key: slice) -> tuple[Any, ...]: ...
    @overload
    def __getitem__(self, key: str) -> Any: ...  # noqa: ANN401 - see above
    def __getitem__(self, key: SupportsIndex | slice | str) -> Any:
        if isinstance(key, str):
            return tuple.__getitem__(self, self.fields[key])
        return tuple.__getitem__(self, key)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - see above
        """Only reached for names that are no field; tells the type checker that fields exist."""
        raise AttributeError(f"{type(self).__name__} has no field {name!r}; it has {', '.join(self.fields)}")

    def __repr__(self) -> str:
        names = {index: name for name, index in self.fields.items()}
        values = (f"{names[i]}={v!r}" if i in names else repr(v) for i, v in enumerate(self))
        return f"{type(self).__name__}({', '.join(values)})"

    def as_dict(self) -> dict[str, Any]:
        """The named fields."""
        return {name: tuple.__getitem__(self, index) for name, index in self.fields.items()}


@cache
def record_type(title: str, names: tuple[str, ...]) -> Callable[[Sequence[Any]], Record]:
    """A record class for rows with these field names; an empty name is reached by position only."""
    fields = {name: index for index, name in enumerate(names) if name}
    getters = {name: property(itemgetter(index)) for name, index in fields.items() if name not in {"fields", "as_dict"}}
    made: type[Record] = type(title or "Record", (Record,), {"__slots__": (), "fields": fields, **getters})
    return made
