"""The schemas: what they accept goes through unchanged, what they refuse is refused in words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from chatkit.analytics.schemas import EventSchema
from chatkit.auth.schemas import EmailSchema, MigrateSchema, SignupSchema, TokenSchema
from chatkit.chat.schemas import QuestionSchema, RenameSchema, SavedListSchema, SaveSchema
from chatkit.personalize.schemas import PersonalizeSchema
from chatkit.times import utc_text

WORDS = st.text("abc xyzäß🍕", min_size=1, max_size=20).filter(str.strip)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
NUMBER = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
SCALAR = st.one_of(st.none(), st.booleans(), NUMBER, TEXT)
JSON = st.recursive(
    SCALAR, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)), max_leaves=8
)
UUID4 = st.uuids(version=4).map(str)
EMAIL = st.one_of(
    st.emails(), st.from_regex(r"[A-Za-z0-9.+_-]{1,20}@[A-Za-z0-9-]{1,15}\.[a-zA-Z]{2,6}", fullmatch=True)
)


def _likely(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return objects that mostly fit: each field good or odd or missing, and now and then one more."""
    mixed = {name: st.one_of(good, good, good, JSON) for name, good in fields.items()}
    return st.one_of(
        st.fixed_dictionaries({}, optional=mixed), st.fixed_dictionaries(fields, optional={"unknown": JSON}), JSON
    )


def _mostly(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return objects inside objects: if each level were odd now and then, hardly a whole would fit."""
    good = st.fixed_dictionaries(fields)
    return st.one_of(good, good, good, good, good, good, _likely(**fields))


SOURCE = _mostly(
    id=TEXT,
    title=TEXT,
    url=st.sampled_from(["/a", "#b", "https://c.example/"]),
    excerpt=TEXT,
    score=st.floats(0, 1),
)
MESSAGE = _mostly(role=st.sampled_from(["user", "assistant"]), content=WORDS, sources=st.lists(SOURCE, max_size=3))
CONTEXT = _mostly(
    mode=st.sampled_from(["browse", "chat"]),
    session_id=UUID4,
    selected_text=st.none() | TEXT,
    page_url=st.none() | TEXT,
)
PREFERENCES = _mostly(
    topics=st.lists(TEXT, max_size=4), level=st.sampled_from(["beginner", "intermediate", "advanced", None])
)
CASES: list[tuple[type[Schema], st.SearchStrategy[Any]]] = [
    (
        SignupSchema,
        _likely(
            email=EMAIL,
            consent_data_storage=st.just(True),
            migrate_session=st.none() | UUID4,
            return_to=st.sampled_from([None, "http://localhost:3000/", "https://a.example/b?c#d"]),
        ),
    ),
    (EmailSchema, _likely(email=EMAIL)),
    (TokenSchema, _likely(token=TEXT)),
    (MigrateSchema, _likely(anon_id=UUID4)),
    (QuestionSchema, _likely(message=WORDS, context=CONTEXT, tier=st.none() | TEXT)),
    (SaveSchema, _likely(messages=st.lists(MESSAGE, min_size=1, max_size=3), title=st.none() | WORDS)),
    (RenameSchema, _likely(title=WORDS)),
    (SavedListSchema, _likely(cursor=st.integers(1, 10**9).map(str))),
    (PersonalizeSchema, _likely(preferences=st.none() | PREFERENCES)),
    (
        EventSchema,
        _likely(
            event_type=st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True),
            event_data=st.dictionaries(TEXT, JSON, max_size=4),
        ),
    ),
]
IDS = [schema.__name__ for schema, _ in CASES]


@pytest.mark.parametrize(("schema", "bodies"), CASES, ids=IDS)
def test_what_a_schema_accepts_it_accepts_again_unchanged(schema: type[Schema], bodies: st.SearchStrategy[Any]) -> None:
    accepted = 0

    @given(bodies)
    def check(body: Any) -> None:
        nonlocal accepted
        try:
            loaded = schema().load(body)
        except ValidationError:
            return
        accepted += 1
        assert schema().load(json.loads(json.dumps(loaded))) == loaded

    check()
    assert accepted > 0


@pytest.mark.parametrize(("schema", "bodies"), CASES, ids=IDS)
def test_a_key_nobody_knows_is_ignored(schema: type[Schema], bodies: st.SearchStrategy[Any]) -> None:
    @given(bodies.filter(lambda body: isinstance(body, dict) and "unknown" not in body), JSON)
    def check(body: Any, value: Any) -> None:
        def load(data: Any) -> Any:
            try:
                return schema().load(data)
            except ValidationError as refused:
                return refused.messages

        assert load(body | {"unknown": value}) == load(body)

    check()


@given(st.datetimes(timezones=st.timezones()))
def test_a_time_goes_out_in_utc_and_means_the_same(time: Any) -> None:
    text = utc_text(time)
    assert text.endswith("Z")
    assert abs(type(time).fromisoformat(text) - time).total_seconds() == 0
