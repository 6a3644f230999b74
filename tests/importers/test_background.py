"""Checks in the background: their place in the queue, and what becomes of them when whoever makes them stops."""

import asyncio
from datetime import timedelta

import pytest
from msgspec import structs

from grants.actions.people import OPERATOR
from grants.actions.return_views import ReturnView
from grants.actions.submissions import CHECKING_LEASE, Upload, begin
from grants.domain.access import Actor
from grants.store.people import actor_by_email
from importers import background
from importers.answer import CheckAnswer, Checked, CheckRequest
from importers.background import Desk
from importers.sandbox import Reader
from tests.database import looking
from tests.grants.store.record import unrecorded
from tests.importers.test_doors import workbook
from tests.patience import until
from tests.service import LEEDS_POLICE, Service


async def _person(due: Service, name: str) -> Actor:
    async with looking(due.gate) as db:
        found = await actor_by_email(db, f"{name}@example.org")
    assert found is not None
    return found


async def test_a_check_that_was_cut_off_is_taken_over(due: Service) -> None:
    officer = await _person(due, "officer")
    upload = Upload("return.xlsx", workbook())
    async with due.gate.deed(officer) as tx:
        cut_off = await begin(tx, "LI-OLDHAM-01", "2025-26-Q2", upload)
    async with Reader() as reader:
        desk = Desk(due.gate, reader, wait=1)
        await desk.resume()
        assert (await due.get("officer", f"/returns/{cut_off.id}"))["state"] == "checking"
        due.clock.forward(minutes=6)
        await desk.resume()
    assert (await due.get("officer", f"/returns/{cut_off.id}"))["state"] == "ready_to_certify"


async def test_an_upload_that_waits_shows_its_place(due: Service) -> None:
    await due.award("PF-WYP-01", LEEDS_POLICE)
    places: list[int | None] = []
    begun = [await _begun(due), await _begun(due, award="PF-WYP-01", who="foreign_officer")]
    for found, who in zip(begun, ("officer", "foreign_officer"), strict=True):
        assert found.queue_place == len(places) + 1
        places.append((await due.get(who, f"/returns/{found.id}"))["queue_place"])
    assert places == [1, 2]
    async with Reader() as reader:
        await Desk(due.gate, reader, wait=1).resume()
    assert [(await due.get("lead", f"/returns/{found.id}"))["queue_place"] for found in begun] == [None, None]


async def test_who_prepared_a_file_is_known_to_whoever_takes_its_check_over(due: Service) -> None:
    officer = await _person(due, "officer")
    async with due.gate.deed(officer) as tx:
        await begin(tx, "LI-OLDHAM-01", "2025-26-Q2", Upload("return.csv", workbook()), "Pat Preparer")
    due.clock.forward(minutes=6)
    asked: list[CheckRequest] = []

    class Noting(Reader):
        async def check(self, request: CheckRequest) -> CheckAnswer:
            asked.append(request)
            return await super().check(request)

    async with Noting() as reader:
        await Desk(due.gate, reader, wait=1).resume()
    assert [request.prepared_by for request in asked] == ["Pat Preparer"]
    assert asked[0].context is not None
    assert asked[0].context.acts_for


async def test_a_check_that_goes_on_is_not_taken_over(due: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "LEASE_KEPT", timedelta(seconds=0.01))
    begun = await _begun(due)
    taken, let_go = asyncio.Event(), asyncio.Event()

    class Slow(Reader):
        async def check(self, request: CheckRequest) -> CheckAnswer:
            taken.set()
            await let_go.wait()
            return await super().check(request)

    async with Slow() as slow, Reader() as other:
        goes_on = asyncio.create_task(Desk(due.gate, slow, wait=1).resume())
        await taken.wait()
        due.clock.forward(minutes=1, seconds=59)
        await until(lambda: _is_leased(due), "its lease is kept from then on")
        due.clock.forward(seconds=90)
        await Desk(due.gate, other, wait=1).resume()
        assert (await due.get("officer", f"/returns/{begun.id}"))["state"] == "checking"
        let_go.set()
        await goes_on
    assert (await due.get("officer", f"/returns/{begun.id}"))["state"] == "ready_to_certify"


async def _is_leased(due: Service) -> bool:
    async with looking(due.gate) as db:
        ends_at = await db.fetchval("SELECT lease_until FROM return_version WHERE state = 'checking'")
        return bool(ends_at == due.clock() + CHECKING_LEASE)


class Hostile(Reader):
    """A reader that a file took over: its lines are no lines."""

    async def check(self, request: CheckRequest) -> CheckAnswer:
        """What an honest reader says, with other lines."""
        answer = await super().check(request)
        assert isinstance(answer, Checked)
        return structs.replace(answer, lines_copy=b"no such number of columns\n")


async def _begun(due: Service, award: str = "LI-OLDHAM-01", who: str = "officer") -> ReturnView:
    officer = await _person(due, who)
    async with due.gate.deed(officer) as tx:
        found = await begin(tx, award, "2025-26-Q2", Upload("return.xlsx", workbook()))
    due.clock.forward(minutes=6)
    return found


async def test_what_cannot_be_kept_does_not_keep_a_return_waiting_for_ever(due: Service) -> None:
    begun = await _begun(due)
    async with Hostile() as reader:
        await Desk(due.gate, reader, wait=1).resume()
    told = await due.get("officer", f"/returns/{begun.id}")
    assert (told["state"], [problem["code"] for problem in told["problems"]]) == ("has_problems", ["value"])
    assert (await due.get("officer", f"/returns/{begun.id}/lines"))["items"] == []
    assert (await due.upload(workbook())).status_code == 201


async def test_an_upload_of_somebody_who_has_left_is_checked_all_the_same(due: Service) -> None:
    begun = await _begun(due)
    async with due.gate.deed(OPERATOR) as tx:
        await tx.db.execute("UPDATE person SET active = false WHERE email = 'officer@example.org'")
        await unrecorded(tx)
    async with Reader() as reader:
        await Desk(due.gate, reader, wait=1).resume()
    assert (await due.get("lead", f"/returns/{begun.id}"))["state"] == "ready_to_certify"
