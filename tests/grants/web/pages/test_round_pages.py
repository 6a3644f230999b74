"""Collection rounds in a browser: planned, opened, how far they are, who is late, whom reminders went to; for who may."""

from uuid import UUID

from grants.actions.notices import queue_reminders
from grants.actions.people import SCHEDULER
from grants.domain.access import Actor, Grant, Role
from tests.grants.web.browsing import at_work, person
from tests.grants.web.pages.test_decision_pages import text_of
from tests.service import OLDHAM, Service

QUARTER = {"programme": "ACTION-PLAN", "period": "2025-26-Q2"}


async def test_a_round_is_planned_opened_watched_and_closed(service: Service) -> None:
    await service.award()
    lead, _, _ = await at_work(service, "lead")
    assert "No round is planned yet" in await lead.get("/rounds")
    await lead.get("/rounds/new")
    await lead.post("/rounds/new", {**QUARTER, "before": "5", "after": "1", "every": "5"})
    page = text_of(await lead.follow())
    assert "The round is planned" in page
    assert "5 working days before, 1 working day after, and then every 5 working days" in page
    [planned] = (await service.get("lead", "/collection-rounds"))["items"]
    path = f"/rounds/{planned['id']}"
    await lead.post(f"{path}/open")
    page = text_of(await lead.follow())
    assert "Submitted 0 of 1 return" in page
    assert "Overdue 1 return" in page
    await lead.get("/rounds/new")
    assert "already" in await lead.post("/rounds/new", QUARTER, 409)
    service.clock.forward(days=3)
    async with service.gate.deed(SCHEDULER) as tx:
        assert await queue_reminders(tx) == 1
    auditor, _, _ = await at_work(service, "auditor")
    page = await auditor.get(path)
    assert "officer: 6 working days after it was due" in text_of(page)
    assert f"{path}/close" not in page
    assert "Nothing matches" in await auditor.get(f"{path}?is_late=false")
    assert "£" not in text_of(page)
    file = (await auditor.send("GET", f"{path}?download=csv")).text
    assert "6 working days after" in file
    wider, _, _ = await at_work(service, "wider_lead")
    assert planned["id"] not in await wider.get("/rounds")
    await wider.get(path, 404)
    manager, _, _ = await at_work(service, "other_lead")
    await manager.get(path)
    await manager.post(f"{path}/close")
    assert "The round is closed" in await manager.follow()
    assert "1 of 1" not in await manager.get("/rounds?state=closed")
    await _only_the_funders_people_see_reminders(service, planned["id"])


async def _only_the_funders_people_see_reminders(service: Service, number: str) -> None:
    for who, grant in (
        ("officer", Grant(Role.FINANCE_OFFICER, frozenset({OLDHAM}))),
        ("wider_lead", Grant(Role.PROGRAMME_LEAD, frozenset({"WIDER-CSA"}))),
        ("auditor", Grant(Role.AUDITOR)),
    ):
        async with service.gate.reading(Actor(await person(service, who), who, (grant,))) as view:
            rows = await view.db.fetch("SELECT person FROM reminders_of_round($1)", UUID(number))
        assert [row["person"] for row in rows] == (["officer"] if who == "auditor" else []), who


async def test_what_is_wrong_with_a_round_is_said_at_its_field(service: Service) -> None:
    lead, _, _ = await at_work(service, "lead")
    page = await lead.get("/rounds/new")
    assert 'value="10, 5"' in page
    wrong = {**QUARTER, "period": "", "due_on-day": "31", "due_on-month": "2", "due_on-year": "2026", "before": "soon"}
    page = await lead.post("/rounds/new", wrong, 400)
    for at in ("period", "due_on-day", "before"):
        assert f'href="#{at}"' in page
        assert f'id="{at}-error"' in page
