"""The operator's page: what is so now, what came of these days, and what people said. Pure."""

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ops import VERSION
from ops.charts import Chart, active_people, created_and_completed, time_to_done
from ops.figures import figures
from ops.health import Health
from ops.words import count, lasting, moment, named, share, told
from store import REPORT_DAYS, Report, Source

FOLDER = Path(__file__).parent
STYLE = (FOLDER / "page.css").read_text(encoding="utf-8")
WEEKS = (4, 26)
HEAT = 5

HEADERS = {
    "Cache-Control": "no-store",
    # No script at all, nothing from elsewhere, and of styles only the page's own.
    "Content-Security-Policy": (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; "
        f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_templates = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters |= {
    "count": count,
    "lasting": lasting,
    "moment": moment,
    "named": named,
    "of": lambda part, whole, words: f"{share(part, whole)} {words}" if whole else "",
    "share": share,
}
_page = _templates.get_template("page.html")


def page(health: Health, report: Report | None, at: datetime, days: int) -> str:
    """Draw the page; without a report it says that there is none now, and the health."""
    return _page.render(
        health=health,
        report=report,
        at=at,
        days=days,
        usual_days=REPORT_DAYS,
        weeks=WEEKS,
        version=VERSION,
        style=Markup(STYLE),  # noqa: S704  # our own file
        figure=_figures(report),
        charts=_charts(report) if report else (),
        sources=tuple(Source),
        heat=_heat,
    )


def _figures(report: Report | None) -> Callable[[str], Markup]:
    """What draws the figure of a name, which then stands beside it for machines."""
    return partial(_figure, dict(figures(report)) if report else {})


def _figure(known: dict[str, Any], name: str, words: str | None = None) -> Markup:
    """A figure, or in other words that are given; what people typed keeps its direction."""
    value = known[name]
    shown = escape(words or told(name, value))
    if isinstance(value, str):
        return _marked(f'<bdi data-figure="{escape(name)}">{shown}</bdi>')
    exact = "" if value is None else value.isoformat() if hasattr(value, "isoformat") else value
    return _marked(f'<data data-figure="{escape(name)}" value="{exact}">{shown}</data>')


def _marked(html: str) -> Markup:
    """What is escaped already: `Markup.format`, thousands of times, would double the whole."""
    return Markup(html)  # noqa: S704  # see above


def _charts(report: Report) -> tuple[tuple[str, Chart], ...]:
    return (
        ("People active by day", active_people(report.days)),
        ("Tasks created and completed", created_and_completed(report.days)),
        ("Time to done", time_to_done(report.days)),
    )


def _heat(part: int | None, whole: int) -> str:
    """How strongly a share is shaded; it stands there as a number too."""
    return f"heat-{min(int(HEAT * part / whole), HEAT - 1)}" if part and whole else ""
