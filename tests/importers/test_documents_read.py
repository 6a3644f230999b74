"""Random milestones and assets, typed as people would, are kept exactly; a fault is told at its own cell, and nothing else."""

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from openpyxl import Workbook

from grants.domain.plan import Rag
from tests.importers.checks.documents import BOUGHT, CONTEXT, TODAY, VAN, changed, told
from tests.importers.making import AWARD, FIRST, Typed, checked, filled, places
from tests.importers.test_round_trip import texts, words

START, END = AWARD.award_start, AWARD.award_end
RATINGS = {Rag.GREEN: ["Green", "green ", "G"], Rag.AMBER: ["AMBER", "a"], Rag.RED: ["Red", "\u00a0red"]}


def spoken(day: date) -> st.SearchStrategy[Any]:
    """Ways to type a day."""
    serial = (day - date(1899, 12, 30)).days
    return st.sampled_from([day, f"{day:%d/%m/%Y}", f"{day:%d %B %Y}", f"{day:%d-%b-%y}", serial])


def pounds(pence: int) -> st.SearchStrategy[Any]:
    """Ways to type an amount."""
    return st.sampled_from([pence / 100, f"£{pence / 100:,.2f}", f" {pence / 100:.2f}"])


@st.composite
def milestone(draw: st.DrawFn, number: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A row as it is typed, and what is kept of it."""
    done, baseline = draw(st.booleans()), draw(st.none() | st.dates(START, END))
    day = draw(st.dates(START, TODAY) if done else st.dates(TODAY, END))
    rag, comment, title = draw(st.sampled_from(Rag)), draw(texts), f"{draw(words)} {number}"
    typed = (
        title,
        draw(spoken(baseline)) if baseline else None,
        None if done else draw(spoken(day)),
        draw(spoken(day)) if done else None,
        draw(st.sampled_from(RATINGS[rag])),
        comment,
    )
    kept = {
        "title": title,
        "baseline": baseline,
        "forecast": None if done else day,
        "actual": day if done else None,
        "rag": rag,
        "comment": comment,
    }
    return typed, kept


@st.composite
def asset(draw: st.DrawFn) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A row as it is typed, and what is kept of it."""
    bought, pence = draw(st.dates(START, TODAY)), draw(st.integers(1, 10**9))
    gone, value = draw(st.none() | st.dates(bought, TODAY)), draw(st.integers(0, 10**6))
    reference, description, location, serial = (
        draw(st.just("") | words),
        draw(words),
        draw(words),
        draw(st.just("") | words),
    )
    typed = (
        reference or None,
        description,
        draw(spoken(bought)),
        draw(pounds(pence)),
        location,
        serial or None,
        draw(spoken(gone)) if gone else None,
        draw(pounds(value)) if gone else None,
    )
    kept = {
        "reference": reference,
        "description": description,
        "acquired_on": bought,
        "pence": pence,
        "location": location,
        "serial": serial,
        "disposed_on": gone,
        "disposal_pence": value if gone else None,
    }
    return typed, kept


@st.composite
def rows_of(draw: st.DrawFn, one: st.SearchStrategy[Any]) -> list[Any]:
    """Rows with blank ones between."""
    return [draw(one) if draw(st.integers(0, 3)) else None for _ in range(draw(st.integers(0, 6)))]


@settings(max_examples=20)
@given(st.data())
def test_what_was_typed_is_what_is_kept(data: st.DataObject) -> None:
    milestones = [
        data.draw(milestone(at)) if data.draw(st.integers(0, 3)) else None for at in range(data.draw(st.integers(0, 6)))
    ]
    assets = data.draw(rows_of(asset()))
    edit = told([row[0] if row else () for row in milestones], [row[0] if row else () for row in assets])
    context = structs.replace(CONTEXT, milestones=())
    answer = checked(filled(context, [Typed()], edit=edit), context)
    assert places(answer) == []
    assert answer.documents is not None
    for found, rows, letter in ((answer.documents.milestones, milestones, "C"), (answer.documents.assets, assets, "D")):
        expected = [{**row[1], "cell": f"{letter}{FIRST + at}"} for at, row in enumerate(rows) if row]
        assert [structs.asdict(one) for one in found] == expected


FAULTS = [
    ("Milestones", "C7", "soon", "not_a_date"),
    ("Milestones", "C7", "12/31/2025", "month_first"),
    ("Milestones", "D7", "#VALUE!", "formula_error"),
    ("Milestones", "B7", "last spring", "not_a_date"),
    ("Milestones", "E7", "Blue", "not_a_rag"),
    ("Milestones", "F7", "x" * 2001, "too_long"),
    ("Assets", "A6", "r" * 101, "too_long"),
    ("Assets", "B6", None, "blank"),
    ("Assets", "C6", True, "not_a_date"),
    ("Assets", "D6", "12,5", "not_money"),
    ("Assets", "D6", "€12.00", "not_pounds"),
    ("Assets", "E6", "#N/A", "formula_error"),
    ("Assets", "F6", "s" * 201, "too_long"),
    ("Assets", "G6", "sold", "not_a_date"),
    ("Return", "B14", "maybe", "not_yes_or_no"),
    ("Return", "B13", "both", "not_a_basis"),
]


@settings(max_examples=25)
@given(st.data(), st.integers(0, 4), st.integers(0, 3))
def test_each_fault_is_told_at_its_own_cell_wherever_the_sheet_was_moved(
    data: st.DataObject, above: int, blank: int
) -> None:
    chosen = data.draw(st.lists(st.sampled_from(FAULTS), max_size=4, unique_by=lambda fault: fault[:2]))
    moved = {"Milestones": above, "Assets": blank, "Return": 0}

    def edit(book: Workbook) -> None:
        told(assets=[changed(VAN)])(book)
        for sheet, cell, value, _ in chosen:
            book[sheet][cell] = value
            if isinstance(value, str):
                book[sheet][cell].data_type = "s"
        for name, rows in moved.items():
            if rows:
                book[name].insert_rows(1, rows)

    answer = checked(filled(CONTEXT, [BOUGHT], edit=edit), CONTEXT)
    expected = {(code, f"{sheet}!{cell[0]}{int(cell[1:]) + moved[sheet]}") for sheet, cell, _, code in chosen}
    assert set(places(answer)) == expected
    assert (answer.documents is None) == bool(chosen)


def test_headings_that_are_only_close_are_told() -> None:
    def rename(book: Workbook) -> None:
        told(assets=[VAN])(book)
        book["Milestones"]["C5"], book["Assets"]["E5"] = "Forcast date", "Locaton"

    answer = checked(filled(CONTEXT, [BOUGHT], edit=rename), CONTEXT)
    assert places(answer) == []
    assert {(one.code, one.place) for one in answer.notices} == {
        ("heading_renamed", "Milestones!C5"),
        ("heading_renamed", "Assets!E5"),
    }
