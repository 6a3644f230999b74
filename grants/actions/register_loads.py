"""Registers of awards and payment files, loaded by a programme lead: the file kept, exact rows proposed, all else told."""

from collections import Counter
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from msgspec import Struct, to_builtins

from grants.actions.award_registers import Drafted, draft_awards, with_decision
from grants.actions.decisions import approve, put_forward
from grants.actions.listing import Page, decode_number, page
from grants.actions.payment_files import draft_payments
from grants.actions.submissions import Upload
from grants.domain.access import Deed, Scope, narrowed_to, require
from grants.domain.errors import Conflict, NotFound
from grants.domain.periods import london_day, show_day
from grants.domain.registers import LoadState, Outcome, ReadRegister, RegisterKind, RowResult, Told
from grants.domain.returns import Problem, Severity
from grants.store import register_loads as stored
from grants.store.journal import record
from grants.store.register_loads import LoadRow
from grants.store.tables import RegisterLoad
from grants.store.transaction import Tx, View

SUBJECT: Final = "register_load"
NAMES: Final = {RegisterKind.AWARDS: "awards register", RegisterKind.PAYMENTS: "payment file"}


class RegisterLoadView(Struct, frozen=True):
    """A loaded file. With problems it did nothing; else `counts` says how many rows came to what."""

    id: UUID
    number: int
    kind: RegisterKind
    state: LoadState
    filename: str
    sha256: str
    size_bytes: int
    parser_version: str
    problems: list[Problem]
    notices: list[Told]
    counts: dict[str, int]
    loaded_by: str
    loaded_at: datetime
    is_example: bool


class RegisterCheck(Struct, frozen=True):
    """What loading a file would come to now. Nothing was kept."""

    kind: RegisterKind
    problems: list[Problem]
    notices: list[Told]
    rows: list[RowResult]


class RegisterFileView(Struct, frozen=True):
    """A loaded file as it came, and what was wrong in it."""

    filename: str
    sha256: str
    content: bytes
    problems: tuple[Problem, ...]


class ApprovedLoad(Struct, frozen=True):
    """Decisions of a load that have been approved, by number."""

    decisions: list[int]


async def check(tx: Tx, read: ReadRegister) -> RegisterCheck:
    """Says what `load` would do, and writes nothing. Raises NotAllowed."""
    require(tx.actor, Deed.PROPOSE)
    drafted = await _draft(tx, read)
    return RegisterCheck(
        read.kind, _in_order(drafted), list(read.notices), drafted.rows if not drafted.problems else []
    )


async def load(tx: Tx, file: Upload, read: ReadRegister) -> RegisterLoadView:
    """Keeps a file with what it came to, and proposes what its rows ask for: all of it, or nothing where there are problems.

    The same bytes again are the load that they were, where they come to the same. Raises NotAllowed.
    """
    require(tx.actor, Deed.PROPOSE)
    await stored.queue(tx)
    drafted = await _draft(tx, read)
    problems = _in_order(drafted)
    if problems:
        drafted = Drafted()
    earlier = await stored.of_bytes(tx.db, read.kind, file.sha256)
    came_to = Counter(row.outcome.value for row in drafted.rows)
    if (
        earlier is not None
        and (list(earlier.problems), earlier.counts) == (problems, came_to)
        and not drafted.proposals
    ):
        return _view(earlier)
    source = f"From the {NAMES[read.kind]} of {show_day(london_day(tx.now))} (SHA-256 {file.sha256[:16]})"
    rows = {place: drafted.rows[place] for place in drafted.proposals}
    proposed = [
        put_forward(tx, drafted.proposals[place], f"{source}, {row.sheet}!{row.cell}") for place, row in rows.items()
    ]
    await tx.add(*proposed)
    for place, decision in zip(rows, proposed, strict=True):
        with_decision(drafted, place, int(decision.number or 0))
    return await _keep(tx, file, read, drafted, problems)


async def _draft(tx: Tx, read: ReadRegister) -> Drafted:
    if read.kind is RegisterKind.AWARDS:
        drafted = await draft_awards(tx, read.awards)
    else:
        drafted = await draft_payments(tx, read.payments)
    drafted.problems[:0] = read.problems
    return drafted


def _in_order(drafted: Drafted) -> list[Problem]:
    """Problems as a person reads the file: sheet by sheet, down the rows."""
    sheets = list(dict.fromkeys(problem.sheet for problem in drafted.problems))
    return sorted(drafted.problems, key=lambda one: (sheets.index(one.sheet), _row_of(one.cell)))


