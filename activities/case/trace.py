"""Which trace what is done now belongs to, where traces are kept; nothing is decided by it."""

from contextvars import ContextVar

TRACE: ContextVar[str] = ContextVar("accord-trace", default="")
"""The place in a trace, as W3C's ``traceparent``; empty: of none."""
