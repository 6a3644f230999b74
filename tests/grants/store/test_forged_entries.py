"""Entries that somebody writes past the gate, straight into the table: PostgreSQL itself keeps the rules and the limits."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from grants.domain.money import MAX_PENCE
from tests.database import Database
from tests.grants.store.record import LAST, connected, refused, state_of

LINE, AWARD, HELD, SPENT = "line:TOEX:2025-26", "award:AW-1:2025-26", "held:AW-1", "spent:AW-1:2025-26"
COLUMNS = (
    "number, kind, source, target, pence, budget_kind, category, year, effective_on, recorded_at, decision_id, return_version, "
    "evidence, reverses, journal_no"
)


async def _insert(service: "asyncpg.Connection[asyncpg.Record]", *, tail: str = "", **given: Any) -> None:
    """A bare INSERT under an approved decision of its own, with whatever the caller forges."""
    people = await service.fetch("SELECT id FROM person ORDER BY name")
    decision: UUID = await service.fetchval(
        "INSERT INTO decision (id, kind, state, programme, subject, terms, reason, proposed_by, proposed_at, decided_by, decided_at, is_example) "
        "VALUES ($1, 'allocate', 'approved', 'PROG', 'TOEX', '{}', 'r', $2, now(), $3, now(), false) RETURNING id",
        uuid4(),
        people[0]["id"],
        people[1]["id"],
    )
    row: dict[str, Any] = {
        "number": LAST + 1, "kind": "allocate", "source": "source", "target": LINE, "pence": 1, "budget_kind": "rdel_programme",
        "category": None, "year": "2025-26", "decision_id": decision, "return_version": None, "reverses": None, "journal_no": 1, **given,
    }  # fmt: skip
    await service.execute(
        f"INSERT INTO entry ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '2025-05-01', now(), $9, $10, '', $11, $12) {tail}",
        *row.values(),
    )


END = "SELECT set_config('tallystick.rows', '', true); SET CONSTRAINTS ALL IMMEDIATE"
"""What the end of a transaction asks for, but for a journal record of the decision."""


async def _entered(service: "asyncpg.Connection[asyncpg.Record]", **forged: Any) -> None:
    await _insert(service, **forged)
    await service.execute(END)


FORGED: dict[str, dict[str, Any]] = {
    "line below zero": {"kind": "award", "source": LINE, "target": AWARD, "pence": 601},
    "line of another kind": {"kind": "award", "source": LINE, "target": AWARD, "budget_kind": "rdel_admin"},
    "line that has nothing": {"kind": "reduce", "source": "line:NONE:2025-26", "target": "source"},
    "award below zero": {"kind": "pay", "source": AWARD, "target": HELD, "pence": 301},
    "withdrawn below zero": {"kind": "withdraw", "source": AWARD, "target": LINE, "pence": 301},
    "spent above awarded": {"kind": "spend", "source": HELD, "target": SPENT, "pence": 341, "category": "ict", "decision_id": None, "return_version": 1},
    "awarded below spent": {"kind": "vary", "source": AWARD, "target": LINE, "pence": 341},
    "spent below zero": {"kind": "spend", "source": SPENT, "target": HELD, "pence": 61, "category": "ict", "decision_id": None, "return_version": 1},
    "recovered above held": {"kind": "recover", "source": HELD, "target": "returned", "pence": 41, "year": ""},
    "recovered from nothing": {"kind": "recover", "source": "held:AW-2", "target": "returned", "year": ""},
    "no pence": {"pence": 0},
    "pence below zero": {"pence": -1},
    "too many pence": {"pence": MAX_PENCE + 1},
    "unknown kind": {"kind": "steal"},
    "unknown budget kind": {"budget_kind": "rdel"},
    "unknown category": {"kind": "spend", "source": HELD, "target": SPENT, "category": "bribes"},
    "category missing": {"kind": "spend", "source": HELD, "target": SPENT},
    "category on an allocation": {"category": "ict"},
    "move of no rule": {"kind": "pay", "source": "source", "target": HELD},
    "allocation the wrong way": {"source": LINE, "target": "source"},
    "straight to the recipient": {"source": "source", "target": HELD},
    "to itself": {"kind": "vire", "source": LINE, "target": LINE},
    "unknown account": {"target": "pocket:ME"},
    "account without a year": {"target": "line:TOEX"},
    "account with too much": {"target": "line:TOEX:2025-26:x"},
    "another source": {"source": "source:mine"},
    "lower case": {"target": "line:toex:2025-26"},
    "line break in a name": {"target": "line:TOEX\n:2025-26"},
    "another year": {"year": "2024-25"},
    "no year": {"year": ""},
    "into another year": {"kind": "vire", "source": LINE, "target": "line:CAID:2026-27"},
    "carried to another line": {"kind": "carry_forward", "source": LINE, "target": "line:CAID:2026-27"},
    "carried too far": {"kind": "carry_forward", "source": LINE, "target": "line:TOEX:2027-28"},
    "carried backwards": {"kind": "carry_forward", "source": LINE, "target": "line:TOEX:2024-25"},
    "paid to another award": {"kind": "pay", "source": AWARD, "target": "held:AW-2"},
    "number again": {"number": LAST},
    "number left out": {"number": LAST + 2},
    "number nought": {"number": 0},
    "no cause": {"decision_id": None},
    "two causes": {"return_version": 1},
    "unknown decision": {"decision_id": UUID(int=0)},
    "unknown return": {"decision_id": None, "return_version": 999},
    "no journal record": {"journal_no": 999},
    "mirror of nothing": {"reverses": 999, "source": LINE, "target": "source"},
    "mirror of itself": {"reverses": LAST + 1, "source": LINE, "target": "source"},
    "mirror of another amount": {"reverses": 1, "source": LINE, "target": "source", "pence": 999},
    "mirror of another account": {"reverses": 1, "source": "line:CAID:2025-26", "target": "source", "pence": 1000},
    "mirror of another kind of money": {"reverses": 1, "source": LINE, "target": "source", "pence": 1000, "budget_kind": "rdel_admin"},
    "mirror that is none": {"reverses": 1, "pence": 1000},
    "mirror by another name": {"reverses": 1, "kind": "reduce", "source": "source", "target": LINE, "pence": 1000},
    "mirror of what is spent since": {"reverses": 1, "source": LINE, "target": "source", "pence": 1000},
    "mirror a second time": {"reverses": 5, "source": "line:CAID:2025-26", "target": "source", "pence": 50},
    "mirror of a mirror": {"reverses": 6, "source": "source", "target": "line:CAID:2025-26", "pence": 50},
}  # fmt: skip


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
async def test_an_entry_that_breaks_a_rule_is_refused_by_postgresql_itself(
    settled: Database, forged: dict[str, Any]
) -> None:
    async with connected(settled.service_dsn, service=True) as service:
        before = await state_of(service)
        transaction = service.transaction()
        await transaction.start()
        error = await refused(_entered(service, **forged))
        await transaction.rollback()
        assert isinstance(error, asyncpg.IntegrityConstraintViolationError), error
        assert await state_of(service) == before


async def test_an_honest_entry_is_let_in_so_that_the_refusals_mean_something(settled: Database) -> None:
    async with connected(settled.service_dsn, service=True) as service:
        transaction = service.transaction()
        await transaction.start()
        await _insert(service)
        await _insert(service, number=LAST + 2, kind="award", source=LINE, target=AWARD, pence=601)
        await _insert(service, number=LAST + 3, kind="recover", source=HELD, target="returned", pence=40, year="")
        await service.execute(END)
        assert await service.fetchval("SELECT balance_pence FROM position WHERE account = $1", LINE) == 0
        await transaction.rollback()


async def test_an_entry_that_is_not_kept_moves_nothing(settled: Database) -> None:
    """The conflict is with the one reversal that entry 5 may have: nothing enters, so no position may move."""
    async with connected(settled.service_dsn, service=True) as service:
        transaction = service.transaction()
        await transaction.start()
        before = (await state_of(service))[:-1]
        await _insert(
            service, reverses=5, source="line:CAID:2025-26", target="source", pence=50, tail="ON CONFLICT DO NOTHING"
        )
        assert (await state_of(service))[:-1] == before
        await transaction.rollback()
