"""The pages of awards and of returns: who sees what in them, and that a list of the database's keeps its state in the address."""

import csv
import io
import re
from html import unescape

from openpyxl import load_workbook

from grants.store.lists.awards import AWARDS as AWARD_QUERY
from grants.store.lists.returns import RETURNS as RETURN_QUERY
from grants.web.pages.award_list import AWARDS
from importers.pages.return_list_routes import RETURNS
from tests.grants.web.browsing import Browser, at_work, joined
from tests.service import LEEDS_POLICE, OLDHAM, Service

NAMES = ("LI-LEEDS-01", "LI-OLDHAM-01", "LI-OLDHAM-02")


def _rows(html: str) -> list[list[str]]:
    """The cells of each row, as text."""
    body = html.partition("<tbody")[2].partition("</tbody>")[0]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in body.split("</tr>")[:-1]]
    return [[" ".join(unescape(re.sub(r"<[^>]*>", "", cell)).split()) for cell in row] for row in rows]


async def _first(browser: Browser, address: str) -> list[str]:
    return [row[0] for row in _rows(await browser.get(address))]


def test_what_a_table_sorts_and_narrows_by_is_in_its_query() -> None:
    for spec, query in ((AWARDS, AWARD_QUERY), (RETURNS, RETURN_QUERY)):
        asked = {column.key for column in spec.columns if column.sortable or column.filter is not None}
        assert asked | set(spec.search) <= query.words | query.values


async def test_awards_and_returns_as_those_who_may_see_them(service: Service) -> None:
    await service.award(NAMES[0], LEEDS_POLICE)
    await service.award(NAMES[1], OLDHAM)
    await service.award(NAMES[2], OLDHAM, budget=[{"year": "2025-26", "category": "training", "pence": 50_050}])
    await service.open_round()
    lead, _, _ = await at_work(service, "lead")
    html = await lead.get("/awards?sort=-awarded_pence&kept=1")
    assert _rows(html)[2][:8] == [NAMES[2], "Oldham Metropolitan Borough Council", "Locally-led inquiries", "Active", "£500.50", "£0", "£0", "0 of 1"]  # fmt: skip
    assert 'href="/funding-lines/LOCAL-INQUIRIES"' in html
    assert await _first(lead, "/awards?q=oldham&sort=-reference") == [NAMES[2], NAMES[1]]
    assert await _first(lead, "/awards?q=_&state=closed") == []
    assert await _first(lead, "/awards?page=99999&sort=reference;--&state=' OR 1=1") == list(NAMES)
    assert await _first(lead, "/awards?q=%00%F0%9F%98%80%ff") == []
    assert await _first(lead, "/returns?lateness=overdue&period=2025-26-Q2&award=oldham") == [NAMES[1], NAMES[2]]
    assert await _first(lead, "/returns?state=accepted") == []

    answer = await lead.send("GET", "/awards?q=oldham&sort=-awarded_pence&download=csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="awards-2025-11-03.csv"')
    [headings, *lines] = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [line[0] for line in lines] == [NAMES[1], NAMES[2]]
    assert lines[1][headings.index("Awarded")] == "500.50"
    answer = await lead.send("GET", "/returns?download=xlsx")
    sheet = load_workbook(io.BytesIO(answer.content))["Table"]
    assert {f"{name}/2025-26-Q2" for name in NAMES} < {row[0].value for row in sheet.iter_rows()}

    officer = await joined(service, "officer")
    await officer.sign_in("officer")
    html = await officer.get("/awards")
    assert [row[0] for row in _rows(html)] == list(NAMES[1:])
    assert "/funding-lines/" not in html
    assert await _first(officer, "/awards?q=leeds") == []
    waiting, _, listed = (await officer.get("/returns")).partition('id="returns"')
    assert [row[0] for row in _rows(listed)] == list(NAMES[1:])
    assert all(name in waiting for name in NAMES[1:])
    answer = await officer.send("GET", "/returns?download=csv&award=leeds")
    assert NAMES[0].encode() not in answer.content
    administrator, _, _ = await at_work(service, "administrator")
    await administrator.get("/awards", status=403)
    await administrator.get("/returns?download=csv", status=403)
