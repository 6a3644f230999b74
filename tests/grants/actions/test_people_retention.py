"""People who left: forgotten when their years are over, which PostgreSQL counts, and never before."""

from uuid import UUID

import asyncpg
import pytest

from grants.actions.people import OPERATOR
from grants.actions.retention import apply_retention
from grants.domain.access import Actor, Deed, Grant, Role
from grants.domain.errors import NotAllowed
from grants.store.journal import record
from grants.store.transaction import Gate
from tests.database import Database
from tests.grants.actions import cast
from tests.grants.actions.outlived import faults, tamper
from tests.grants.store.record import connected, refused


async def leaver(gate: Gate, years: int) -> UUID:
    """Somebody who left so many years ago."""
    gone = await cast.person(gate, Role.AUDITOR)
    async with gate.deed(OPERATOR) as tx:
        await tx.db.execute(
            "UPDATE person SET active = false, name = 'Gone Person', ended_at = now() - make_interval(years => $2) - interval '1 day' WHERE id = $1",
            gone.id,
            years,
        )
        await record(tx, Deed.MANAGE_PEOPLE, "person", str(gone.id), reason="Gone Person has left")
    return gone.id


async def test_people_are_forgotten_six_years_after_they_left(gate: Gate, fresh_database: Database) -> None:
    gone, later = await leaver(gate, 6), await leaver(gate, 5)
    removals = await apply_retention(gate, OPERATOR)
    assert [removal.person for removal in removals.people] == [gone]
    assert await faults(gate) == ()
    async with connected(fresh_database.admin_dsn) as admin:
        row = await admin.fetchrow("SELECT name, email FROM person WHERE id = $1", gone)
        assert tuple(row or ()) == ("Removed person", f"removed+{gone}@service.invalid")
        assert await admin.fetchval("SELECT name FROM person WHERE id = $1", later) == "Gone Person"
        said = await admin.fetch("SELECT reason FROM journal WHERE subject = $1", str(gone))
        assert {row["reason"] for row in said} == {None}
    assert (await apply_retention(gate, OPERATOR)).people == ()
    assert (await apply_retention(gate, OPERATOR, years=7)).people == ()
    async with connected(fresh_database.service_dsn, service=True) as service:
        for person, years in ((later, 6), (later, 5), (gone, 6), (OPERATOR.id, 6)):
            error = await refused(service.fetchval("SELECT erase_person($1, $2)", person, years))
            assert isinstance(error, asyncpg.CheckViolationError)
    await tamper(fresh_database, f"UPDATE person SET name = 'Gone Person' WHERE id = '{gone}'")
    (fault,) = await faults(gate)
    assert f"The row {gone} of person" in fault


async def test_who_did_something_lately_is_not_forgotten(gate: Gate, fresh_database: Database) -> None:
    gone = await leaver(gate, 9)
    async with gate.deed(Actor(gone, "Gone Person", ())) as tx:
        await record(tx, "deed", "test", "test")
    assert (await apply_retention(gate, OPERATOR)).people == ()


@pytest.mark.parametrize("role", list(Role))
async def test_no_one_role_removes_anything(gate: Gate, role: Role) -> None:
    """An administrator may remove and sees no money; that the record holds is asked first, which an auditor sees."""
    with pytest.raises(NotAllowed):
        await apply_retention(gate, Actor(OPERATOR.id, "Somebody", (Grant(role),)))
