"""What people filled into the form of their settings."""

from collections.abc import Mapping
from typing import Any

from bot.drawing.ids import Setting, UnknownForm
from bot.drawing.settings import DIGEST, DMS, HOURS, WEEKDAYS
from bot.reading.errors import FieldsRefused, NoWeekday
from store import Settings

View = Mapping[str, Any]


def read_settings(view: View) -> Settings:
    """Read the form.

    Raises:
        FieldsRefused: the digest is on, and on no day.
        UnknownForm: values that our form does not have.
    """
    dms = _chosen(view, Setting.DMS, DMS)
    digest = _chosen(view, Setting.DIGEST, DIGEST)
    weekdays = _chosen(view, Setting.WEEKDAYS, WEEKDAYS)
    if digest and not weekdays:
        raise FieldsRefused({Setting.WEEKDAYS: NoWeekday()})
    return Settings(
        **{name: name in dms for name in DMS},
        digest=bool(digest),
        hour=_hour(view),
        weekdays=frozenset(int(day) for day in weekdays),
    )


def _chosen(view: View, setting: Setting, known: Mapping[str, str]) -> set[str]:
    options = _state(view, setting).get("selected_options")
    if not isinstance(options, list):
        raise UnknownForm
    values = {_value(option) for option in options}
    if not values <= known.keys():
        raise UnknownForm
    return values


def _hour(view: View) -> int:
    value = _value(_state(view, Setting.HOUR).get("selected_option"))
    if value not in HOURS:
        raise UnknownForm
    return int(value)


def _state(view: View, setting: Setting) -> Mapping[str, Any]:
    found: Any = view
    for name in ("state", "values", setting, setting):
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        raise UnknownForm
    return found


def _value(option: Any) -> str:
    value = option.get("value") if isinstance(option, Mapping) else None
    if not isinstance(value, str):
        raise UnknownForm
    return value
