"""Who is told what, and when: each step in a return's life, and reminders to those alone who have not submitted."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from grants.actions.people import OPERATOR, add_person, deactivate, end_roles
from grants.domain.access import Role
from tests.grants.mail.post import Post, rows
from tests.importers.making import Typed
from tests.importers.test_doors import workbook
from tests.service import ADDRESS, LEEDS_POLICE, OLDHAM, Clock, Service

CERTIFICATE = {"name": "A. Treasurer", "role": "Section 151 officer", "declaration": True}
SECRET = "Line 12 names a child"


def at(month: int, day: int, hour: int = 9, year: int = 2025) -> datetime:
    """A moment, in UTC."""
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    """The day on which the second quarter's round opens."""
    return Clock(at(10, 1))


@pytest.fixture
async def post(service: Service, tmp_path: Path) -> Post:
    """The post of a service with an award whose return for the second quarter is due on 28 October 2025."""
    await service.award()
    return Post(service.gate, tmp_path / "letters")


async def _step(service: Service, who: str, deed: str, body: dict[str, Any] | None = None) -> None:
    found = (await service.get("lead", "/returns"))["items"][0]["id"]
    service.clock.forward(minutes=1)
    await service.post(who, f"/returns/{found}/{deed}", body or {"message": SECRET}, 200)


async def test_each_step_is_told_to_whom_it_concerns_and_to_nobody_else(service: Service, post: Post) -> None:
    await service.open_round()
    assert await post.new() == [("return_due", "officer")]
    await service.upload(workbook(Typed(net="many")))
    assert await post.new() == []
    await service.upload(workbook())
    assert await post.new() == [("sign_off", "certifier")]
    await _step(service, "certifier", "decline-to-certify")
    assert await post.new() == [("certifier_declined", "officer")]
    await service.upload(workbook(Typed(net=7)))
    assert await post.new() == [("sign_off", "certifier")]
    await _step(service, "certifier", "certify", CERTIFICATE)
    assert await post.new() == []
    await _step(service, "lead", "request-changes")
    assert await post.new() == [("changes_requested", "certifier"), ("changes_requested", "officer")]
    await service.upload(workbook(Typed(net=8)))
    await _step(service, "certifier", "certify", CERTIFICATE)
    await _step(service, "lead", "accept")
    assert await post.new() == [("accepted", "certifier"), ("accepted", "officer")]
    await _step(service, "lead", "reopen")
    assert await post.new() == [("reopened", "certifier"), ("reopened", "officer")]
    assert {row["state"] for row in await rows(post.gate)} == {"sent", "dropped"}
    assert await post.new() == []


async def test_a_letter_says_nothing_that_anybody_typed(service: Service, post: Post) -> None:
    await service.open_round()
    await service.upload(workbook(Typed(payee="Mrs Private", description="A private matter")))
    await post.look()
    await _step(service, "certifier", "decline-to-certify")
    await post.look()
    letters = [text for _, _, text in post.letters()]
    assert len(letters) == 3
    links = {link.removeprefix(ADDRESS) for text in letters for link in re.findall(r"https?://\S+", text)}
    assert links
    for link in links:
        assert (await service.ask(None, "GET", link)).status_code == 200
    for text in letters:
        assert "LI-OLDHAM-01" in text
        assert all(word not in text for word in ("private", "Private", "child", "INV-1", "£", "officer@", "certifier@"))


async def test_reminders_go_on_working_days_to_those_who_have_not_submitted(service: Service, post: Post) -> None:
    await service.open_round()
    assert await post.new() == [("return_due", "officer")]
    days = {
        (10, 14): 1,
        (10, 20): 0,
        (10, 21): 1,
        (10, 28): 0,
        (10, 29): 1,
        (10, 30): 0,
        (11, 5): 1,
        (11, 11): 0,
        (11, 12): 1,
    }
    for (month, day), count in days.items():
        service.clock.now = at(month, day, 7)
        early = await post.new()
        service.clock.now = at(month, day, 9)
        assert early + await post.new() == [("reminder", "officer")] * count
        assert await post.new() == []
    service.clock.now = at(11, 13)
    await service.upload(workbook())
    assert await post.new() == [("sign_off", "certifier")]
    service.clock.now = at(11, 19)
    assert await post.new() == [("reminder", "certifier"), ("reminder", "officer")]
    await _step(service, "certifier", "certify", CERTIFICATE)
    for month, day in (11, 26), (12, 3), (12, 31):
        service.clock.now = at(month, day)
        assert await post.new() == []
    await _step(service, "lead", "request-changes")
    service.clock.now = at(1, 30, year=2026)
    assert await post.new() == [("changes_requested", "certifier"), ("changes_requested", "officer")]


