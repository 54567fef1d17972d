"""One JSON object a line on standard output, and nothing in it that a log must not hold."""

import contextlib
import io
import json
import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LINE_MAX = 8 * 1024
"""In bytes. Collectors cut longer lines in two, of which neither is JSON any more."""

# slack_sdk prints tokens and texts at DEBUG, Bolt prints whole bodies at WARNING:
# neither may speak at those levels, whatever LOG_LEVEL says.
_QUIETED = {
    "slack_bolt": logging.ERROR,
    "slack_sdk": logging.WARNING,
    "aiohttp.access": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
}


class StandardOutput(io.TextIOBase):
    """Standard output as it is at each line, and never a reason to fail.

    A task event is logged between its commit and its answer: a full pipe there must not turn
    a saved change into an error.
    """

    def write(self, text: str) -> int:
        """Write what can be written."""
        try:
            return sys.stdout.write(text)
        except (OSError, ValueError):
            return 0

    def flush(self) -> None:
        """Hand on what was written."""
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()


def configure_logging(level: str, log_format: str) -> None:
    """Set up structlog and send the libraries' own logging through it."""
    output = StandardOutput()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, _renderer(log_format)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(output),  # type: ignore[arg-type]  # it writes and flushes,
    )
    _configure_libraries(level, log_format, shared, output)


def _configure_libraries(
    level: str, log_format: str, shared: list[Processor], output: StandardOutput
) -> None:
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(log_format),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, floor in _QUIETED.items():
        logging.getLogger(name).setLevel(max(floor, logging.getLevelNamesMapping()[level]))


def _renderer(log_format: str) -> Processor:
    if log_format == "console":
        return structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    return _render_line


# Everything beyond ASCII is escaped: U+2028 and U+0085 end a line for some readers, C1 controls
# and bidi controls rewrite the line that they stand in, and half a surrogate cannot be written.
_render_json = structlog.processors.JSONRenderer(ensure_ascii=True)

_ROOM = (6_000, 1_000, 250)
"""Bytes for each value, tried one after the other when a line is too long as it is."""
_ALWAYS = ("event", "level", "timestamp", "request_id", "reference", "exception")


def _render_line(logger: WrappedLogger, name: str, event: EventDict) -> str:
    line = _rendered(logger, name, event)
    for room in _ROOM:
        if len(line) <= LINE_MAX:
            return line
        line = _rendered(logger, name, _cut(event, room))
    if len(line) <= LINE_MAX:
        return line
    needed = {key: event[key] for key in _ALWAYS if key in event}
    return _rendered(logger, name, _cut(needed, _ROOM[-1]))


def _rendered(logger: WrappedLogger, name: str, event: EventDict) -> str:
    return str(_render_json(logger, name, event))


def _cut(event: EventDict, room: int) -> EventDict:
    return {key: _shortened(value, room) for key, value in event.items()}


def _shortened(value: Any, room: int) -> Any:
    """The value, or what stands at its two ends: at its end an exception says what it is."""
    text = value if isinstance(value, str) else json.dumps(value, default=repr)
    if len(text) <= room and len(json.dumps(text)) <= room:
        return value
    half = room // 2
    while len(json.dumps(shortened := f"{text[:half]}…{text[-half:]}")) > room:
        half = half * 3 // 4
    return shortened
