"""Milestones: dated, rated, explained, and none of the award's left out."""

from datetime import date
from typing import Any

import pytest
from msgspec import structs

from grants.domain.plan import Rag
from grants.domain.return_documents import Documents, MilestoneReport
from tests.importers.checks.documents import CONTEXT, MILESTONES, TODAY, changed, found, told
from tests.importers.making import AWARD, Typed, checked, filled

HEARINGS, REPORT = MILESTONES


def of_report(**columns: Any) -> list[tuple[str, str]]:
    """The problems where the second milestone's cells are others."""
    return found(milestones=[HEARINGS, changed(REPORT, **columns)])


def test_milestones_in_order_are_no_problem() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"C": None}, [("milestone_undated", "Milestones!C7")]),
        ({"C": "soon"}, [("not_a_date", "Milestones!C7")]),
        ({"C": "03/31/2026"}, [("month_first", "Milestones!C7")]),
        ({"C": "20 March 2026"}, []),
        ({"C": date(2025, 10, 9)}, [("forecast_in_past", "Milestones!C7")]),
        ({"C": TODAY}, []),
        ({"C": date(2026, 3, 21)}, [("milestone_unexplained", "Milestones!F7")]),
        ({"C": date(2026, 3, 21), "F": "A witness was ill"}, []),
        ({"D": date(2025, 10, 10), "C": None, "E": None}, []),
        ({"D": date(2025, 10, 11)}, [("not_yet", "Milestones!D7")]),
        ({"D": "done"}, [("not_a_date", "Milestones!D7")]),
        ({"D": date(2025, 10, 1), "C": date(2025, 9, 1)}, []),
        ({"E": None}, [("blank", "Milestones!E7")]),
        ({"E": "Purple"}, [("not_a_rag", "Milestones!E7")]),
        ({"E": "amber"}, []),
        ({"E": "g"}, []),
        ({"E": "RED "}, [("milestone_unexplained", "Milestones!F7")]),
        ({"E": "Red", "F": "No room was found"}, []),
        ({"F": "x" * 2001}, [("too_long", "Milestones!F7")]),
        ({"F": "#REF!"}, [("formula_error", "Milestones!F7")]),
        ({"F": "Witness, DOB 01/02/2003"}, [("may_identify", "Milestones!F7")]),
        ({"A": None}, [("blank", "Milestones!A7")]),
        ({"A": "hearings  BEGIN", "C": date(2025, 12, 1)}, [("milestone_missing", "Milestones"), ("milestone_repeated", "Milestones!A7"), ("milestone_unexplained", "Milestones!F7")]),
    ],
)  # fmt: skip
def test_one_milestone(columns: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert of_report(**columns) == expected


def test_a_late_milestone_that_is_done_is_explained_too() -> None:
    late = changed(HEARINGS, D=date(2025, 9, 16))
    assert found(milestones=[late, REPORT]) == [("milestone_unexplained", "Milestones!F6")]
    assert found(milestones=[changed(late, F="Two days were needed"), REPORT]) == []


def test_the_awards_baseline_counts_whatever_is_typed() -> None:
    moved = changed(REPORT, B=date(2027, 1, 1), C=date(2026, 3, 31))
    assert found(milestones=[HEARINGS, moved]) == [("milestone_unexplained", "Milestones!F7")]


def test_a_milestone_of_ones_own_has_its_own_baseline() -> None:
    own = ("Victims' panel meets", date(2025, 12, 1), date(2025, 12, 2), None, "Amber", None)
    assert found(milestones=[*MILESTONES, own]) == [("milestone_unexplained", "Milestones!F8")]
    assert found(milestones=[*MILESTONES, changed(own, B=None)]) == []


def test_without_an_award_nothing_is_held_against_the_calendar() -> None:
    passed = [HEARINGS, changed(REPORT, C=date(2020, 1, 1))]
    answer = checked(filled(CONTEXT, [Typed()], edit=told(milestones=passed)), None)
    assert answer.problems == ()


def test_what_is_kept_is_what_was_told() -> None:
    answer = checked(filled(CONTEXT, [Typed()], edit=told()), CONTEXT)
    assert answer.documents is not None
    assert answer.documents.milestones == (
        MilestoneReport("Hearings begin", date(2025, 9, 15), None, date(2025, 9, 15), None, "", "C6"),
        MilestoneReport("Final report", date(2026, 3, 20), date(2026, 3, 20), None, Rag.GREEN, "", "C7"),
    )


def test_a_return_with_errors_keeps_nothing() -> None:
    answer = checked(filled(CONTEXT, [Typed(net="lots")], edit=told()), CONTEXT)
    assert answer.documents is None


def test_the_next_template_has_the_dates_that_were_told_and_asks_for_a_rating_anew() -> None:
    before = checked(filled(CONTEXT, [Typed()], edit=told()), CONTEXT).documents
    context = structs.replace(CONTEXT, period="2025-26-Q3", before=before or Documents(), today=date(2026, 1, 5))
    answer = checked(filled(context, [Typed(day=date(2025, 12, 1))]), context)
    assert [(one.code, one.place) for one in answer.problems] == [("blank", "Milestones!E7")]


def test_no_more_than_a_thousand_rows() -> None:
    own = [(f"M {at}", None, None, date(2025, 9, 1), None, None) for at in range(1001)]
    assert found(context=AWARD, milestones=own[:1000]) == []
    assert found(context=AWARD, milestones=own) == [("too_many_rows", "Milestones!A1006")]
