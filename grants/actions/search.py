"""The search across awards, recipients and references: of everything only what the actor may see, and may open."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from grants.domain.access import Actor, Deed, may, narrowed_to, require
from grants.store import plan
from grants.store import searching as stored
from grants.store.searching import (
    FoundAward,
    FoundDecision,
    FoundEntry,
    FoundLine,
    FoundNamed,
    FoundReturn,
)
from grants.store.transaction import Gate, View

SHORTEST: Final = 2
LONGEST: Final = 100
_DIGITS_MAX: Final = 18


class Hits(Struct, frozen=True):
    """What was found, by kind, at most ten of each and one more where there are more.

    `line_titles` are the titles of funding lines by code, where entries were found that may name them.
    """

    awards: list[FoundAward] = []
    recipients: list[FoundNamed] = []
    funding_lines: list[FoundNamed] = []
    returns: list[FoundReturn] = []
    decisions: list[FoundDecision] = []
    entries: list[FoundEntry] = []
    lines: list[FoundLine] = []
    line_titles: dict[str, str] = {}

    @property
    def number(self) -> int:
        """How many hits are shown."""
        kinds: Sequence[Sequence[object]] = (
            self.awards,
            self.recipients,
            self.funding_lines,
            self.returns,
            self.decisions,
            self.entries,
            self.lines,
        )
        return sum(min(len(kind), stored.MOST) for kind in kinds)


async def search(view: View, text: str) -> Hits:
    """All that has the text in its name or number; lines of spend by their exact reference alone. Raises NotAllowed."""
    require(view.actor, Deed.SEE_AWARD)
    number = number_in(text)
    # A number of one digit is a decision's or an entry's; as a part of names it would be a part of most of them.
    names = text if len(text) >= SHORTEST else None
    db, actor = view.db, view.actor
    sees_decisions, sees_plan = may(actor, Deed.SEE_DECISIONS), may(actor, Deed.SEE_PLAN)
    entries = await stored.entry(db, number) if number and may(actor, Deed.TRACE) else []
    return Hits(
        awards=await stored.awards(db, names) if names else [],
        recipients=await stored.recipients(db, names, _recipients_of(actor)) if names else [],
        funding_lines=await stored.funding_lines(db, names) if names and sees_plan else [],
        returns=await stored.returns(db, names) if names and may(actor, Deed.SEE_RETURN) else [],
        decisions=await stored.decisions(db, text, number) if sees_decisions and (names or number) else [],
        entries=entries,
        lines=await stored.lines(db, text) if may(actor, Deed.SEE_RETURN) else [],
        line_titles={line.code: line.title for line in await plan.funding_lines(db, None)} if entries else {},
    )


def _recipients_of(actor: Actor) -> frozenset[str] | None:
    """The recipients that the actor may open: the funder's people all of them, others their own."""
    programmes, own = narrowed_to(actor, Deed.SEE_RECIPIENTS)
    return own if programmes is not None and not programmes else None


def number_in(text: str) -> int | None:
    """The number that somebody typed: 12, #12, no. 12 or 1,200; None where it is none."""
    digits = text.lower().removeprefix("no.").lstrip("#nº ").replace(",", "")
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS_MAX
    return int(digits) if is_number else None


async def note_new_references(gate: Gate) -> None:
    """Has the lines that came lately found quickly, too."""
    async with gate.glance() as db:
        await stored.note_new_references(db)
