"""What people filled into the form of their settings."""

from collections.abc import Mapping

from bot.drawing.ids import Setting, UnknownForm
from bot.drawing.settings import DIGEST, DMS, HOURS, WEEKDAYS
from bot.reading.errors import FieldsRefused, NoWeekday
from bot.reading.form import View, state_in, value_of
from store import Settings


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
    options = state_in(view, setting).get("selected_options")
    if not isinstance(options, list):
        raise UnknownForm
    values = {value_of(option) for option in options}
    if not values <= known.keys():
        raise UnknownForm
    return values


def _hour(view: View) -> int:
    value = value_of(state_in(view, Setting.HOUR).get("selected_option"))
    if value not in HOURS:
        raise UnknownForm
    return int(value)
