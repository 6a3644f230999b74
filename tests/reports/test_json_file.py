"""JSON files: exact amounts, any text, one object a line, the same bytes again, and no half file."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.errors import Invalid
from grants.domain.money import plain
from grants.domain.schedules import check_formats
from reports.book import Row
from reports.catalogue import offers
from reports.json_file import JsonShape, JsonWriter


def item(row: Row) -> Mapping[str, Any]:
    text, pence = row
    assert isinstance(pence, int)
    return {"text": text, "amount": Decimal(plain(pence))}


SHAPE = JsonShape({"version": "1.4", "about": {"name": "Ünï"}}, "rows", item)


def written(path: Path, *batches: list[tuple[str, int]]) -> bytes:
    with JsonWriter(SHAPE, path) as writer:
        for batch in batches:
            writer.add_rows(batch)
    return path.read_bytes()


@given(
    st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(10**13), 10**13)), max_size=5)
)
def test_any_rows_come_back_exactly_however_they_are_batched(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int]]
) -> None:
    path = tmp_path_factory.mktemp("json") / "a.json"
    content = written(path, rows)
    assert content == written(path, *([row] for row in rows))
    said = json.loads(content, parse_float=Decimal)
    assert said["about"] == {"name": "Ünï"}
    assert [(row["text"], row["amount"] * 100) for row in said["rows"]] == rows
    lines = content.decode().split("\n")
    assert len(lines) == 2 + len(rows) + 3
    assert [json.loads(line.rstrip(","))["text"] for line in lines[3:-2]] == [text for text, _ in rows]


def test_nothing_is_left_where_a_row_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(AssertionError), JsonWriter(SHAPE, tmp_path / "a.json") as writer:
        writer.add_rows([("good", 1), ("bad", "x")])
    assert list(tmp_path.iterdir()) == []


def test_json_is_for_reports_that_offer_it() -> None:
    check_formats(("json", "csv"), offers()["360giving"].formats)
    with pytest.raises(Invalid, match="xlsx, ods, csv"):
        check_formats(("json",), offers()["section-70"].formats)
