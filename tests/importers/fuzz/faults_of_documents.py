"""Faults of milestones and assets: what is missing, out of order in time, or not explained."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st
from msgspec import structs

from grants.domain.awards import AwardMilestone
from grants.domain.return_documents import Asset
from tests.importers.fuzz.among import among
from tests.importers.fuzz.awards import WORKBOOKS, Wanted
from tests.importers.fuzz.injecting import ASSETS, MILESTONES, Injector, Put, change, pick, rule, table_of
from tests.importers.fuzz.model import Row, Sent

_BOOKS: Final = Wanted(forms=WORKBOOKS, version="2")
ONE: Final = timedelta(days=1)


def _cells(code: str, table: str, key: str, cells: Callable[[Sent], dict[str, Any]], *, tells: bool = True) -> Injector:
    """A row whose cells are others, told at one of them."""

    def put(draw: st.DrawFn, sent: Sent) -> None:
        where = table_of(sent, table)
        row = pick(draw, sent, where.lines)
        change(sent, today=sent.context.today or sent.period.last + 9 * ONE)
        row.cells |= cells(sent)
        sent.expect(code, where, row, key, tells=tells)

    return rule(code, table, put, _BOOKS, about=f"{table}-{key}")


def _today(sent: Sent) -> Any:
    assert sent.context.today
    return sent.context.today


def _open(cells: Callable[[Sent], dict[str, Any]]) -> Callable[[Sent], dict[str, Any]]:
    """Of a milestone that is not done and has been explained."""
    return lambda sent: {"actual": None, "forecast": None, "rag": "Green", "comment": "On its way"} | cells(sent)


def _repeated(draw: st.DrawFn, sent: Sent) -> None:
    table = table_of(sent, MILESTONES)
    row = Row(dict(pick(draw, sent, table.lines).cells))
    row.cells["title"] = row.cells["title"].swapcase()
    table.rows.append(row)
    sent.expect("milestone_repeated", table, row, "title")


def _missing(draw: st.DrawFn, sent: Sent) -> None:
    table = table_of(sent, MILESTONES)
    never = AwardMilestone("Never told of", sent.period.first)
    change(sent, milestones=(*sent.context.milestones, never))
    sent.expect_at("milestone_missing", lambda: (table.name, ""))


def _gone(draw: st.DrawFn, sent: Sent) -> None:
    table = table_of(sent, ASSETS)
    day = sent.context.award_start + timedelta(days=draw(st.integers(0, 9)))
    gone = Asset("G-1", "A printer", day, 77_777_77, "Depot", "", None, None, "")
    change(sent, before=structs.replace(sent.context.before, assets=(*sent.context.before.assets, gone)))
    sent.expect_at("asset_gone", lambda: (table.name, ""))


def _too_many(table: str) -> Put:
    def put(draw: st.DrawFn, sent: Sent) -> None:
        where = table_of(sent, table)
        assume(where.lines)
        spare = 1001 - len(where.lines)
        own = [Row({"title": f"Own {at}", "actual": sent.period.first}) for at in range(spare)]
        bought = {"description": "A chair", "acquired_on": sent.context.award_start, "cost": 9, "location": "Depot"}
        where.rows += own if table == MILESTONES else [Row(dict(bought)) for _ in range(spare)]
        key = "title" if table == MILESTONES else "reference"
        sent.expect_at("too_many_rows", lambda: (where.name, where.cell(where.lines[-1], key)))

    return put


def _late(draw: st.DrawFn, sent: Sent) -> None:
    """A milestone of the recipient's own, done after its own baseline without a word."""
    table = table_of(sent, MILESTONES)
    first = sent.period.first
    row = Row({"title": "Late one", "baseline": first - ONE, "actual": first, "comment": draw(among([None, " "]))})
    table.rows.append(row)
    sent.expect("milestone_unexplained", table, row, "comment")


DOCUMENT_RULES: Final[list[Injector]] = [
    _cells("milestone_undated", MILESTONES, "forecast", _open(lambda sent: {})),
    _cells("forecast_in_past", MILESTONES, "forecast", _open(lambda sent: {"forecast": _today(sent) - ONE})),
    _cells("not_yet", MILESTONES, "actual", lambda sent: {"actual": _today(sent) + ONE, "comment": "Soon"}),
    _cells("blank", MILESTONES, "rag", _open(lambda sent: {"forecast": _today(sent) + ONE, "rag": None})),
    _cells("milestone_unexplained", MILESTONES, "comment", _open(lambda sent: {"forecast": _today(sent), "rag": "Red", "comment": None})),
    rule("milestone_unexplained", MILESTONES, _late, _BOOKS, "late"),
    rule("milestone_repeated", MILESTONES, _repeated, _BOOKS),
    rule("milestone_missing", MILESTONES, _missing, _BOOKS),
    rule("too_many_rows", "milestones assets", _too_many(MILESTONES), _BOOKS, "milestones"),
    rule("too_many_rows", "milestones assets", _too_many(ASSETS), _BOOKS, "assets"),
    rule("asset_gone", ASSETS, _gone, _BOOKS),
    _cells("asset_cost", ASSETS, "cost", lambda sent: {"cost": "(5.00)"}),
    _cells("asset_outside_award", ASSETS, "acquired_on", lambda sent: {"acquired_on": sent.context.award_start - ONE}),
    _cells("not_yet", ASSETS, "disposed_on", lambda sent: {"disposed_on": _today(sent) + ONE, "disposal": 0}),
    _cells("disposal_without_value", ASSETS, "disposal", lambda sent: {"disposed_on": sent.period.last - ONE, "disposal": None}),
    _cells("blank", ASSETS, "disposed_on", lambda sent: {"disposed_on": None, "disposal": 5}),
    _cells("disposal_negative", ASSETS, "disposal", lambda sent: {"disposed_on": sent.period.last - ONE, "disposal": -5}),
    _cells("disposed_before_bought", ASSETS, "disposed_on", lambda sent: {"disposed_on": sent.context.award_start - ONE, "disposal": 0}),
]  # fmt: skip
