"""A register of awards against the awards that there are: new ones and other terms become proposals, the same is left alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import structs

from grants.actions.decisions import Weighed, weigh
from grants.domain.awards import AwardTerms
from grants.domain.decisions import DecisionState, MakeAward, Vary
from grants.domain.errors import TallystickError
from grants.domain.registers import AwardEntry, Outcome, RowResult, place_of_refusal, same_terms
from grants.domain.returns import Problem, Severity
from grants.store import awards, register_loads
from grants.store.awards import AwardRow
from grants.store.ledger import preview
from grants.store.register_loads import Newest
from grants.store.transaction import Tx


@dataclass
class Drafted:
    """What a file comes to: a result for each row, what is to be proposed by row, every problem, and the programmes that it is about.

    `programmes` is empty where a row's could not be told.
    """

    rows: list[RowResult] = field(default_factory=list)
    proposals: dict[int, Weighed] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    programmes: set[str] = field(default_factory=set)


async def draft_awards(tx: Tx, entries: Sequence[AwardEntry]) -> Drafted:
    """Weighs each award of a register. Writes nothing; problems stand at the file's cells."""
    drafted = Drafted()
    references = [entry.reference for entry in entries]
    standing = await awards.several(tx.db, references)
    newest = await register_loads.newest_decisions(tx.db, references)
    for entry in entries:
        there, last = standing.get(entry.reference), newest.get(entry.reference)
        if there is not None:
            drafted.programmes.add(there.programme)
        try:
            result = await _weigh(tx, entry, there, last, drafted)
        except _NotSo as odd:
            drafted.problems.append(_problem(entry, odd.key, odd.code, odd.message))
        except TallystickError as refusal:
            sheet, cell = place_of_refusal(entry, refusal.code)
            drafted.problems.append(Problem(refusal.code, Severity.ERROR, sheet, cell, refusal.message))
        else:
            drafted.rows.append(result)
    if drafted.proposals and not drafted.problems:
        await _all_together(tx, drafted, {entry.row: entry for entry in entries})
    return drafted


class _NotSo(Exception):
    """What a register says of an award that is not so; `key` is the fact."""

    def __init__(self, key: str, code: str, message: str) -> None:
        super().__init__(code)
        self.key, self.code, self.message = key, code, message


def _problem(entry: AwardEntry, key: str, code: str, message: str) -> Problem:
    sheet, _, cell = (entry.cells.get(key) or entry.cells["reference"]).rpartition("!")
    return Problem(code, Severity.ERROR, sheet, cell, message)


async def _weigh(tx: Tx, entry: AwardEntry, there: AwardRow | None, last: Newest | None, drafted: Drafted) -> RowResult:
    terms: MakeAward | Vary
    if there is None:
        terms = MakeAward(entry.reference, entry.funding_line, entry.recipient_id, entry.terms)
        said = "A new award."
    else:
        _check_same(entry, there)
        told = structs.replace(there.terms, **{name: getattr(entry.terms, name) for name in entry.given})
        if same_terms(told, there.terms):
            return _result(entry, Outcome.UNCHANGED, "The award stands with these terms already.")
        terms = Vary(entry.reference, told)
        said = f"Other terms: {', '.join(_changed(there.terms, told))}."
    if last is not None and last.state is not DecisionState.APPROVED:
        if _same(last, terms):
            return _before(entry, last)
        if last.state is DecisionState.PROPOSED:
            waits = f"Decision {last.number} about this award waits for a second person. Have it decided first."
            raise _NotSo("reference", "decision_waits", waits)
    weighed = await weigh(tx, terms)
    drafted.programmes.update(str(scope.programme) for scope in weighed.scopes)
    drafted.proposals[len(drafted.rows)] = weighed
    return _result(entry, Outcome.PROPOSED, said)


def _check_same(entry: AwardEntry, there: AwardRow) -> None:
    """An award stays on its funding line and with its recipient."""
    for key, known in (("funding_line", there.funding_line), ("recipient_id", there.recipient_id)):
        if getattr(entry, key) != known:
            what = key.removesuffix("_id").replace("_", " ")
            said = f"This award's {what} is {known}, and no variation changes that. Type it, or give a new award a reference of its own."
            raise _NotSo(key, f"other_{what.replace(' ', '_')}", said)


def _changed(before: AwardTerms, after: AwardTerms) -> list[str]:
    """The names of the terms that differ, in words."""
    return [
        name.replace("_", " ")
        for name in AwardTerms.__struct_fields__
        if not same_terms(structs.replace(before, **{name: getattr(after, name)}), before)
    ]


def _same(last: Newest, terms: MakeAward | Vary) -> bool:
    if type(last.terms) is not type(terms) or not isinstance(last.terms, MakeAward | Vary):
        return False
    return structs.replace(last.terms, terms=terms.terms) == terms and same_terms(last.terms.terms, terms.terms)


def _before(entry: AwardEntry, last: Newest) -> RowResult:
    if last.state is DecisionState.PROPOSED:
        said, outcome = f"Proposed already: decision {last.number} waits for a second person.", Outcome.WAITING
    else:
        said, outcome = (
            f"Declined as decision {last.number}. Propose it by hand if it is to be after all.",
            Outcome.DECLINED,
        )
    return structs.replace(_result(entry, outcome, said), decision=last.number)


def _result(entry: AwardEntry, outcome: Outcome, message: str) -> RowResult:
    pence = sum(line.pence for line in entry.terms.budget)
    cell = entry.cells["amount"].rpartition("!")[2]
    return RowResult(entry.sheet, entry.row, cell, outcome, message, entry.reference, pence, entry.reference)


async def _all_together(tx: Tx, drafted: Drafted, entries: dict[int, AwardEntry]) -> None:
    """Each could be proposed alone: where the money is not there for all of them, the first that it does not reach is told."""
    places = sorted(drafted.proposals)
    moves = [drafted.proposals[place].effect.moves for place in places]
    reach, fails = 0, len(places) + 1
    refusal: TallystickError | None = None
    middle = len(places)
    while reach + 1 < fails:
        try:
            await preview(tx.db, [move for some in moves[:middle] for move in some])
            reach = middle
        except TallystickError as error:
            refusal, fails = error, middle
        middle = (reach + fails) // 2
    if refusal is not None:
        entry = entries[drafted.rows[places[fails - 1]].row]
        said = f"With the rows above it: {refusal.message}"
        drafted.problems.append(_problem(entry, "amount", refusal.code, said))


def with_decision(drafted: Drafted, place: int, number: int) -> None:
    """Notes the decision that a row was proposed as."""
    row = drafted.rows[place]
    said = f"{row.message} Decision {number} waits for a second person."
    drafted.rows[place] = structs.replace(row, decision=number, message=said)
