"""The tables that stand on the pages of funding lines, awards and recipients: awards, decisions and the ledger's entries."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from grants.actions.decision_list import DecisionLine
from grants.actions.entry_list import EntryLine
from grants.domain.ledger import MoveKind
from grants.domain.plan import BudgetKind
from grants.pages.account_words import account_words, move_words
from grants.pages.tables import Choices, Column, Kind, TableSpec
from grants.web.pages.award_list import AWARDS
from grants.web.pages.decision_words import STATES, address_of, amount_words, kind_title

_KINDS: Final = Choices((kind.value, move_words(kind.value)) for kind in MoveKind)


def _awards_but(*left_out: str) -> TableSpec:
    """The table of awards on the page of what they have in common, which it does not say of each."""
    columns = (replace(column, filter=None) for column in AWARDS.columns if column.key not in left_out)
    return replace(AWARDS, columns=tuple(columns), search=(), prefixed=True, rows_a_page=10)


AWARDS_OF_LINE: Final = _awards_but("funding_line", "line_title")
AWARDS_OF_RECIPIENT: Final = _awards_but("recipient_name", "recipient_id")


def _cause(entry: EntryLine) -> str:
    return "Decision" if entry.decision_id else "Return"


def _cause_address(entry: EntryLine) -> str | None:
    return f"/decisions/{entry.decision_id}" if entry.decision_id else f"/returns/{entry.return_id}"


def _what(entry: EntryLine) -> str:
    return move_words(entry.kind) + (f", undoes entry {entry.reverses}" if entry.reverses else "")


_ENTRIES: Final = TableSpec(
    "entries",
    "Entries in the ledger",
    (
        Column(
            "number",
            "Entry",
            Kind.NUMBER,
            href=lambda entry: f"/figures/entry:{entry.number}@{entry.number}",
        ),
        Column("effective_on", "Takes effect", Kind.DAY),
        Column("kind", "What", words=_what, filter=_KINDS),
        Column(
            "source",
            "From",
            href=lambda entry: address_of(entry.source),
        ),
        Column(
            "target",
            "To",
            href=lambda entry: address_of(entry.target),
        ),
        Column("pence", "Amount", Kind.PENCE),
        Column("budget_kind", "Budget kind", words=lambda entry: BudgetKind(entry.budget_kind).label),
        Column("category", "Cost category", on_page=False),
        Column("year", "Financial year", Kind.PERIOD, on_page=False),
        Column("recorded_at", "Recorded", Kind.MOMENT, on_page=False),
        Column("reverses", "Undoes entry", Kind.NUMBER, on_page=False),
        Column("decision_id", "Because of", sortable=False, words=_cause, href=_cause_address, in_file=False),
        Column("evidence", "Evidence", on_page=False),
    ),
    sort="-number",
    empty="No money has moved here yet. Money moves when a decision is approved, or a return accepted.",
    prefixed=True,
    rows_a_page=10,
)


def entries_of(lines: Mapping[str, str]) -> TableSpec:
    """The table of entries, with the titles of funding lines by code."""
    words = {
        "source": lambda entry: account_words(entry.source, lines),
        "target": lambda entry: account_words(entry.target, lines),
    }
    return replace(
        _ENTRIES, columns=tuple(replace(each, words=words.get(each.key, each.words)) for each in _ENTRIES.columns)
    )


def _title(line: DecisionLine) -> str:
    return kind_title(line.kind)


DECISIONS_HERE: Final = TableSpec(
    "decisions",
    "Decisions",
    (
        Column("kind", "Decision", words=_title, href=lambda line: f"/decisions/{line.id}"),
        Column("number", "Number", Kind.NUMBER, on_page=False),
        Column("pence", "Amount", Kind.PENCE, words=amount_words, empty="None"),
        Column("state", "State", Kind.TAG, tags=STATES),
        Column("proposed_by", "Proposed by"),
        Column("proposed_at", "Proposed", Kind.MOMENT),
        Column("decided_by", "Decided by", empty="Nobody yet"),
        Column("place", "Place", Kind.NUMBER, on_page=False, in_file=False),
    ),
    sort="place",
    empty="Nobody has proposed anything here yet.",
    prefixed=True,
    rows_a_page=10,
)
