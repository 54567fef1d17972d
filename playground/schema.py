"""Small checks that combine into the shape of a JSON object, with complaints in Slack's words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Check = Callable[[Any, str], Iterator[str]]


def complaint(what: str, pointer: str) -> str:
    """Return a complaint the way `response_metadata.messages` has them."""
    return f"{what} [json-pointer:{pointer or '/'}]"


def anything(_value: Any, _pointer: str) -> Iterator[str]:
    """Accept whatever it is."""
    return iter(())


def string(most: int | None = None, *, least: int = 1) -> Check:
    """Accept a string of so many characters."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield complaint("must be a string", pointer)
        elif len(value) < least:
            yield complaint(f"must be more than {least - 1} characters", pointer)
        elif most is not None and len(value) > most:
            yield complaint(f"must be less than {most + 1} characters", pointer)

    return check


def boolean(value: Any, pointer: str) -> Iterator[str]:
    """Accept true and false."""
    if not isinstance(value, bool):
        yield complaint("must be a boolean", pointer)


def integer(value: Any, pointer: str) -> Iterator[str]:
    """Accept whole numbers."""
    if isinstance(value, bool) or not isinstance(value, int):
        yield complaint("must be an integer", pointer)


def one_of(*allowed: Any) -> Check:
    """Accept these values."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if value not in allowed:
            yield complaint(f"must be one of {', '.join(map(repr, allowed))}", pointer)

    return check


def array(item: Check, *, least: int = 0, most: int | None = None) -> Check:
    """Accept a list of so many items, each of which passes."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield complaint("must be a list", pointer)
            return
        if len(value) < least:
            yield complaint(f"no fewer than {least} items allowed", pointer)
        if most is not None and len(value) > most:
            yield complaint(f"no more than {most} items allowed", pointer)
        for index, entry in enumerate(value):
            yield from item(entry, f"{pointer}/{index}")

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """Accept an object with these fields and no others."""
    known = {**optional, **required, "type": anything}

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield complaint("must be an object", pointer)
            return
        for name in required.keys() - value.keys():
            yield complaint(f"missing required field: {name}", pointer)
        for name, entry in value.items():
            if name in known:
                yield from known[name](entry, f"{pointer}/{name}")
            else:
                yield complaint(f"unknown field: {name}", pointer)

    return check


def by_type(shapes: Mapping[str, Check]) -> Check:
    """Accept an object whose `type` is one of these, in the shape of that type."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if isinstance(kind, str) and kind in shapes:
            yield from shapes[kind](value, pointer)
        else:
            yield complaint(f"unsupported type: {kind}", pointer)

    return check


def together(*checks: Check) -> Check:
    """Accept what every one of these accepts."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        for each in checks:
            yield from each(value, pointer)

    return check


def exactly_one(names: Sequence[str]) -> Check:
    """Accept an object that has one of these fields, and not two."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if isinstance(value, dict) and len([name for name in names if value.get(name)]) != 1:
            yield complaint(f"must have exactly one of: {', '.join(names)}", pointer)

    return check
