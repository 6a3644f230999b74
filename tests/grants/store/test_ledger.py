"""The single gate into the ledger: numbers, limits, mirrors, positions at an entry number, under many hands at once."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from itertools import chain

import pytest

from grants.domain.access import Deed
from grants.domain.errors import Conflict, Invalid, NotFound, RuleBroken, TallystickError
from grants.domain.ledger import Move
from grants.domain.money import MAX_PENCE
from grants.store import ledger
from grants.store.evidence import Committed
from grants.store.ledger import AsAt, PositionRow
from grants.store.proof import prove_journal
from grants.store.sealed_rows import Seals
from tests.database import Database, looking
from tests.grants.store.record import AWARDS, CDEL, LINES, RDEL, Record, connected, move, opened, refused

ALLOCATE = move("allocate", "source", "line:TOEX:2025-26", 100)
AWARD = move("award", "line:TOEX:2025-26", "award:AW-1:2025-26", 100)


async def positions(record: Record, at: AsAt | None = None) -> list[PositionRow]:
    async with looking(record.gate) as db:
        return await ledger.positions(db, at)


async def head(record: Record) -> AsAt:
    async with looking(record.gate) as db:
        return await ledger.head(db)


async def balance(record: Record, account: str) -> int:
    return sum(row.balance_pence for row in await positions(record) if row.account == account)


async def test_numbers_have_no_gap_whoever_posts_at_once(record: Record) -> None:
    async def client(size: int) -> list[int]:
        posted = await record.post(*[ALLOCATE] * size)
        return [entry.number for entry in posted.entries]

    sizes = [1 + place % 3 for place in range(40)]
    numbers = await asyncio.gather(*(client(size) for size in sizes))
    assert all(mine == list(range(mine[0], mine[0] + size)) for mine, size in zip(numbers, sizes, strict=True))
    assert sorted(chain(*numbers)) == list(range(1, sum(sizes) + 1))
    async with looking(record.gate) as db:
        assert [row["number"] for row in await db.fetch("SELECT number FROM journal ORDER BY 1")] == list(range(1, 41))
        in_order = await db.fetch("SELECT journal_no FROM entry ORDER BY number")
    assert in_order == sorted(in_order)
    assert await balance(record, "line:TOEX:2025-26") == 100 * sum(sizes)


async def test_two_hundred_clients_race_for_the_last_pound(fresh_database: Database) -> None:
    async with opened(fresh_database, connections=30) as record:
        await record.post(ALLOCATE)
        answers = await asyncio.gather(*(record.post(AWARD) for _ in range(200)), return_exceptions=True)
        lost = [answer for answer in answers if isinstance(answer, Conflict)]
        assert len(lost) == 199
        assert {(answer.code, answer.facts["available_pence"]) for answer in lost} == {("limit", 0)}
        assert await balance(record, "award:AW-1:2025-26") == 100
        assert (await head(record)).entry_no == 2


async def test_two_awards_of_money_that_is_there_once_in_the_same_deed(record: Record) -> None:
    await record.post(ALLOCATE)
    before = await positions(record), await head(record)
    with pytest.raises(Conflict):
        await record.post(AWARD, AWARD)
    assert (await positions(record), await head(record)) == before


async def test_a_deed_may_spend_what_it_has_just_brought_in(record: Record) -> None:
    await record.post(ALLOCATE, AWARD, move("pay", "award:AW-1:2025-26", "held:AW-1", 100))
    assert await balance(record, "held:AW-1") == 100


def _accounts(row: random.Random) -> Sequence[Move]:
    year, line, award, budget = row.choice(["2024-25", "2025-26"]), row.choice(LINES), row.choice(AWARDS), row.choice([RDEL, CDEL])  # fmt: skip
    line_account, award_account, spent = f"line:{line}:{year}", f"award:{award}:{year}", f"spent:{award}:{year}"
    pence = row.choice([1, 99, 100, 12_345, MAX_PENCE])
    return [
        move("allocate", "source", line_account, pence, budget),
        move("reduce", line_account, "source", pence, budget),
        move("vire", f"line:TOEX:{year}", f"line:CAID:{year}", pence, budget),
        move("carry_forward", f"line:{line}:2024-25", f"line:{line}:2025-26", pence, budget),
        move("award", line_account, award_account, pence, budget),
        move("vary", line_account, award_account, pence, budget),
        move("vary", award_account, line_account, pence, budget),
        move("withdraw", award_account, line_account, pence, budget),
        move("pay", award_account, f"held:{award}", pence, budget),
        move("recover", f"held:{award}", "returned", pence, budget),
        move("spend", f"held:{award}", spent, pence, budget),
        move("spend", spent, f"held:{award}", pence, budget),
    ]


FROM_UPSTREAM = {"line": {"source", "line"}, "award": {"line"}, "held": {"award"}}


def _replay(moves: list[Move]) -> dict[tuple[str, str], tuple[int, int]]:
    """Balance and what came from upstream, of every account, by plain addition."""
    balance: Counter[tuple[str, str]] = Counter()
    funded: Counter[tuple[str, str]] = Counter()
    for done in moves:
        for account, other, pence in ((done.source, done.target, -done.pence), (done.target, done.source, done.pence)):
            key = account.name, done.budget_kind.value
            balance[key] += pence
            upstream = account.kind not in FROM_UPSTREAM or other.kind in FROM_UPSTREAM[account.kind]
            funded[key] += pence if upstream else 0
    return {key: (balance[key], funded[key]) for key in balance}


async def test_a_position_at_an_entry_number_is_the_same_for_ever(record: Record) -> None:
    chance = random.Random(2025)
    done: list[Move] = []
    seen: list[list[PositionRow]] = [[]]
    stopped = 0
    while len(done) < 150:
        try:
            if done and chance.random() < 0.2:
                posted = await record.reverse(chance.randint(1, len(done)))
            else:
                posted = await record.post(chance.choice(_accounts(chance)))
        except (Conflict, RuleBroken):
            stopped += 1
            continue
        done += [entry.move for entry in posted.entries]
        seen.append(await positions(record))
    assert stopped > 20
    assert {item.kind for item in done} >= {"allocate", "award", "pay", "spend", "recover", "carry_forward"}
    assert sum(item.reverses is not None for item in done) > 5
    async with looking(record.gate) as db:
        for number, rows in enumerate(seen):
            at = await ledger.as_at(db, number)
            then = await ledger.positions(db, at)
            assert then == rows
            expected = _replay(done[:number])
            assert {
                (row.account, row.budget_kind.value): (row.balance_pence, row.funded_pence) for row in then
            } == expected
        newest = await ledger.head(db)
        assert newest == await ledger.as_at(db, None)
        assert (newest.entry_no, newest.journal_no) == (150, 150)


@pytest.mark.parametrize("number", [-1, 2, 2**31, 2**63, 2**70])
async def test_as_at_an_entry_that_is_not_there(record: Record, number: int) -> None:
    await record.post(ALLOCATE)
    async with looking(record.gate) as db:
        with pytest.raises(Invalid) as stopped:
            await ledger.as_at(db, number)
        assert stopped.value.facts == {"newest": 1}
        assert await ledger.as_at(db, 0) == AsAt(0, 0)


@pytest.mark.parametrize("number", [0, -1, 2, 2**63, 2**70])
async def test_an_entry_that_is_not_there(record: Record, number: int) -> None:
    await record.post(ALLOCATE)
    with pytest.raises((NotFound, Invalid)):
        await record.reverse(number)
    with pytest.raises((NotFound, Invalid)):
        async with looking(record.gate) as db:
            await ledger.entry(db, number)


REVERSED = [
    [ALLOCATE],
    [ALLOCATE, move("reduce", "line:TOEX:2025-26", "source", 60)],
    [ALLOCATE, move("vire", "line:TOEX:2025-26", "line:CAID:2025-26", 60)],
    [ALLOCATE, move("carry_forward", "line:TOEX:2025-26", "line:TOEX:2026-27", 60)],
    [ALLOCATE, AWARD],
    [ALLOCATE, AWARD, move("vary", "award:AW-1:2025-26", "line:TOEX:2025-26", 60)],
    [ALLOCATE, AWARD, move("withdraw", "award:AW-1:2025-26", "line:TOEX:2025-26", 60)],
    [ALLOCATE, AWARD, move("pay", "award:AW-1:2025-26", "held:AW-1", 60)],
    [ALLOCATE, AWARD, move("pay", "award:AW-1:2025-26", "held:AW-1", 60), move("recover", "held:AW-1", "returned", 60)],
    [ALLOCATE, AWARD, move("spend", "held:AW-1", "spent:AW-1:2025-26", 60)],
]


@pytest.mark.parametrize("history", REVERSED, ids=lambda moves: moves[-1].kind)
async def test_every_kind_of_entry_can_be_undone_once(record: Record, history: list[Move]) -> None:
    for earlier in history[:-1]:
        await record.post(earlier)
    before = {row.account: row.balance_pence for row in await positions(record)}
    last = (await record.post(history[-1])).entries[0].number
    undone = (await record.reverse(last)).entries[0]
    assert undone.move.reverses == last
    after = {row.account: row.balance_pence for row in await positions(record)}
    assert {account: pence for account, pence in after.items() if pence} == {account: pence for account, pence in before.items() if pence}  # fmt: skip
    with pytest.raises(Conflict) as stopped:
        await record.reverse(last)
    assert stopped.value.code == "reversed"
    with pytest.raises(RuleBroken):
        await record.reverse(undone.number)
    async with looking(record.gate) as db:
        assert (await ledger.entry(db, undone.number)).move == undone.move
        years = await db.fetch("SELECT year FROM entry WHERE number = ANY($1)", [last, undone.number])
        faults: list[str] = []
        await prove_journal(db, faults.append, Committed(), Seals())
    assert years[0] == years[1]
    assert faults == []


async def test_what_has_been_used_since_cannot_be_undone(record: Record) -> None:
    await record.post(ALLOCATE)
    await record.post(AWARD)
    with pytest.raises(Conflict) as stopped:
        await record.reverse(1)
    assert stopped.value.facts["available_pence"] == 0


async def test_twenty_people_undo_the_same_entry(record: Record) -> None:
    await record.post(ALLOCATE)
    answers = await asyncio.gather(*(record.reverse(1) for _ in range(20)), return_exceptions=True)
    assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
    assert all(isinstance(answer, Conflict) for answer in answers if isinstance(answer, BaseException))
    assert await balance(record, "line:TOEX:2025-26") == 0


@pytest.mark.parametrize(
    "asked",
    [
        move("award", "line:TOEX:2025-26", "award:AW-1:2025-26", 101),
        move("award", "line:TOEX:2025-26", "award:AW-1:2025-26", 1, CDEL),
        move("vire", "line:TOEX:2025-26", "line:TOEX:2025-26", 1),
        move("pay", "award:AW-2:2025-26", "held:AW-2", 1),
        move("recover", "held:AW-1", "returned", 1),
        move("spend", "held:AW-1", "spent:AW-1:2025-26", 1),
        move("spend", "spent:AW-1:2025-26", "held:AW-1", 1),
    ],
)
async def test_a_refused_move_leaves_everything_as_it_was(record: Record, asked: Move) -> None:
    await record.post(ALLOCATE)
    before = await positions(record), await head(record)
    with pytest.raises((Conflict, RuleBroken)):
        await record.post(asked)
    with pytest.raises((Conflict, RuleBroken)):
        await record.post(move("allocate", "source", "line:CAID:2025-26", 100), asked)
    assert (await positions(record), await head(record)) == before
    async with looking(record.gate) as db:
        assert await db.fetchval("SELECT count(*) FROM decision") == 1


async def test_a_preview_says_what_posting_would_and_does_nothing(record: Record) -> None:
    await record.post(ALLOCATE)
    before = await head(record)
    async with record.gate.deed(record.lead) as tx:
        await ledger.preview(tx.db, [AWARD])
        with pytest.raises(Conflict):
            await ledger.preview(tx.db, [AWARD, AWARD])
        with pytest.raises(RuleBroken):
            await ledger.preview(tx.db, [move("pay", "line:TOEX:2025-26", "held:AW-1", 1)])
    assert await head(record) == before


async def test_spend_may_run_ahead_of_payment_but_never_of_the_award(record: Record) -> None:
    await record.post(ALLOCATE, AWARD)
    await record.post(move("spend", "held:AW-1", "spent:AW-1:2025-26", 70))
    assert await balance(record, "held:AW-1") == -70
    with pytest.raises(Conflict) as stopped:
        await record.post(move("spend", "held:AW-1", "spent:AW-1:2025-26", 31))
    assert stopped.value.code == "spent_above_award"
    assert stopped.value.facts == {"award": "AW-1", "awarded_pence": 100, "spent_pence": 70, "asked_pence": 31}
    with pytest.raises(Conflict) as cut:
        await record.post(move("vary", "award:AW-1:2025-26", "line:TOEX:2025-26", 31))
    assert cut.value.code == "spent_above_award"
    await record.post(move("vary", "award:AW-1:2025-26", "line:TOEX:2025-26", 30))


async def test_nothing_enters_under_a_decision_that_nobody_approved(record: Record, fresh_database: Database) -> None:
    before = await head(record)

    async def post_undecided() -> None:
        async with record.gate.deed(record.lead) as tx:
            cause = await record.decided(tx, state="proposed")
            await ledger.post(tx, Deed.DECIDE, "decision", "test", cause, [ALLOCATE])

    assert "no approved decision" in str(await refused(post_undecided()))
    assert await head(record) == before
    async with connected(fresh_database.owner_dsn) as owner:
        assert await owner.fetchval("SELECT count(*) FROM decision") == 0


async def test_a_deed_without_moves_is_on_the_record_and_moves_nothing(record: Record) -> None:
    posted = await record.post(ALLOCATE)
    async with record.gate.deed(record.lead) as tx:
        empty = await ledger.post(tx, Deed.DECIDE, "decision", "test", await record.decided(tx), [])
    assert (empty.journal_no, empty.entries) == (posted.journal_no + 1, ())


async def test_an_error_on_the_way_is_one_of_ours(record: Record) -> None:
    with pytest.raises(TallystickError):
        async with record.gate.deed(record.lead) as tx:
            await ledger.post(tx, Deed.DECIDE, "decision", "a\x00b", await record.decided(tx), [ALLOCATE])
    assert (await head(record)) == AsAt(0, 0)