def _row_of(cell: str) -> int:
    digits = "".join(letter for letter in cell.partition(":")[0] if letter.isdigit())
    return int(digits or 0)


async def _keep(
    tx: Tx, file: Upload, read: ReadRegister, drafted: Drafted, problems: list[Problem]
) -> RegisterLoadView:
    row = RegisterLoad(
        id=uuid4(),
        kind=read.kind.value,
        state=(LoadState.HAS_PROBLEMS if problems else LoadState.TAKEN).value,
        programmes=sorted(drafted.programmes),
        filename=file.filename,
        sha256=file.sha256,
        size_bytes=len(file.content),
        parser_version=read.parser_version,
        problems=to_builtins(problems),
        notices=to_builtins(read.notices),
        loaded_by=tx.actor.id,
        loaded_at=tx.now,
        is_example=tx.actor.is_example,
    )
    await stored.add(tx, row, file.content, drafted.rows)
    kept = await stored.find(tx.db, row.id)
    after = {
        "kind": row.kind,
        "state": row.state,
        "sha256": row.sha256,
        "problems": len(problems),
        "rows": kept.counts,
        "decisions": sorted(one.decision for one in drafted.rows if one.outcome is Outcome.PROPOSED and one.decision),
    }
    await record(tx, Deed.PROPOSE, SUBJECT, str(row.id), after=after)
    return _view(kept)


async def approve_load(tx: Tx, load_id: UUID, reason: str) -> ApprovedLoad:
    """The second person agrees with all that a load proposed and that still waits: all of it, or none.

    Raises NotFound, Conflict `decided` where nothing waits, and as `approve` does for each decision.
    """
    found = await _seen(tx, load_id)
    for programme in found.programmes:
        require(tx.actor, Deed.DECIDE, Scope(programme), sight=Deed.SEE_DECISIONS)
    require(tx.actor, Deed.DECIDE)
    waiting = await stored.proposed_by_load(tx.db, load_id)
    if not waiting:
        raise Conflict("decided", "Nothing that this file proposed waits for a decision.")
    return ApprovedLoad([(await approve(tx, decision, reason)).number for decision in waiting])


async def loads_page(view: View, kind: RegisterKind | None, after: str | None, limit: int) -> Page[RegisterLoadView]:
    """Loads that the actor may see, the newest first."""
    require(view.actor, Deed.SEE_DECISIONS)
    rows = await stored.page_of(view.db, kind, decode_number(after), limit + 1)
    return page([_view(row) for row in rows], limit, lambda one: str(one.number))


async def one_load(view: View, load_id: UUID) -> RegisterLoadView:
    """One load. Raises NotFound."""
    return _view(await _seen(view, load_id))


async def _seen(view: View, load_id: UUID) -> LoadRow:
    """A load that the actor may see: their own, or one that is about programmes of theirs alone. Raises NotFound."""
    require(view.actor, Deed.SEE_DECISIONS)
    found = await stored.find(view.db, load_id)
    over, _ = narrowed_to(view.actor, Deed.SEE_DECISIONS)
    if found.loader != view.actor.id and over is not None and not (found.programmes and found.programmes <= over):
        raise NotFound("register_load", stored.NO_LOAD)
    return found


async def load_rows(
    view: View, load_id: UUID, outcome: Outcome | None, after: str | None, limit: int
) -> Page[RowResult]:
    """What became of the rows of a load, in the file's order. Raises NotFound."""
    await one_load(view, load_id)
    rows = await stored.rows_of(view.db, load_id, outcome, decode_number(after), limit + 1)
    cut = page(rows, limit, lambda one: str(one[0]))
    return Page([row for _, row in cut.items], cut.next)


async def loaded_file(view: View, load_id: UUID) -> RegisterFileView:
    """The file of a load as it came, with its problems; rows that were not matched count as such. Raises NotFound."""
    found = await one_load(view, load_id)
    content = await stored.content(view.db, load_id)
    unmatched = [
        Problem(row.outcome.value, Severity.WARNING, row.sheet, row.cell, row.message)
        for row in await stored.unmatched(view.db, load_id)
    ]
    return RegisterFileView(found.filename, found.sha256, content, (*found.problems, *unmatched))


def _view(row: LoadRow) -> RegisterLoadView:
    return RegisterLoadView(
        **{
            **{name: getattr(row, name) for name in RegisterLoadView.__struct_fields__},
            "problems": list(row.problems),
            "notices": list(row.notices),
        }
    )
