"""From a figure's page to its entries, to a line, to the cell amid its neighbours in the kept workbook itself."""

import hashlib
import re
from html import unescape

from tests.database import Database, looking
from tests.grants.store.record import connected
from tests.grants.web.browsing import Browser, at_work
from tests.reports.pages.looking import accepted, text_of
from tests.service import Service

SPENT = "spent:LOCAL-INQUIRIES:2025-26:rdel_programme"


async def _head(service: Service) -> int:
    async with looking(service.gate) as db:
        return int(await db.fetchval("SELECT max(number) FROM entry"))


def _links(page: str, like: str) -> list[str]:
    return [unescape(found) for found in re.findall(rf'href="({like}[^"]*)"', page)]


async def test_a_figure_leads_to_the_cell_that_its_line_came_from(service: Service) -> None:
    return_id, content = await accepted(service)
    digest, entry = hashlib.sha256(content).hexdigest(), await _head(service)
    browser, _, _ = await at_work(service, "auditor")
    page = await browser.get(f"/figures/{SPENT}@{entry}")
    said = text_of(page)
    assert "£1,434.50" in said
    assert "1 of 1 return accepted" in said
    assert "2 rows in all, which add up to £1,434.50 : exactly the figure above." in said
    assert digest[:12] in said
    assert "return.xlsx" in said
    file = await browser.send("GET", f"/figures/{SPENT}@{entry}?download=csv")
    assert digest in file.text
    [first, _] = _links(page, "/figures/entry:")
    page = await browser.get(first)
    assert digest in page
    [line] = _links(page, "/figures/line:")
    page = await browser.get(line)
    [cell] = _links(page, f"/returns/{return_id}/cell")
    page = await browser.get(cell)
    said = text_of(page)
    marked = re.search(r'class="app-sheet__marked"[^>]*>(.*?)</td>', page)
    assert marked is not None
    assert text_of(marked[1]) in ("1234.5 This cell", "200 This cell")
    assert "Unchanged" in said
    assert digest in said
    assert "Chair's fees" in said
    assert "A course" in said  # the line beside it
    assert line in _links(page, "/figures/line:")  # the way back


async def test_what_a_figure_is_made_of_adds_up_and_its_place_stays(service: Service) -> None:
    await accepted(service)
    entry = await _head(service)
    browser, _, _ = await at_work(service, "auditor")
    said = text_of(await browser.get(f"/figures/unspent:award:LI-OLDHAM-01:2025-26:rdel_programme@{entry}"))
    assert "£198,565.50" in said
    assert "Awarded £200,000 Take away Spent £1,434.50 Comes to £198,565.50" in said
    page = await browser.get(f"/figures/{SPENT}@{entry - 2}")
    assert "returns accepted" not in page  # none was asked for by then
    assert f"/figures/{SPENT}@{entry}" in _links(page, "/figures/spent")
    assert "it is £0" in page


async def test_what_is_no_figure_and_what_is_foreign_look_the_same(service: Service) -> None:
    await accepted(service)
    entry = await _head(service)
    lead, _, _ = await at_work(service, "wider_lead")
    for figure in (f"{SPENT}@{entry}", f"{SPENT}@999999", "nonsense", f"line:99:9@{entry}", f"entry:{entry}@{entry}"):
        assert "There is nothing here that you can see" in await lead.get(f"/figures/{figure}", 404)
    officer, _, _ = await at_work(service, "officer")
    assert "Your role does not let you" in text_of(await officer.get(f"/figures/{SPENT}@{entry}", 403))
    auditor, _, _ = await at_work(service, "auditor")
    assert "Use a figure" in await auditor.get("/figures?figure=nonsense", 400)
    await auditor.send("GET", f"/figures?figure=+{SPENT}@{entry}")
    assert SPENT in text_of(await auditor.follow())


async def test_a_cell_that_is_not_there_and_a_workbook_that_is_changed_or_gone_say_so(
    service: Service, fresh_database: Database
) -> None:
    return_id, _ = await accepted(service)
    browser: Browser = (await at_work(service, "auditor"))[0]
    cell = f"/returns/{return_id}/cell"
    assert "no such cell" in await browser.get(f"{cell}?sheet=Spend&cell=G9999")
    assert "Cell Return!A1" in text_of(await browser.get(f"{cell}?sheet=Return"))
    await browser.get(f"{cell}?version=7", 404)
    async with connected(fresh_database.admin_dsn) as admin:
        await admin.execute("SET session_replication_role = replica; UPDATE workbook SET content = 'other bytes'")
    said = text_of(await browser.get(f"{cell}?sheet=Spend&cell=G6"))
    assert "The bytes that are kept are not those on the record" in said
    async with connected(fresh_database.admin_dsn) as admin:
        await admin.execute("SET session_replication_role = replica; UPDATE award SET removed_on = '2032-04-01'")
    said = text_of(await browser.get(f"{cell}?sheet=Spend&cell=G6"))
    assert "removed under retention on 1 April 2032" in said
    assert "app-sheet" not in said
