"""Keyword arguments to the option structures of the C++ library."""

from __future__ import annotations

import difflib
from os import fspath
from typing import Any

from . import _core


def names(kind: type) -> list[str]:
    """The options that a structure has."""
    return [name for name in vars(kind) if not name.startswith("_")]


def fill(kind: type, given: dict[str, Any], into: Any = None) -> Any:
    """A structure of this kind with the options that are given; None leaves what the library decides."""
    options = kind() if into is None else into
    known = names(kind)
    for name, value in given.items():
        if name not in known:
            refuse(name, known)
        if value is None:
            continue
        try:
            setattr(options, name, _value(getattr(options, name), value))
        except TypeError:
            found, wanted = type(value).__name__, type(getattr(options, name)).__name__
            if found == wanted == "int":
                raise ValueError(f"option {name!r} is {value!r}, which is out of its range") from None
            raise TypeError(f"option {name!r} is {value!r} ({found}), expected {wanted}") from None
    return options


def refuse(name: str, known: list[str]) -> None:
    """Raises TypeError for an option that is not known."""
    near = difflib.get_close_matches(name, known, 1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"
    raise TypeError(f"there is no option {name!r}{hint}")


def _value(now: Any, value: Any) -> Any:
    if isinstance(now, (_core.Precision, _core.Reduction, _core.OnDivergence)):
        return member(type(now), value)
    if isinstance(now, list) and not isinstance(value, str):
        return list(value)
    return value


def member(kind: type, value: Any) -> Any:
    """A member of an enumeration by its name, or itself."""
    if isinstance(value, kind):
        return value
    found = kind.__members__.get(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is not one of {', '.join(kind.__members__)}")
    return found


def data_options(
    *,
    targets: Any = (),
    weight: str | None = None,
    ignore: Any = (),
    types: dict[str, Any] | None = None,
    task: Any = None,
    missing: Any = None,
    max_categories: int | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    on_bad_row: str | None = None,
    cache: Any = None,
) -> Any:
    """What DataOptions asks for, from names and texts."""
    options = _core.DataOptions()
    options.targets = [targets] if isinstance(targets, str) else [str(t) for t in targets]
    options.weight = weight or ""
    options.ignore = [ignore] if isinstance(ignore, str) else [str(i) for i in ignore]
    options.types = {str(name): member(_core.ColumnType, kind) for name, kind in (types or {}).items()}
    if task is not None:
        options.task = member(_core.Task, task)
    if missing is not None:
        options.missing = [str(text) for text in missing]
    if max_categories is not None:
        options.max_categories = max_categories
    if separator is not None:
        options.separator = "\t" if separator == "tab" else separator
    if decimal is not None:
        options.decimal = decimal
    if on_bad_row is not None:
        options.on_bad_row = on_bad_row
    if cache is not None:
        options.cache = fspath(cache)
    return options
