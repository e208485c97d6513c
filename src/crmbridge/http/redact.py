"""Keeps secrets out of texts: the values that are known, and what looks like one.

The filter belongs on handlers, not on loggers: a logger's filter does not see what its children say. httpx tells whole
URLs at INFO and httpcore headers at DEBUG, so both are kept at WARNING.
"""

import logging
import re
import threading

HIDDEN = "***"
SHORTEST = 6
"""A shorter secret is not looked for: it would be found in half of all words."""

QUIET_LOGGERS = ("httpx", "httpcore")

_NAMES = (
    r"[\w-]*(?:access_token|refresh_token|id_token|client_secret|app_secret|appsecret|api[-_]?key|password|passwd"
    r"|authorization|authtoken|corpaccesstoken|appaccesstoken|permanentcode|set-cookie|cookie)"
)
_PATTERNS = (
    # a header, a form field, a query or a JSON member with a telling name
    re.compile(
        rf"""(?i)({_NAMES}["']?\s*[:=]\s*["']?(?:(?:bearer|basic|token|[\w-]+-oauthtoken)\s+)?)[^\s"'&,;}})]+"""
    ),
    re.compile(r"(?i)(\b(?:bearer|[\w-]+-oauthtoken)\s+)[\w.~+/=-]{8,}"),
    re.compile(r"()\b\d{3,5}\.[0-9a-f]{16,}\.[0-9a-f]{16,}\b"),
)

_lock = threading.Lock()
_known: dict[str, None] = {}


def remember(value: str) -> None:
    """From now on this value is hidden wherever a text passes here; short ones are not remembered."""
    if len(value) >= SHORTEST and value not in _known:
        with _lock:
            _known[value] = None


def redact(text: str) -> str:
    """The text with *** in the place of every known secret, and of whatever looks like one."""
    for value in sorted(_known, key=len, reverse=True):
        if value in text:
            text = text.replace(value, HIDDEN)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<1>{HIDDEN}", text)
    return text


def holds_secret(text: str) -> bool:
    """Whether a known secret stands in the text."""
    return any(value in text for value in tuple(_known))


class Redacting(logging.Filter):
    """Rewrites each record before its handler shows it, its traceback too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: the record is shown, without secrets."""
        record.msg, record.args = redact(_said(record)), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


def guard(handler: logging.Handler) -> None:
    """Puts the filter on a handler, once."""
    if not any(isinstance(one, Redacting) for one in handler.filters):
        handler.addFilter(Redacting())


def guard_logging() -> None:
    """Guards every handler there is now, and keeps the HTTP library's own loggers quiet; harmless twice."""
    for name in QUIET_LOGGERS:
        logger = logging.getLogger(name)
        if logger.getEffectiveLevel() < logging.WARNING or logger.level == logging.NOTSET:
            logger.setLevel(logging.WARNING)
    named = [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    for logger in (logging.root, *named):
        for handler in logger.handlers:
            guard(handler)


def _said(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return f"{record.msg} {record.args}"
