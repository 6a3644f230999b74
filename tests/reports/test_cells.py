"""Rows look the same whatever rows they are written beside: what is decided for a column together holds for each cell."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reports.book import Column, Kind
from reports.cells import WHOLE_LIMIT, RowEncoder

_PARTS = (
    "a",
    "INV-1",
    " ",
    "|",
    "\n",
    "\r",
    "\t",
    "=",
    "+",
    "-",
    "@",
    "&",
    "<",
    ">",
    "_x0041_",
    "%s",
    "é",
    "\x02",
    "x" * 99,
)
_TEXTS = st.lists(st.sampled_from(_PARTS), max_size=4).map("".join)
_COLUMNS = {
    Kind.TEXT: st.none() | _TEXTS,
    Kind.LINK: _TEXTS,
    Kind.PENCE: st.none() | st.integers(1 - WHOLE_LIMIT, WHOLE_LIMIT - 1),
    Kind.WHOLE: st.integers(-200, 200),
    Kind.DATE: st.none() | st.dates(date(1890, 1, 1), date(2040, 1, 1)),
}


def _written(rows: Sequence[tuple[Any, ...]], first: int) -> str:
    columns = [Column(key=kind.value, heading=kind.value, kind=kind) for kind in _COLUMNS]
    return RowEncoder(columns, [20.0] * len(columns)).encode(rows, first)


@given(st.lists(st.tuples(*_COLUMNS.values()), min_size=2, max_size=6), st.integers(1, 10**6))
def test_a_row_is_the_same_beside_any_others(rows: list[tuple[Any, ...]], first: int) -> None:
    alone = [_written([row], number) for number, row in enumerate(rows, first)]
    assert _written(rows, first) == "".join(alone)


@given(st.integers(1 - WHOLE_LIMIT, WHOLE_LIMIT - 1))
def test_pence_are_pounds_to_the_penny(pence: int) -> None:
    written = RowEncoder([Column(key="k", heading="k", kind=Kind.PENCE)], [20.0]).encode([(pence,)], 1)
    assert f"<v>{'-' * (pence < 0)}{abs(pence) // 100}.{abs(pence) % 100:02d}</v>" in written
