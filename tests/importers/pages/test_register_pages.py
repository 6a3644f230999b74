"""Registers and payment files by their pages: loaded once, problems at their cells, each row's fate, and a second person for the rest."""

from html import unescape
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from grants.store.lists.register_loads import LOADS as LOAD_QUERY
from grants.store.lists.register_loads import ROWS as ROW_QUERY
from importers.pages.register_words import AWARD_ROWS, LOADS, PAYMENT_ROWS
from tests.grants.web.browsing import Browser, at_work
from tests.importers.registers.books import award, awards_register, payment_file
from tests.importers.registers.test_doors import PAID, count, paid_in_advance
from tests.service import Service

NEW = "/register-loads/new"


async def _start(service: Service, who: str = "lead") -> Browser:
    browser, _, _ = await at_work(service, who)
    await browser.get(NEW if who == "lead" else "/register-loads")
    return browser


async def _load(browser: Browser, content: bytes, kind: str, once: str, name: str = "file.csv") -> tuple[str, str]:
    """Loads a file; the address of what became of it, and its page."""
    await browser.get(NEW)
    await browser.post(NEW, {"kind": kind, "once": once}, files={"workbook": (name, content)})
    assert browser.page is not None
    path = browser.page.headers["location"].partition("?")[0]
    return path, unescape(await browser.follow())


def test_what_the_tables_sort_and_narrow_by_is_in_their_queries() -> None:
    for spec, query in ((LOADS, LOAD_QUERY), (PAYMENT_ROWS, ROW_QUERY), (AWARD_ROWS, ROW_QUERY)):
        asked = {column.key for column in spec.columns if column.sortable or column.filter is not None}
        assert asked <= query.words | query.values


async def test_payments_are_matched_told_row_by_row_and_approved_by_somebody_else(service: Service) -> None:
    await paid_in_advance(service)
    lead = await _start(service)
    assert "No file has been loaded yet" in await lead.get("/register-loads")
    path, page = await _load(lead, payment_file(*PAID), "payments", "one")
    assert "What it proposes moves nothing until somebody else approves it" in unescape(page)
    assert "2 decisions of this file still to decide" in page
    assert "You loaded this file" in page
    assert f'action="{path}/approve"' not in page
    for outcome in ("proposed", "near_miss", "unknown"):
        assert f'href="{path}?outcome={outcome}#rows"' in page
    near = unescape(await lead.get(f"{path}?outcome=near_miss"))
    assert "£0.01 less than the nearest" in near
    assert "COUNCIL TAX" not in near.partition('id="rows"')[2]
    before = await count(service, "decision")
    refused = await lead.post(f"{path}/approve", {"reason": "Mine", "once": "x"}, 403)
    assert "not sent by a page of this service" not in refused
    approver = await _start(service, "approver")
    page = await approver.get(path)
    assert page.count('href="/decisions/') >= 2
    assert f'href="{NEW}"' not in await approver.get("/register-loads")
    await approver.get(path)
    assert "Enter why you approve it" in await approver.post(f"{path}/approve", {"reason": " ", "once": "a"}, 422)
    token, sent = approver.token(), {"reason": "As the bank says", "once": "b"}
    for _ in range(2):
        await approver.post(f"{path}/approve", sent, token=token)
    assert "All that waited is approved" in await approver.follow()
    assert "Nothing was approved" in await approver.post(f"{path}/approve", {**sent, "once": "c"}, 409)
    assert len((await service.get("lead", "/awards/LI-OLDHAM-01"))["payments"]) == 2
    assert await count(service, "decision") == before
    for column in LOADS.columns:
        assert "file.csv" in await lead.get(f"/register-loads?sort=-{column.key}&kind=payments&state=taken")
    rows = await lead.send("GET", f"{path}?download=csv")
    assert rows.text.count("LI-OLDHAM-01") >= 3


async def test_a_problem_stands_at_its_cell_and_a_file_sent_twice_is_one_load(service: Service) -> None:
    lead = await _start(service)
    book = awards_register(award(), award(reference="", category="Training", amount="£99.50"))
    path, page = await _load(lead, book, "awards", "one", "register.xlsx")
    assert "1 problem: nothing was done" in page
    assert "Awards A7" in page.partition('id="problems"')[2]
    assert f'href="{path}/annotated"' in page
    marked = await lead.send("GET", f"{path}/annotated")
    assert load_workbook(BytesIO(marked.content))["Awards"]["A7"].comment is not None
    assert (await lead.send("GET", f"{path}/file")).content == book
    again, _ = await _load(lead, book, "awards", "one", "register.xlsx")
    assert again == path
    assert await count(service, "register_load") == 1


async def test_what_is_no_register_is_said_at_the_field_and_leaves_nothing(service: Service) -> None:
    lead = await _start(service)
    file: Any = {"workbook": ("a.csv", b"just words, no table")}
    wrong = await lead.post(NEW, {"once": "1"}, 422, files={"workbook": ("", b"")})
    assert 'href="#kind"' in wrong
    assert 'href="#workbook"' in wrong
    refused = await lead.post(NEW, {"kind": "payments", "once": "1"}, 422, files=file)
    assert 'id="workbook-error"' in refused
    assert 'value="payments" checked' in refused
    await lead.post(NEW, {"kind": "awards"}, files={"workbook": ("a.xlsx", b"PK" + bytes(10_500_000))})
    assert "must be smaller than 10MB" in await lead.follow()
    for kind in ("awards", "payments"):
        template = await lead.send("GET", f"/register-loads/{kind}-template")
        assert load_workbook(BytesIO(template.content)).sheetnames[0] == kind.capitalize()
    assert await count(service, "register_load") == 0