async def test_what_was_missed_while_nobody_looked_goes_out_once(service: Service, post: Post) -> None:
    await service.open_round()
    await post.new()
    service.clock.now = at(10, 24)  # those of 14 and of 21 October
    assert await post.new() == [("reminder", "officer")]
    assert [row["which"] for row in await rows(post.gate, "what = 'reminder'")] == ["-5"]


async def test_whoever_submits_before_a_reminder_is_sent_does_not_get_it(service: Service, post: Post) -> None:
    await service.open_round()
    await post.look()
    service.clock.now = at(10, 14)
    stuck = Post(service.gate, post.folder / "nowhere" / "no.eml" / "x")
    post.folder.joinpath("nowhere").write_text("a file where a folder should be")
    assert await stuck.look() == 0
    [reminder] = await rows(post.gate, "what = 'reminder'")
    assert (reminder["state"], reminder["attempts"], reminder["address"]) == ("waiting", 1, "officer@example.org")
    await service.upload(workbook())
    await _step(service, "certifier", "certify", CERTIFICATE)
    service.clock.forward(hours=1)
    assert await post.new() == []
    [reminder] = await rows(post.gate, "what = 'reminder'")
    assert (reminder["state"], reminder["attempts"]) == ("dropped", 1)


async def test_a_programme_sets_its_own_days(service: Service, post: Post) -> None:
    reminders = {"before": [3], "after": [], "every": None}
    body = {"programme": "ACTION-PLAN", "period": "2025-26-Q2", "reminders": reminders}
    planned = await service.post("lead", "/collection-rounds", body, 201)
    assert planned["reminders"] == reminders
    await service.post("lead", f"/collection-rounds/{planned['id']}/open", status=200)
    await post.new()
    found = {}
    for day in range(2, 31):
        service.clock.now = at(10, day)
        found[day] = await post.new()
    assert {day: told for day, told in found.items() if told} == {23: [("reminder", "officer")]}
    await service.post("lead", "/collection-rounds", {**body, "reminders": {"before": [0]}}, 400)


async def test_a_closed_round_reminds_nobody(service: Service, post: Post) -> None:
    opened = await service.open_round()
    await post.new()
    await service.post("lead", f"/collection-rounds/{opened['id']}/close", status=200)
    service.clock.now = at(10, 29)
    assert await post.new() == []


async def test_whoever_left_gets_nothing_and_whoever_came_does(service: Service, post: Post) -> None:
    async with service.gate.deed(OPERATOR) as tx:
        for name in ("leaving", "moving", "staying"):
            await add_person(tx, f"{name}@example.org", name, [(Role.FINANCE_OFFICER, [OLDHAM])])
    await service.open_round()
    async with service.gate.deed(OPERATOR) as tx:
        who = await tx.db.fetchval("SELECT id FROM person WHERE email = 'leaving@example.org'")
        await deactivate(tx, who)
        await end_roles(tx, "moving@example.org", Role.FINANCE_OFFICER)
        await add_person(tx, "moving@example.org", "", [(Role.FINANCE_OFFICER, [LEEDS_POLICE])])
        await add_person(tx, "coming@example.org", "coming", [(Role.FINANCE_OFFICER, [OLDHAM])])
    assert await post.new() == [("return_due", "officer"), ("return_due", "staying")]
    assert [row["email"] for row in await rows(post.gate, "state = 'dropped'")] == [
        "leaving@example.org",
        "moving@example.org",
    ]
    service.clock.now = at(10, 14)
    assert await post.new() == [("reminder", "coming"), ("reminder", "officer"), ("reminder", "staying")]


async def test_who_prepared_a_return_is_not_asked_to_certify_it(service: Service, post: Post) -> None:
    async with service.gate.deed(OPERATOR) as tx:
        await add_person(tx, "officer@example.org", "", [(Role.CERTIFIER, [OLDHAM])])
    await service.open_round()
    await post.new()
    await service.upload(workbook())
    assert await post.new() == [("sign_off", "certifier")]


async def test_an_example_person_is_told_of_examples_only(service: Service, post: Post) -> None:
    async with service.gate.deed(OPERATOR) as tx:
        await add_person(tx, "pretender@example.org", "", [(Role.FINANCE_OFFICER, [OLDHAM])], is_example=True)
    await service.open_round()
    assert await post.new() == [("return_due", "officer")]
