"""The ledger and the journal. Triggers, in the migrations, number them and refuse every change."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary
from sqlmodel import Field, SQLModel

from grants.domain.awards import CostCategory
from grants.domain.ledger import PAIRS, AccountKind, MoveKind
from grants.domain.money import MAX_PENCE
from grants.domain.plan import BudgetKind
from grants.store.tables.columns import document, holds, instant, link, one_of, whole, words


def _allowed_moves() -> str:
    """The domain's table of moves, as a condition on an entry's kind and accounts; a reversal goes the other way."""
    rows = sorted(f"'{kind} {source} {target}'" for kind, pairs in PAIRS.items() for source, target in pairs)
    ends = "CASE WHEN reverses IS NULL THEN {0} || ' ' || {1} ELSE {1} || ' ' || {0} END"
    ends = ends.format("split_part(source, ':', 1)", "split_part(target, ':', 1)")
    return f"kind || ' ' || ({ends}) IN ({', '.join(rows)})"


_OWNER = "[A-Z0-9][A-Z0-9-]{1,39}"
_YEAR = "[0-9]{4}-[0-9]{2}"
_NAME = f"^(source|returned|held:{_OWNER}|(line|award|spent):{_OWNER}:{_YEAR})$"


def _years_kept() -> str:
    """Money moves within one year, or is carried forward within one line into the next; a reversal goes the other way."""
    return f"CASE WHEN reverses IS NULL THEN {_year_kept('source', 'target')} ELSE {_year_kept('target', 'source')} END"


def _year_kept(first: str, second: str) -> str:
    owner, start = f"split_part({first}, ':', 2)", f"split_part({first}, ':', 3)"
    other, end = f"split_part({second}, ':', 2)", f"split_part({second}, ':', 3)"
    following = f"{owner} = {other} AND left({end}, 4)::int = left({start}, 4)::int + 1"
    same = f"{start} = '' OR {end} = '' OR {start} = {end}"
    return f"year = coalesce(nullif({start}, ''), {end}) AND CASE kind WHEN 'carry_forward' THEN {following} ELSE {same} END"


_ONE_AWARD = (
    "split_part(source, ':', 1) NOT IN ('award', 'held', 'spent') OR split_part(target, ':', 1) NOT IN ('award', 'held', 'spent') "
    "OR split_part(source, ':', 2) = split_part(target, ':', 2)"
)


class LedgerHead(SQLModel, table=True):
    """One row: the number of the newest entry. Its lock is the queue into the ledger."""

    __tablename__ = "ledger_head"
    __table_args__ = (holds("one_row", "single"),)

    single: bool = Field(default=True, primary_key=True)
    last_no: int = whole()


class Entry(SQLModel, table=True):
    """A movement of money between two accounts."""

    __tablename__ = "entry"
    __table_args__ = (
        one_of("kind", MoveKind),
        one_of("budget_kind", BudgetKind),
        one_of("category", CostCategory),
        holds("amount_in_range", f"pence BETWEEN 1 AND {MAX_PENCE}"),
        holds("accounts_named", f"source ~ '{_NAME}' AND target ~ '{_NAME}'"),
        holds("years_kept", _years_kept()),
        holds("one_award", _ONE_AWARD),
        holds("move_allowed", _allowed_moves()),
        holds("two_accounts", "source <> target"),
        holds("one_cause", "(decision_id IS NULL) <> (return_version IS NULL)"),
        holds("spend_has_category", "(kind = 'spend') = (category IS NOT NULL)"),
        Index("ix_entry_source", "source"),
        Index("ix_entry_target", "target"),
    )

    number: int = whole(key=True)
    kind: str = words()
    source: str = words()
    target: str = words()
    pence: int = whole()
    budget_kind: str = words()
    category: str | None = words(null=True)
    year: str = words()
    effective_on: date
    recorded_at: datetime = instant()
    decision_id: UUID | None = link("decision.id", null=True, index=True)
    return_version: int | None = whole(null=True, to="return_version.id", index=True)
    evidence: str = words()
    reverses: int | None = whole(null=True, to="entry.number", unique=True)
    journal_no: int = whole(to="journal.number", at_end=True, index=True)


class Position(SQLModel, table=True):
    """An account as the newest entry left it, of one budget kind.

    `funded_pence` is what has come in from upstream, less what went back there: allocated for a line, awarded for an
    award, paid for `held`. The entries' own trigger keeps both figures.
    """

    __tablename__ = "position"
    __table_args__ = (
        one_of("kind", AccountKind),
        holds("within_limit", "kind IN ('source', 'held') OR balance_pence >= 0"),
    )

    account: str = words(key=True)
    budget_kind: str = words(key=True)
    kind: str = words()
    owner: str = words(index=True)
    year: str = words()
    balance_pence: int = whole()
    funded_pence: int = whole()


class AwardCover(SQLModel, table=True):
    """What an award is worth and what is accounted for, over all its years: never more than was awarded."""

    __tablename__ = "award_cover"
    __table_args__ = (holds("spent_within_awarded", "spent_pence <= awarded_pence"),)

    award: str = words(key=True)
    budget_kind: str = words(key=True)
    awarded_pence: int = whole()
    spent_pence: int = whole()


class Forecast(SQLModel, table=True):
    """The outturn that an award expected for a year when a return was accepted; NULL where a reopening or a withdrawal took it back."""

    __tablename__ = "forecast"
    __table_args__ = (Index("ix_forecast_award", "award", "year", "budget_kind", "journal_no"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger(), Identity(always=True), primary_key=True))
    award: str = words(to="award.reference")
    year: str = words()
    budget_kind: str = words()
    return_version: int = whole(to="return_version.id")
    period: str = words()
    rest_pence: int | None = whole(null=True)
    journal_no: int = whole(to="journal.number", at_end=True)


class JournalHead(SQLModel, table=True):
    """One row: the number of the newest record."""

    __tablename__ = "journal_head"
    __table_args__ = (holds("one_row", "single"),)

    single: bool = Field(default=True, primary_key=True)
    last_no: int = whole()


class JournalRecord(SQLModel, table=True):
    """Who did what, in which role, when, on what, and how it was before and after.

    `leaf` is what is committed to (see grants.domain.leaves), with `salt` hiding what could be personal in it. `tree` is
    kept by the table's own trigger: the hashes of the whole subtrees that end with this record, smallest first.
    """

    __tablename__ = "journal"
    __table_args__ = (Index("ix_journal_subject", "subject_kind", "subject"),)

    number: int = whole(key=True)
    at: datetime = instant()
    person_id: UUID = link("person.id", index=True)
    deed: str = words()
    subject_kind: str = words()
    subject: str = words()
    before: dict[str, Any] | None = document(null=True)
    after: dict[str, Any] | None = document(null=True)
    reason: str | None = words(null=True)
    request_id: str = words()
    salt: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    leaf: str = words()
    tree: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    role: str | None = words(null=True)
