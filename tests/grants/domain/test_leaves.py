"""Leaves: the same text for the same record for ever, and nothing in it that tells who or why."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from grants.domain.leaves import COMMITTED, Leaf, LeafEntry, canonical, commitment, instant, leaf_of, read_leaf, text_of

AT = datetime(2025, 11, 3, 9, 30, tzinfo=UTC)
SALT = bytes(range(32))
WORDS: dict[str, bytes | None] = {name: f"the {name}".encode() for name in COMMITTED}
ENTRY = LeafEntry(
    number=812, kind="spend", source="held:LI-OLDHAM-01", target="spent:LI-OLDHAM-01:2025-26", pence=123410,
    budget_kind="rdel_programme", category="staff_pay", year="2025-26", effective_on="2025-09-30", decision_id=None, return_version=7,
    evidence="return/LI-OLDHAM-01/2025-26-Q2/v1#Spend!G17", reverses=None,
)  # fmt: skip


def leaf(**changed: object) -> Leaf:
    made = leaf_of(40, AT, "review_return", "return", SALT, WORDS, (ENTRY,))
    return msgspec.structs.replace(made, **changed)


def test_a_leafs_text_never_changes() -> None:
    """The text of version 1, for ever: who changes it breaks every checkpoint that was signed before."""
    text = text_of(leaf())
    assert hashlib.sha256(text.encode()).hexdigest() == EXPECTED
    assert json.loads(text)["version"] == 1
    assert list(json.loads(text)) == sorted(json.loads(text))


EXPECTED = "af425245894fa1a55c5be69e5aa2cd23c0ab87fa105aecac9a0d649007687f58"


def later(rows: dict[str, str] | None = None) -> Leaf:
    return leaf_of(
        40, AT, "review_return", "return", SALT, WORDS, (ENTRY,), "programme_lead", rows or {"award/LI": "ab"}
    )


def test_a_leaf_of_version_2_never_changes_either_and_says_in_which_role() -> None:
    text = text_of(later())
    assert hashlib.sha256(text.encode()).hexdigest() == EXPECTED_LATER
    said = json.loads(text)
    assert (said["version"], said["role"], said["rows"]) == (2, "programme_lead", {"award/LI": "ab"})
    assert list(said) == sorted(said)
    assert read_leaf(text) == later()


EXPECTED_LATER = "4f1deba0878ac82506d00aa24d4b8663cafbaf436e2a0aa873889772c2d92309"


@pytest.mark.parametrize("name", ["role", "rows", "version"])
def test_a_leaf_has_the_fields_of_its_version(name: str) -> None:
    fewer = json.loads(text_of(later()))
    fewer.pop(name)
    assert read_leaf(json.dumps(fewer, sort_keys=True, separators=(",", ":"))) is None
    for version in (0, 1, 3):
        other = {**json.loads(text_of(later())), "version": version}
        assert read_leaf(json.dumps(other, sort_keys=True, separators=(",", ":"))) is None


@given(st.dictionaries(st.text(max_size=9), st.text("0123456789abcdef", max_size=4), max_size=5))
def test_rows_are_read_as_they_were_written(rows: dict[str, str]) -> None:
    made = later(rows)
    assert read_leaf(text_of(made)) == made


def test_nothing_that_could_be_personal_is_in_a_leaf() -> None:
    text = text_of(leaf())
    for words in WORDS.values():
        assert words is not None
        assert words.decode() not in text


@given(st.binary(max_size=20), st.binary(max_size=20), st.sampled_from(COMMITTED), st.sampled_from(COMMITTED))
def test_a_commitment_binds_its_words_and_its_field(one: bytes, other: bytes, name: str, another: str) -> None:
    assert (commitment(SALT, name, one) == commitment(SALT, another, other)) == ((one, name) == (other, another))
    assert commitment(SALT, name, one) != commitment(bytes(32), name, one)
    assert commitment(SALT, name, None) is None


@given(st.sampled_from([name for name in Leaf.__struct_fields__ if name not in ("role", "rows")]))
def test_what_is_read_is_what_was_written(name: str) -> None:
    made = leaf()
    assert read_leaf(text_of(made)) == made
    fewer = json.loads(text_of(made))
    del fewer[name]
    assert read_leaf(json.dumps(fewer, sort_keys=True, separators=(",", ":"))) is None
    assert read_leaf(json.dumps(json.loads(text_of(made)))) is None
    assert read_leaf(text_of(made)[:-1]) is None
    assert read_leaf(text_of(made).replace("{", '{"also":1,', 1)) is None


def test_a_moment_is_the_same_in_every_zone() -> None:
    assert instant(AT) == instant(AT.astimezone(timezone(timedelta(hours=9)))) == "2025-11-03T09:30:00.000000+00:00"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_however_json_is_written_it_is_committed_to_the_same(value: object) -> None:
    ways = {
        canonical(json.dumps(value)),
        canonical(json.dumps(value, indent=3, sort_keys=True)),
        canonical(json.dumps(value, ensure_ascii=False)),
    }
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert ways == {plain.encode()}
    assert json.loads(plain) == value


@given(JSON, JSON)
def test_different_facts_are_committed_to_differently(one: object, other: object) -> None:
    assume(json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True))
    assert canonical(json.dumps(one)) != canonical(json.dumps(other))


@pytest.mark.parametrize("text", ["1.5", '{"pence": 1e3}', "[NaN]", "Infinity", "1.0"])
def test_a_fact_is_exact(text: str) -> None:
    with pytest.raises(ValueError, match="exact"):
        canonical(text)
