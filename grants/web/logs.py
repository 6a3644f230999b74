"""Logs: one line of JSON an event, with nothing in it that a recipient typed; and counts for a monitor."""

import logging
import secrets
import sys
import time
from collections.abc import MutableMapping
from typing import Any, Final

import msgspec
import structlog
from litestar.types import Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Histogram

_log = structlog.get_logger("tallystick.http")
_JSON = msgspec.json.Encoder(enc_hook=repr)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Any other is whatever somebody typed: neither logged nor counted by its name."""


class Counts:
    """What a monitor sees of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ["method", "route", "status"]
        self.requests = Counter("tallystick_requests", "Requests answered.", names, registry=self.registry)
        self.seconds = Histogram(
            "tallystick_request_seconds", "How long answers took.", ["method", "route"], registry=self.registry
        )
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answer. Finding the counters by their labels costs more than counting, so they are kept."""
        key = (method, route, status)
        if key not in self._known:
            self._known[key] = (self.requests.labels(*key), self.seconds.labels(method, route))
        counter, histogram = self._known[key]
        counter.inc()
        histogram.observe(seconds)


def set_up_logs(level: str) -> None:
    """JSON lines on standard error, from the service and from its libraries alike."""
    numeric = getattr(logging, level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(_WithoutWords())
    logging.basicConfig(level=max(numeric, logging.WARNING), handlers=[handler])


class _WithoutWords(logging.Formatter):
    """Which library, how loud and what kind of error: never its message or traceback, which may quote a recipient."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        kind = record.exc_info[0] if record.exc_info else None
        told = {"logger": record.name, "level": record.levelname.lower(), "error": kind.__name__ if kind else None}
        return _JSON.encode(told).decode()


def _as_json(logger: Any, method: str, event: MutableMapping[str, Any]) -> bytes:
    return _JSON.encode(event)


class Watch:
    """Gives each request an identifier of its own, which its answer, its log line and its journal records carry; logs and
    counts it by its route's template: never by what stands in its path or its query. It stands before the router, so that
    this holds for addresses and methods that there are none of, too.
    """

    def __init__(self, app: Any, counts: Counts) -> None:
        self.app = app
        self.counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, and notes what became of it."""
        asked = str(scope.get("method"))
        method = asked if asked in _METHODS else "other"
        started, status, request_id = time.perf_counter(), 500, secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - started
            route = str(scope.get("path_template") or "unknown")
            self.counts.note(method, route, status, seconds)
            _log.info(
                "request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), request_id=request_id
            )
