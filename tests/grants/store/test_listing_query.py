"""PostgreSQL's page of a list and the page of the same rows at hand are one; nothing that is typed gets into a text of SQL."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.pages.rows_at_hand import listed_at_hand, text_of
from grants.store.listing_query import Listed, ListQuery, Wanted, listed
from tests.database import DatabaseServer

THINGS = ListQuery(
    "SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS t(name text, kind text, note text, pence bigint, day date, ready boolean)",
    words=frozenset({"name", "kind", "note"}),
    values=frozenset({"pence", "day", "ready"}),
    unique="name",
    nullable=frozenset({"note", "pence", "day"}),
)
COLUMNS = sorted(THINGS.words | THINGS.values)
# What LIKE, SQL, collations and case do something of their own with, among what people type.
TEXTS = st.text(st.sampled_from("aAbZ1%_\\'\"; éÉİ\u2028😀"), max_size=3)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": TEXTS,
            "kind": st.sampled_from(["red", "Amber", "green"]),
            "note": st.none() | TEXTS,
            "pence": st.none() | st.integers(-3, 3) | st.integers(-(10**12), 10**12),
            "day": st.none() | st.dates(date(2025, 1, 1), date(2025, 1, 5)),
            "ready": st.booleans(),
        }
    ),
    unique_by=lambda row: row["name"],
    max_size=30,
)


@dataclass
class Asking:
    """A connection, and the loop that it lives in."""

    runner: asyncio.Runner
    db: Any

    def page(self, rows: list[dict[str, Any]], wanted: Wanted) -> Listed[dict[str, Any]]:
        """PostgreSQL's page of the rows."""
        found = self.runner.run(listed(self.db, THINGS, wanted, [json.dumps(rows, default=str)]))
        return found.with_rows({name: row[name] for name in COLUMNS} for row in found.rows)


@pytest.fixture(scope="module")
def asking(database_server: DatabaseServer) -> Iterator[Asking]:
    """A connection for the module: its query brings its rows along."""
    with asyncio.Runner() as runner:
        db = runner.run(asyncpg.connect(database_server.admin_dsn))
        yield Asking(runner, db)
        runner.run(db.close())


@st.composite
def wanted_of(draw: st.DrawFn, rows: list[dict[str, Any]]) -> Wanted:
    """What somebody may want of the rows; often what some of them have."""
    held = [text for row in rows for key in COLUMNS if (text := text_of(row[key])) is not None]
    values = TEXTS | st.sampled_from(held) if held else TEXTS
    return Wanted(
        sort=draw(st.sampled_from(COLUMNS)),
        descending=draw(st.booleans()),
        equals=draw(st.dictionaries(st.sampled_from(COLUMNS), values, max_size=1)),
        contains=draw(st.dictionaries(st.sampled_from(COLUMNS), values, max_size=1)),
        search=draw(st.just("") | values),
        searched=tuple(draw(st.lists(st.sampled_from(COLUMNS), max_size=3))),
        page=draw(st.integers(1, 5) | st.just(10**9)),
        rows=draw(st.integers(1, 8)),
        counted=draw(st.sampled_from([5, 10_000])),
    )


@settings(max_examples=150)
@given(data=st.data(), rows=ROWS)
def test_a_page_is_the_same_from_postgresql_and_from_rows_at_hand(
    asking: Asking, data: st.DataObject, rows: list[dict[str, Any]]
) -> None:
    wanted = data.draw(wanted_of(rows))
    ours = listed_at_hand(rows, wanted, THINGS.unique)
    assert asking.page(rows, wanted) == ours.with_rows({name: row[name] for name in COLUMNS} for row in ours.rows)


@given(data=st.data(), rows=ROWS)
def test_pages_one_after_another_are_the_list_once(data: st.DataObject, rows: list[dict[str, Any]]) -> None:
    wanted = data.draw(wanted_of(rows))
    pages: list[dict[str, Any]] = []
    number = 1
    while True:
        page = listed_at_hand(rows, Wanted(wanted.sort, wanted.descending, page=number, rows=wanted.rows), "name")
        pages += page.rows
        if number == page.pages:
            break
        number += 1
    assert sorted(row["name"] for row in pages) == sorted(row["name"] for row in rows)
    assert page.total == len(rows)


@pytest.mark.parametrize("typed", ["a_b", "A%B", r"a\b", "É", "'; --", '"'])
def test_what_is_typed_is_looked_for_as_it_is(asking: Asking, typed: str) -> None:
    names = ["a_b", "a%b", r"a\b", "axb", "É", "é", "it's'; --", 'so "called"']
    rows = [{"name": name, "kind": "red", "ready": True, "note": None, "pence": None, "day": None} for name in names]
    for wanted in (Wanted("name", search=typed, searched=("note", "name")), Wanted("name", contains={"name": typed})):
        assert [row["name"] for row in asking.page(rows, wanted).rows] == [
            name for name in names if typed.replace("A", "a").replace("B", "b") in name
        ]


def test_texts_stand_in_one_order_on_any_machine(asking: Asking) -> None:
    names = ["a", "A", "a1", "B", "b", "Z", "É1", "É3", "é2"]
    rows = [{"name": name, "kind": name, "ready": True, "note": None, "pence": None, "day": None} for name in names]
    found = asking.page(rows, Wanted("kind"))
    assert [row["name"] for row in found.rows] == ["A", "a", "a1", "B", "b", "Z", "É1", "É3", "é2"]


@pytest.mark.parametrize("key", ['name"; DROP TABLE award; --', "name DESC", "1", "", "NAME", "rows_in_all"])
def test_only_columns_of_the_list_get_into_the_text(asking: Asking, key: str) -> None:
    for wanted in (
        Wanted(key),
        Wanted("name", equals={key: "a"}),
        Wanted("name", contains={key: "a"}),
        Wanted("name", search="a", searched=(key,)),
    ):
        with pytest.raises(ValueError, match="no column of this list"):
            asking.page([], wanted)


def test_a_query_with_columns_that_are_no_plain_words_is_refused() -> None:
    for names in ({'a"b'}, {"a b"}, {"naïve"}):
        with pytest.raises(ValueError, match="plain words"):
            ListQuery("SELECT 1", words=frozenset(names), values=frozenset(), unique=min(names))
    with pytest.raises(ValueError, match="unique"):
        ListQuery("SELECT 1", words=frozenset({"a"}), values=frozenset(), unique="b")


def test_what_is_counted_ends_somewhere(asking: Asking) -> None:
    rows = [{"name": f"{number:03d}", "kind": "red", "ready": True, "note": None} for number in range(30)]
    rows = [{**row, "pence": None, "day": None} for row in rows]
    found = asking.page(rows, Wanted("name", rows=4, counted=10, page=99))
    assert (found.total, found.is_more, found.pages, found.page, found.first) == (10, True, 3, 3, 9)
    assert [row["name"] for row in found.rows] == ["008", "009"]


def test_an_empty_page_says_whether_there_is_anything_at_all(asking: Asking) -> None:
    row = {"name": "a", "kind": "red", "ready": True, "note": None, "pence": None, "day": None}
    nothing = Wanted("name", search="zz", searched=("name",))
    assert not asking.page([row], nothing).is_bare
    assert asking.page([], nothing).is_bare
    assert asking.page([], Wanted("name")).is_bare
