"""Where money stands, in a browser: every figure is its trace's, years and kinds are never mixed, and each sees their own."""

import re
from html import unescape
from io import BytesIO
from secrets import token_hex
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest

from grants.actions.submissions import context_for_upload
from grants.domain.money import show
from grants.store.ledger import head
from grants.store.people import actor_by_email
from grants.store.return_progress import progress_of_awards
from tests.database import looking
from tests.grants.web.browsing import Browser, at_work
from tests.importers.making import Typed, filled
from tests.service import LEEDS_POLICE, OLDHAM, Service

AWARD = "LI-OLDHAM-01"
_FIGURE = re.compile(r'href="/figures/([^"]+)">(-?£[\d,.]+)<')
_ADVANCE: dict[str, Any] = {
    "payment_basis": "advance",
    "profile": [{"number": 1, "due_on": "2025-07-01", "year": "2025-26", "pence": 20_000_000}],
}


def words(page: str) -> str:
    """A page's text, without its marks."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)))


async def _spent(service: Service) -> None:
    """An award that was paid and has accounted for some of it, another that has not, and money of another year and kind."""
    await service.award(AWARD, **_ADVANCE)
    milestones = [{"title": "Hearings begin", "baseline": "2025-09-01"}]
    await service.award("LI-LEEDS-01", LEEDS_POLICE, milestones=milestones)
    paid = {"year": "2025-26", "pence": 7_500_000, "paid_on": "2025-07-02", "instalment": 1}
    await service.decide(f"/awards/{AWARD}/payments", paid)
    await service.open_round()
    async with service.gate.reading(await _officer(service)) as view:
        context = await context_for_upload(view, AWARD, "2025-26-Q2")
    uploaded = await service.upload(filled(context, [Typed()]))
    found = f"/returns/{uploaded.json()['id']}"
    certificate = {"name": "A. Treasurer", "role": "Section 151 officer", "declaration": True}
    await service.post("certifier", f"{found}/certify", certificate, 200)
    await service.post("lead", f"{found}/accept", {}, 200)
    capital = {"year": "2026-27", "pence": 4_200, "budget_kind": "cdel_programme"}
    await service.decide("/funding-lines/LOCAL-INQUIRIES/allocations", capital)


async def _officer(service: Service) -> Any:
    async with looking(service.gate) as db:
        return await actor_by_email(db, "officer@example.org")


async def test_every_figure_of_every_page_is_what_its_trace_adds_up(service: Service) -> None:
    await _spent(service)
    lead, _, _ = await at_work(service, "lead")
    seen: dict[str, str] = {}
    for path in ("/plan", "/funding-lines/LOCAL-INQUIRIES", f"/awards/{AWARD}", f"/recipients/{OLDHAM}"):
        found = _FIGURE.findall(await lead.get(path))
        assert len(found) >= 4, path
        seen |= {unquote(figure): pounds for figure, pounds in found}
    async with looking(service.gate) as db:
        now = await progress_of_awards(db)
        assert now == await progress_of_awards(db, await head(db))
        assert now == {(AWARD, "2025-26"): (1, 1), ("LI-LEEDS-01", "2025-26"): (0, 1)}
    for figure, pounds in seen.items():
        trace = await service.get("lead", f"/figures/{figure}/trace")
        assert show(trace["pence"]) == pounds, figure
    leeds = words(await lead.get("/awards/LI-LEEDS-01"))
    assert "Hearings begin 1 September 2025 No return has told of it yet" in leeds
    assert {"announced", "allocated", "awarded", "unawarded", "paid", "spent", "forecast", "unpaid", "budget"} <= {
        figure.partition(":")[0] for figure in seen
    }


async def test_the_plan_adds_up_one_year_and_kind_and_says_how_complete_it_is(service: Service) -> None:
    await _spent(service)
    auditor, _, _ = await at_work(service, "auditor")
    page = await auditor.get("/plan")
    text = words(page)
    titles = ["2024 to 2025: resource", "2025 to 2026: resource", "2026 to 2027: capital"]
    assert [found for found in titles if found in text] == titles
    totals = [int(pounds.replace(",", "")) for pounds in _totals(page)]
    assert totals == [26_000_000]  # announced for 2025-26 alone: one line of its own needs no total
    assert "£32,500,000" not in text
    assert "1 of 2 returns accepted" in text
    assert "LOCAL-INQUIRIES. Year assumed." in text
    assert "TOEX. Year stated." in text
    assert "Green Forecast" in text or "Red Forecast" in text or "Amber Forecast" in text
    assert "<svg" in page
    one = words(await auditor.get("/plan?year=2026-27&kind=cdel_programme"))
    assert "£42 " in one
    assert "2025 to 2026: resource" not in one
    assert "No funding line has money" in await auditor.get("/plan?year=2031-32")


def _totals(page: str) -> list[str]:
    return re.findall(r"£([\d,]+)<span class=\"govuk-visually-hidden\"> announced, total", page)


async def test_an_earlier_entry_is_looked_at_and_no_other_number_breaks_the_page(service: Service) -> None:
    lead, _, _ = await at_work(service, "lead")
    before = (await service.get("lead", "/plan"))["entry_no"]
    await service.award()
    page = words(await lead.get(f"/plan?as_at={before}"))
    assert f"As at entry {before}, 3 November 2025" in page
    assert f"The newest entry is {before + 1}" in page
    assert "£200,000" not in page
    assert "£200,000" in words(await lead.get("/plan"))
    assert "first entry" in await lead.get("/plan?as_at=0")
    for wrong in ("1e3", "-1", str(before + 2), "9" * 40, "x"):
        page = await lead.get(f"/plan?as_at={wrong}", 400)
        assert 'href="#as_at"' in page
        assert "<title>Error: " in page


async def test_a_lead_of_one_programme_sees_that_one(service: Service) -> None:
    await service.award()
    lead, _, _ = await at_work(service, "wider_lead")
    page = await lead.get("/plan")
    assert "LOCAL-INQUIRIES" not in page
    assert "UNDERCOVER" in page
    scoped = [unquote(figure) for figure, _ in _FIGURE.findall(page) if ":plan:" in unquote(figure)]
    assert scoped
    for figure in scoped:
        assert ":programme=WIDER-CSA@" in figure
        await service.get("wider_lead", f"/figures/{figure}/trace")
    for path in ("/funding-lines/LOCAL-INQUIRIES", f"/awards/{AWARD}"):
        await lead.get(path, 404)
    for path in ("/plan/timeline", "/milestones"):
        assert "LOCAL-INQUIRIES" not in await lead.get(path)


async def test_a_table_of_the_plan_comes_as_a_file(service: Service) -> None:
    await service.award()
    lead, _, _ = await at_work(service, "lead")
    answer = await lead.send("GET", "/plan?download=xlsx&year=2025-26")
    rows = [
        [cell for cell in row if cell is not None]
        for sheet in openpyxl.load_workbook(BytesIO(answer.content))
        for row in sheet.iter_rows(values_only=True)
    ]
    [line] = [row for row in rows if row and row[0] == "LOCAL-INQUIRIES"]
    assert 5_000_000 in line
    assert 200_000 in line
    assert not [row for row in rows if row and row[0] == "TOEX"]
    for path in ("/funding-lines/LOCAL-INQUIRIES?entries-download=csv", f"/awards/{AWARD}?returns-download=csv"):
        answer = await lead.send("GET", path)
        assert answer.headers["content-disposition"].startswith("attachment")


async def test_a_recipients_own_people_see_their_award_and_nothing_that_is_the_funders(service: Service) -> None:
    await _spent(service)
    officer, _, _ = await at_work(service, "officer")
    page = await officer.get(f"/awards/{AWARD}")
    for address in ("/figures/", "/decisions", "/funding-lines/", "/state"):
        assert address not in page, address
    text = words(page)
    assert "Staff pay £120,000 £1,234.50 £118,765.50" in text
    assert "Part paid" in text
    assert "Hearings begin" not in text
    assert "LEEDS" not in text
    await officer.get(f"/recipients/{OLDHAM}")
    await officer.get(f"/recipients/{LEEDS_POLICE}", 404)
    await officer.get("/awards/LI-LEEDS-01", 404)
    foreign, _, _ = await at_work(service, "foreign_officer")
    await foreign.get(f"/awards/{AWARD}", 404)
    await officer.post(f"/awards/{AWARD}/state", {"state": "suspended", "reason": "Mine"}, 403, token=officer.token())


async def test_an_award_is_moved_once_and_for_a_reason(service: Service) -> None:
    await service.award()
    lead, _, _ = await at_work(service, "lead")
    page = await lead.get(f"/awards/{AWARD}")
    offered = re.findall(r'name="state" type="radio" value="(\w+)"', page)
    assert sorted(offered) == ["final_return_due", "suspended", "terminated_early"]
    path, once = f"/awards/{AWARD}/state", {"once": "one"}
    page = await lead.post(path, {"state": "suspended", "reason": " ", **once}, 400)
    assert "Enter why it moves" in page
    assert 'value="suspended" checked' in page
    token = lead.token()
    await lead.post(path, {"state": "closed", "reason": "No", **once}, 422, token=token)
    for _ in range(2):  # the button pressed twice
        await lead.post(path, {"state": "suspended", "reason": "They asked", **once}, token=token)
    page = await lead.follow()
    assert "The award’s state is changed." in page
    assert "Suspended" in page
    moves = await service.get("auditor", "/journal")
    assert len([record for record in moves["items"] if record["after"] == {"state": "suspended"}]) == 1


async def test_a_recipient_is_added_once(service: Service) -> None:
    lead, _, _ = await at_work(service, "lead")
    await lead.get("/recipients/new")
    page = await lead.post("/recipients/new", {"name": "X", "kind": "club", "id": "no spaces"}, 400)
    for field in ("name", "kind", "id"):
        assert f'href="#{field}"' in page
    form = {"name": "Hope for all", "kind": "charity", "id": "gb-chc-1234567", "code-GB-CHC": "1234567", "once": "one"}
    token = lead.token()
    for _ in range(2):
        await lead.post("/recipients/new", form, token=token)
    page = words(await lead.follow())
    assert "The recipient is added." in page
    assert "GB-CHC-1234567" in page
    for once in ("two", token_hex(3_000)):
        assert "already" in await lead.post("/recipients/new", {**form, "once": once}, 409, token=token)
    assert "Hope for all" in await lead.get("/recipients?q=hope")
    assert 'value="GB-CHC-1234567"' in await lead.get("/decisions/new/award?recipient=GB-CHC-1234567")
    auditor, _, _ = await at_work(service, "auditor")
    await auditor.get("/recipients/new", 403)


@pytest.mark.parametrize("who", ["lead", "auditor"])
async def test_milestones_and_history_say_what_was_announced_and_not_what_is_allocated(
    service: Service, who: str
) -> None:
    browser, _, _ = await at_work(service, who)
    page = words(await browser.get("/plan/timeline"))
    assert "August 2025 The Tackling Organised Exploitation Programme" in page
    assert "£65,000,000" in page
    assert await _changes(browser) == (who == "lead")


async def _changes(browser: Browser) -> bool:
    page = await browser.get("/milestones")
    assert "20 April 2025" in page
    return "/decisions/new/amend_milestone?milestone=IICSA-TIMETABLE" in page
