"""Retention: what is personal and has outlived its years is removed; money, and the proof of it, stay."""

from datetime import date
from typing import Final
from uuid import UUID

from msgspec import Struct

from grants.actions.proof import verify
from grants.domain.access import Actor, Deed, require
from grants.domain.errors import Conflict
from grants.store import retention as stored
from grants.store.journal import record
from grants.store.transaction import Gate

PERSON_YEARS: Final = 6
"""How long a person is known after they left, at least. Source: the Limitation Act 1980, section 5."""


class AwardRemoval(Struct, frozen=True):
    """An award whose years were over, at the end of that day; `record_no` is None where nothing was removed yet."""

    award: str
    years_over_on: date
    record_no: int | None


class PersonRemoval(Struct, frozen=True):
    """Somebody who left long ago; `record_no` is None where nothing was removed yet."""

    person: UUID
    record_no: int | None


class Removals(Struct, frozen=True):
    """What has outlived its years, and the journal record of each removal."""

    awards: tuple[AwardRemoval, ...]
    people: tuple[PersonRemoval, ...]


async def apply_retention(gate: Gate, actor: Actor, *, years: int = PERSON_YEARS, dry_run: bool = False) -> Removals:
    """Removes what has outlived its years: each award and each person in a deed of its own. `dry_run` only tells.

    An award's years are those of its terms, from the end of the financial year in which it ended; a person's begin when
    they left. Raises Conflict `journal_damaged`, and removes nothing, where the record does not hold: a removal would
    cover up what was done to it.
    """
    async with gate.reading(actor) as view:
        require(actor, Deed.APPLY_RETENTION)
        if not (await verify(view)).holds:
            raise Conflict(
                "journal_damaged", "The record does not hold, so nothing was removed: run tallystick verify."
            )
        awards = await stored.awards_outlived(view.db)
    removed = [
        AwardRemoval(
            award.reference, award.years_over_on, None if dry_run else await _remove_award(gate, actor, award.reference)
        )
        for award in awards
    ]
    async with gate.reading(actor) as view:
        people = await stored.people_outlived(view.db, years)
    left = [
        PersonRemoval(person, None if dry_run else await _remove_person(gate, actor, person, years))
        for person in people
    ]
    return Removals(tuple(removed), tuple(left))


async def _remove_award(gate: Gate, actor: Actor, reference: str) -> int:
    async with gate.deed(actor) as tx:
        after = await stored.remove_award(tx, reference)
        return await record(tx, Deed.APPLY_RETENTION, "award", reference, after=after)


async def _remove_person(gate: Gate, actor: Actor, person: UUID, years: int) -> int:
    async with gate.deed(actor) as tx:
        after = await stored.remove_person(tx, person, years)
        return await record(tx, Deed.APPLY_RETENTION, "person", str(person), after={**after, "years": years})
