"""Makes payloads from schemas: what fits, what nearly fits, and any JSON at all.

Each field is read for what it says about itself, so a schema that is added needs nothing here. A
kind of field or a check that is not known here fails the suite, lest a schema go untried.
"""

from collections.abc import Iterator
from datetime import UTC
from typing import Any, TypeVar

from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, validate

from chatkit.web.payloads import Payload
from chatkit.web.times import UtcTime

Strategy = st.SearchStrategy[Any]
Check = TypeVar("Check")

# What a body may hold: NUL and halves of surrogate pairs are refused before any schema sees them.
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
TEXT = st.text(LETTERS, max_size=40)
NUMBER = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
SCALAR = st.one_of(st.none(), st.booleans(), NUMBER, TEXT)
JSON = st.recursive(
    SCALAR, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)), max_leaves=8
)


def schemas() -> list[type[Payload]]:
    """Return every payload that a module declares; each application makes one more of its own."""

    def below(parent: type[Payload]) -> Iterator[type[Payload]]:
        for child in parent.__subclasses__():
            yield child
            yield from below(child)

    declared = {schema for schema in below(Payload) if schema.__module__.startswith("chatkit.")}
    return sorted(declared, key=lambda schema: schema.__name__)


def nested(schema: Schema) -> Iterator[type[Schema]]:
    """Yield a schema and all that stand inside it."""
    yield type(schema)
    for field in schema.fields.values():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            yield from nested(inner.schema)


def fitting(schema: Schema) -> Strategy:
    """Return objects that a schema takes, or gives when it is one of answers."""
    made = {name: _fitting(field) for name, field in schema.fields.items()}
    required = {name: values for name, values in made.items() if schema.fields[name].required}
    return st.fixed_dictionaries(required, optional={name: made[name] for name in made.keys() - required.keys()})


def likely(schema: Schema) -> Strategy:
    """Return what fits but for one field, which is odd, too long or missing; or something else entirely."""
    whole = fitting(schema)
    odd = st.one_of(*(_spoiled(whole, name, field) for name, field in schema.fields.items()))
    short = st.builds(_without, whole, st.sampled_from(sorted(schema.fields)))
    return st.one_of(whole, odd, odd, odd, short, JSON)


def _spoiled(whole: Strategy, name: str, field: fields.Field[Any]) -> Strategy:
    return st.builds(_with, whole, st.just(name), st.one_of(_nearly(field), JSON))


def _with(body: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    return body | {name: value}


def _without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


def _fitting(field: fields.Field[Any]) -> Strategy:
    values = _values(field)
    return st.none() | values if field.allow_none else values


def _nearly(field: fields.Field[Any]) -> Strategy:
    """Return values one step over a field's edge, or hardly like it."""
    if isinstance(field, fields.Nested):
        return likely(field.schema)
    if isinstance(field, fields.List):
        most = max((check.equal or check.max or 0 for check in _checks(field, validate.Length)), default=0)
        too_many = _fitting(field.inner).map(lambda value: [value] * (most + 1))
        return st.one_of(st.lists(_nearly(field.inner), max_size=3), too_many)
    if isinstance(field, fields.Integer):
        edges = [edge for check in _checks(field, validate.Range) for edge in (check.min - 1, check.max + 1)]
        return st.one_of(*map(st.just, edges), st.integers().map(str), NUMBER)
    if isinstance(field, fields.Float):
        return st.one_of(st.floats(allow_nan=False, allow_infinity=False).map(str), NUMBER)
    if isinstance(field, fields.String):
        longest = max((check.max or 0 for check in _checks(field, validate.Length)), default=0)
        edges = ["", " ", "\n", "x" * longest, "x" * (longest + 1)]
        return st.one_of(st.sampled_from(edges), _values(field).map(lambda value: value + "\n"))
    return JSON


def _values(field: fields.Field[Any]) -> Strategy:
    match field:
        case UtcTime():
            return st.datetimes(timezones=st.just(UTC))
        case fields.Nested():
            return fitting(field.schema)
        case fields.List():
            least, most = _length(field, 3)
            return st.lists(_fitting(field.inner), min_size=least, max_size=most)
        case fields.Dict():
            return st.dictionaries(TEXT, JSON, max_size=4)
        case fields.Boolean():
            return st.sampled_from(field.metadata.get("enum", [True, False]))
        case fields.Integer():
            [bounds] = _checks(field, validate.Range) or [validate.Range(-(2**53), 2**53)]
            return st.integers(bounds.min, bounds.max)
        case fields.Float():
            [bounds] = _checks(field, validate.Range) or [validate.Range()]
            return st.floats(bounds.min, bounds.max, allow_nan=False, allow_infinity=False)
        case fields.String():
            return _strings(field)
    raise AssertionError(f"no values are known for a {type(field).__name__}")


def _strings(field: fields.String) -> Strategy:
    known = (validate.OneOf, validate.Regexp, validate.Length)
    assert all(isinstance(check, known) for check in field.validators), field
    for choice in _checks(field, validate.OneOf):
        return st.sampled_from(list(choice.choices))
    least, most = _length(field, 40)
    made: Strategy = st.text(LETTERS, min_size=least, max_size=most)
    patterns = _checks(field, validate.Regexp)
    if patterns:
        pattern = field.metadata.get("pattern", patterns[0].regex.pattern)
        made = st.from_regex(str(pattern), alphabet=LETTERS)
    return made.filter(lambda value: _takes(field, value))


def _takes(field: fields.Field[Any], value: Any) -> bool:
    try:
        field.deserialize(value)
    except ValidationError:
        return False
    return True


def _length(field: fields.Field[Any], usual: int) -> tuple[int, int]:
    [check] = _checks(field, validate.Length) or [validate.Length()]
    if check.equal is not None:
        return check.equal, check.equal
    return check.min or 0, min(check.max or usual, usual)


def _checks(field: fields.Field[Any], kind: type[Check]) -> list[Check]:
    return [check for check in field.validators if isinstance(check, kind)]
