"""A report as figures: each under its name, and all of them as what JSON can say. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from ops import VERSION
from store import Report


def figures(report: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every figure with its name, which says where it stands in `as_json`: `period.new`.

    By the fields of the report, so that none can be forgotten.
    """
    parts = _parts(report)
    if parts is None:
        yield name, report
        return
    for key, part in parts:
        yield from figures(part, f"{name}.{key}" if name else key)


def as_json(report: Report) -> dict[str, Any]:
    """All figures, and which release tells them."""
    return {"release": VERSION, **_plain(report)}


def _parts(value: Any) -> list[tuple[str, Any]] | None:
    """What a value is made of; None of a figure."""
    if is_dataclass(value):
        return [(field.name, getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, Mapping):
        return [(str(key), part) for key, part in value.items()]
    if isinstance(value, tuple):
        return [(str(at), part) for at, part in enumerate(value)]
    return None


def _plain(value: Any) -> Any:
    parts = _parts(value)
    if parts is None:
        return value.isoformat() if isinstance(value, date) else value
    if isinstance(value, tuple):
        return [_plain(part) for _, part in parts]
    return {key: _plain(part) for key, part in parts}
