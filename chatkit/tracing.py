"""OpenTelemetry traces: what a request spends its time on, sent to a collector where one is configured.

Without OTEL_EXPORTER_OTLP_ENDPOINT nothing of OpenTelemetry is imported, and a span costs a look into a dictionary.
A span holds names, numbers, statements without their parameters and the request's id; nothing that a reader wrote,
no address, and of an exception its type alone. A trace begins here, whatever headers a reader sends.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app
from sqlalchemy import Engine, event

from chatkit.config import Settings
from chatkit.version import VERSION

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

EXTENSION = "chatkit_tracer"
# A collector that does not answer must not hold up the end of a worker.
EXPORT_SECONDS = 2

Attribute = str | int | float | bool


def init_app(app: Flask, engine: Engine) -> None:
    """Send the spans of an application and of its statements, if a collector is configured."""
    settings: Settings = app.config["CHATKIT"]
    if settings.otel_exporter_otlp_endpoint is None:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(f"{settings.otel_exporter_otlp_endpoint}/v1/traces", timeout=EXPORT_SECONDS)
    provider = TracerProvider(resource=Resource({"service.name": "chatkit", "service.version": VERSION}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    app.extensions["chatkit_tracer_provider"] = provider
    app.extensions[EXTENSION] = provider.get_tracer("chatkit", VERSION)
    _trace_statements(engine, app.extensions[EXTENSION])


def span(name: str, **attributes: Attribute) -> AbstractContextManager[object]:
    """Return what makes its block a span of the current application's trace."""
    tracer: Tracer | None = current_app.extensions.get(EXTENSION)
    return nullcontext() if tracer is None else _span(tracer, name, attributes)


def statement_span(sql: str) -> AbstractContextManager[object]:
    """Return what makes its block the span of a statement that bypasses SQLAlchemy."""
    tracer: Tracer | None = current_app.extensions.get(EXTENSION)
    return nullcontext() if tracer is None else _span(tracer, _verb(sql), {"db.query.text": sql})


@contextmanager
def _span(tracer: "Tracer", name: str, attributes: dict[str, Attribute]) -> Iterator[None]:
    # Not the exception itself: its words may be a reader's.
    with tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as begun:
        try:
            yield
        except BaseException as error:
            begun.set_attribute("error.type", type(error).__name__)
            raise


def start(app: Flask, name: str) -> "Span | None":
    """Start a span that its caller ends with ``end``, a child of the current one; None where nothing is traced."""
    tracer: Tracer | None = app.extensions.get(EXTENSION)
    return None if tracer is None else tracer.start_span(name)


def end(begun: "Span | None", name: str = "", attributes: Mapping[str, Attribute] = MappingProxyType({})) -> None:
    """End a span, under another name when one is given."""
    if begun is not None:
        begun.set_attributes(attributes)
        if name:
            begun.update_name(name)
        begun.end()


def enter(begun: "Span | None") -> Any:
    """Let what follows in this thread be part of a span; return what ``leave`` takes."""
    if begun is None:
        return None
    from opentelemetry import context, trace

    return context.attach(trace.set_span_in_context(begun))


def leave(token: Any) -> None:
    """Let what follows in this thread be part of no span."""
    if token is not None:
        from opentelemetry import context

        context.detach(token)


def current() -> "Context | None":
    """Return what another thread continues with, None where nothing is traced."""
    if EXTENSION not in current_app.extensions:
        return None
    from opentelemetry import context

    return context.get_current()


def proceed(parent: "Context | None") -> None:
    """Let the current task, for as long as it runs, be part of the trace in which it was begun."""
    if parent is not None:
        from opentelemetry import context

        context.attach(parent)


def _trace_statements(engine: Engine, tracer: "Tracer") -> None:
    from opentelemetry import trace

    def begin(connection: Any, cursor: object, statement: str, parameters: object, execution: Any, many: bool) -> None:
        # Of the work in the background each look for something to do would be a trace of its own.
        if trace.get_current_span().get_span_context().is_valid:
            begun = tracer.start_span(_verb(statement), attributes={"db.query.text": statement})
            connection.info["chatkit_span"] = begun

    def finish(connection: Any, *executed: object) -> None:
        end(connection.info.pop("chatkit_span", None))

    def fail(failure: Any) -> None:
        if failure.connection is not None:
            error = type(failure.original_exception).__name__
            end(failure.connection.info.pop("chatkit_span", None), attributes={"error.type": error})

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", finish)
    event.listen(engine, "handle_error", fail)


def _verb(sql: str) -> str:
    return sql.split(maxsplit=1)[0].upper()
