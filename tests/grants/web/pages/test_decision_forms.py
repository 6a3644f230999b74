"""Forms of decisions: every kind proposed as people type it, its effect seen first with nothing kept, errors at their fields."""

import re
from html.parser import HTMLParser
from typing import Any

from tests.database import looking
from tests.grants.web.browsing import Browser, at_work
from tests.service import LEEDS_POLICE, OLDHAM, Service

MONEY = {"funding_line": "LOCAL-INQUIRIES", "year": "2025-26", "pence": "£1,234.50", "budget_kind": "rdel_programme"}


class _Form(HTMLParser):
    """What a browser would send of the form of a decision: each field with what it shows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._area = self._select = ""
        self.feed(page[page.index('action="/decisions/new/') :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Takes what a field shows."""
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "input" and (given.get("type") != "radio" or "checked" in given):
            self.fields[name] = value
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in given or self._select not in self.fields):
            self.fields[self._select] = value
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""

    def handle_data(self, data: str) -> None:
        """Takes what an area shows."""
        if self._area:
            self.fields[self._area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        """An area ends."""
        if tag == "textarea":
            self._area = ""


async def _filled(browser: Browser, path: str, **typed: str) -> dict[str, str]:
    fields = _Form(await browser.get(path)).fields
    unknown = typed.keys() - fields.keys() - {"owed", "outcome", "year", "year_basis"}
    assert not unknown, unknown
    return {name: value for name, value in {**fields, **typed}.items() if name != "form_token"}


async def _send(browser: Browser, path: str, fields: dict[str, str], do: str, status: int) -> str:
    kept = {name: value for name, value in fields.items() if name != "do"}
    return await browser.post(path.partition("?")[0], {**kept, "do": do}, status)


async def _decisions(service: Service) -> int:
    async with looking(service.gate) as db:
        return int(await db.fetchval("SELECT count(*) FROM decision"))


async def _proposed(service: Service, browser: Browser, path: str, **typed: str) -> Any:
    """Checks, which keeps nothing, then proposes; the decision that was made."""
    fields, before = await _filled(browser, path, **typed), await _decisions(service)
    page = await _send(browser, path, fields, "check", 200)
    assert "What this would do" in page
    assert await _decisions(service) == before
    again = _Form(page).fields  # what was typed stays
    assert {name: again.get(name) for name in typed} == typed
    await _send(browser, path, fields, "propose", 400)
    assert browser.page is not None
    assert "Enter why this is proposed</p>" in browser.page.text
    for _ in range(2):  # the button pressed twice
        await browser.get("/decisions/new")
        token = await _token(browser)
        await browser.post(path.partition("?")[0], {**fields, "do": "propose", "reason": "Needed"}, token=token)
    assert await _decisions(service) == before + 1
    assert "The decision is proposed" in await browser.follow()
    number = str(browser.page.request.url).rpartition("/")[2].partition("?")[0]
    return await service.get("lead", f"/decisions/{number}")


async def _token(browser: Browser) -> str:
    await browser.get("/account")
    return browser.token()


async def test_every_kind_is_proposed_as_people_type_it(service: Service) -> None:
    await service.award(payment_basis="advance", profile=PROFILE)
    lead, _, _ = await at_work(service, "lead")
    for kind in ("allocate", "reduce", "carry_forward"):
        made = await _proposed(service, lead, f"/decisions/new/{kind}", **MONEY)
        assert made["terms"] == {**MONEY, "kind": kind, "pence": 123_450}
    vire = {name: value for name, value in MONEY.items() if name != "funding_line"}
    lines = {"from_line": "LOCAL-INQUIRIES", "to_line": "TOEX"}
    made = await _proposed(service, lead, "/decisions/new/vire", **vire, **lines)
    assert made["terms"] == {**vire, **lines, "kind": "vire", "pence": 123_450}
    paid = {"pence": "10", "paid_on-day": "1", "paid_on-month": "nov", "paid_on-year": "2025"}
    made = await _proposed(service, lead, "/decisions/new/pay?award=li-oldham-01", **paid)
    assert (made["terms"]["instalment"], made["terms"]["paid_on"], made["terms"]["pence"]) == (1, "2025-11-01", 1_000)
    review = {"year": "2025-26", "outcome": "amend"}
    made = await _proposed(service, lead, "/decisions/new/review?award=LI-OLDHAM-01", **review)
    assert (made["terms"]["year"], made["terms"]["outcome"]) == ("2025-26", "amend")
    made = await _proposed(service, lead, "/decisions/new/reverse?entry=1")
    assert made["terms"] == {"kind": "reverse", "entry_no": 1}
    made = await _proposed(service, lead, "/decisions/new/withdraw?award=LI-OLDHAM-01")
    assert made["terms"]["award"] == "LI-OLDHAM-01"
    line = {"code": "new-line", "programme": "WIDER-CSA", "title": "New", "purpose": "More", "announced_pence": "0"}
    basis = {"year_basis": "assumed", "source": "A letter"}
    made = await _proposed(service, lead, "/decisions/new/add_line", **line, **basis)
    assert (made["terms"]["code"], made["terms"]["announced_pence"]) == ("NEW-LINE", 0)
    made = await _proposed(service, lead, "/decisions/new/amend_line?line=TOEX", title="Another title")
    assert made["terms"]["facts"] == {"title": "Another title"}
    code = (await service.get("lead", "/plan"))["programmes"][0]["milestones"][0]["code"]
    met = {"actual-day": "9", "actual-month": "4", "actual-year": "2025", "rag": "amber"}
    made = await _proposed(service, lead, f"/decisions/new/amend_milestone?milestone={code}", **met)
    assert (made["terms"]["actual"], made["terms"]["rag"]) == ("2025-04-09", "amber")


PROFILE = [{"number": 1, "due_on": "2025-04-01", "year": "2025-26", "pence": 20_000_000}]
AWARD = {
    "reference": "li-new-01",
    "funding_line": "LOCAL-INQUIRIES",
    "recipient": "oldham",
    "purpose": "An inquiry",
    "start-day": "1",
    "start-month": "April",
    "start-year": "2025",
    "end-day": "31",
    "end-month": "3",
    "end-year": "2027",
    "payment_basis": "advance",
    "column-0-staff_pay": "1,000.50",
    "column-1-ict": "500",
    "due-0-on": "1/7/2025",
    "due-0-pence": "1000.50",
    "due-1-on": "1 July 2026",
    "due-1-pence": "£500",
    "due-1-year": "2026-27",
    "stone-0-title": "Begin",
    "stone-0-baseline": "2025-12-31",
}


async def test_an_award_is_made_and_varied_by_its_grid(service: Service) -> None:
    await service.decide("/funding-lines/LOCAL-INQUIRIES/allocations", {"year": "2026-27", "pence": 50_000})
    lead, _, _ = await at_work(service, "lead")
    made = await _proposed(service, lead, "/decisions/new/award", **AWARD)
    terms = made["terms"]["terms"]
    assert (made["terms"]["reference"], made["terms"]["recipient_id"]) == ("LI-NEW-01", OLDHAM)
    assert [(line["year"], line["category"], line["pence"]) for line in terms["budget"]] == [
        ("2025-26", "staff_pay", 100_050),
        ("2026-27", "ict", 50_000),
    ]
    assert [(each["number"], each["due_on"], each["pence"]) for each in terms["profile"]] == [
        (1, "2025-07-01", 100_050),
        (2, "2026-07-01", 50_000),
    ]
    await service.award()
    path = "/decisions/new/vary?award=LI-OLDHAM-01"
    same = await _filled(lead, path, reason="Nothing")
    assert "these are the terms in force" in await _send(lead, path, same, "propose", 400)
    made = await _proposed(service, lead, path, **{"column-0-training": "70000", "amber_percent": "6"})
    old = (await service.get("lead", "/awards/LI-OLDHAM-01"))["terms"]
    new = made["terms"]["terms"]
    assert {name for name in old if old[name] != new[name]} == {"budget", "amber_percent"}
    await service.post("approver", f"/decisions/{made['id']}/approve", {"reason": "Agreed"}, 200)
    assert "terms have changed since you began" in await _send(lead, path, same, "check", 400)
    rows = await _send(lead, path, {**same, "more": "column"}, "", 200)
    assert 'name="column-1-staff_pay"' in rows
    assert 'name="column-2-staff_pay"' not in rows


WRONG: list[tuple[dict[str, str], str]] = [
    ({"end-year": "2024"}, "end-day"),
    ({"end-day": "31", "end-month": "2"}, "end-day"),
    ({"start-year": ""}, "start-day"),
    ({"column-0-staff_pay": "1.234"}, "column-0-staff_pay"),
    ({"column-0-staff_pay": "", "column-1-ict": ""}, "column-0-staff_pay"),
    ({"column-0-year": ""}, "column-0-year"),
    ({"column-1-year": "2025-26", "column-1-staff_pay": "1"}, "column-0-year"),
    ({"due-0-on": "soon"}, "due-0-on"),
    ({"due-0-pence": "1"}, "due-0-pence"),
    ({"recipient": "council"}, "recipient"),
    ({"recipient": "no such body"}, "recipient"),
    ({"red_percent": "4"}, "red_percent"),
    ({"red_percent": "200"}, "red_percent"),
    ({"purpose": "x" * 2_001}, "purpose"),
    ({"column-0-staff_pay": "6,000,000", "due-0-pence": "6,000,000"}, "column-0-year"),
]


async def test_what_is_wrong_is_said_at_its_field(service: Service) -> None:
    lead, _, _ = await at_work(service, "lead")
    fields = await _filled(lead, "/decisions/new/award", **AWARD)
    for typed, at in WRONG:
        await lead.post("/decisions/new/award", {**fields, **typed, "do": "check"}, None)
        assert lead.page is not None
        assert lead.page.status_code in (400, 409, 422), typed
        assert "There is a problem" in lead.page.text
        for mark in (f'href="#{at}"', f'id="{at}"', f'id="{at}-error"'):
            assert mark in lead.page.text, typed


async def test_the_award_is_looked_for_and_chosen_of_those_that_it_can_be(service: Service) -> None:
    await service.award("LI-LEEDS-01", LEEDS_POLICE)
    await service.award()
    lead, _, _ = await at_work(service, "lead")
    for typed in ("oldham-0", "BOROUGH council", "inquiry"):
        assert 'href="/decisions/new/withdraw?award=LI-OLDHAM-01"' in await lead.get(
            f"/decisions/new/withdraw?q={typed}"
        )
    assert "LI-LEEDS-01" not in await lead.get("/decisions/new/withdraw?q=borough&sort=-awarded_pence")
    await service.decide("/awards/LI-OLDHAM-01/withdrawal", {})
    assert "LI-OLDHAM-01" not in await lead.get("/decisions/new/withdraw")
    assert "LI-OLDHAM-01" in await lead.get("/decisions/new/vary")
    page = await lead.get("/decisions/new/vary?award=leeds", 404)
    assert 'href="/decisions/new/vary?award=LI-LEEDS-01"' in page
    assert "award=leeds" not in page
    assert "Choose a funding line" in await lead.get("/decisions/new/amend_line?line=", 400)
    wider, _, _ = await at_work(service, "wider_lead")
    assert "There is no award that this can be proposed for now." in await wider.get("/decisions/new/vary")


async def test_a_form_is_for_whoever_may_propose(service: Service) -> None:
    await service.award()
    wider, _, _ = await at_work(service, "wider_lead")
    page = await wider.get("/decisions/new/allocate")
    assert "LOCAL-INQUIRIES" not in page
    assert "TOEX" in page
    await wider.get("/decisions/new/nothing", 404)
    assert "no award with that reference" in await wider.get("/decisions/new/vary?award=LI-OLDHAM-01", 404)
    assert "no entry with that number" in await wider.get("/decisions/new/reverse?entry=99999", 404)
    assert "Which milestone" in await wider.get("/decisions/new/amend_milestone")
    kinds = await wider.get("/decisions/new")
    assert len(set(re.findall(r'href="/decisions/new/(\w+)"', kinds))) == 14
    approver, _, _ = await at_work(service, "approver")
    await approver.get("/decisions/new", 403)
