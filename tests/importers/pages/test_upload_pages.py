"""Uploads by a page: what is wrong is said at its field, what was typed stays, and nothing is taken twice."""

import asyncio
import re
from html import unescape
from typing import Any

import pytest

from importers.pages import upload_routes
from tests.database import looking
from tests.grants.web.browsing import Browser, at_work
from tests.importers.hostile.damaged import truncated
from tests.importers.making import Typed
from tests.importers.test_doors import JPEG, workbook
from tests.patience import until
from tests.service import Service

TITLE = "<title>Error: Upload a spend return"
REFUSALS: list[tuple[bytes | None, str]] = [
    (None, "Select a spend return"),
    (b"", "The selected file is empty"),
    (b"%PDF-1.7 ...", "The selected file must be an XLSX, ODS or CSV. This is a PDF."),
    (JPEG, "The selected file must be an XLSX, ODS or CSV. This is a picture."),
    (truncated(), "The selected file could not be read"),
    (
        workbook(award="LI-OTHER-01"),
        "This return is for another award. Use the template for LI-OLDHAM-01 (sheet Return, cell B4)",
    ),
]


async def _start(service: Service) -> tuple[Browser, str]:
    [listed] = (await service.get("officer", "/returns"))["items"]
    browser, _, _ = await at_work(service, "officer")
    path = f"/returns/{listed['id']}/upload"
    await browser.get(path)
    return browser, path


def _file(content: bytes) -> Any:
    return {"workbook": ("return.xlsx", content)}


async def _versions(service: Service) -> int:
    async with looking(service.gate) as db:
        count: int = await db.fetchval("SELECT count(*) FROM return_version")
    return count


async def test_what_is_no_return_is_said_at_the_field_and_leaves_nothing(due: Service) -> None:
    browser, path = await _start(due)
    for content, words in REFUSALS:
        fields = {"note": "For <you>", "prepared_by": "A. Clerk", "once": "one"}
        files = _file(content) if content is not None else {"workbook": ("", b"")}
        page = await browser.post(path, fields, 422, files=files)
        assert TITLE in page
        assert page.count(words) == 2, (words, page)
        assert 'href="#workbook"' in page
        assert 'id="workbook-error"' in page
        assert browser.page is not None
        assert "For &lt;you&gt;" in browser.page.text
        assert 'value="A. Clerk"' in browser.page.text
    long = await browser.post(path, {"note": "x" * 2_001, "prepared_by": "y" * 201}, 422, files=_file(workbook()))
    assert "The note must be 2,000 characters or fewer" in long
    assert "The name must be 200 characters or fewer" in long
    assert await _versions(due) == 0


async def test_a_file_that_is_too_large_is_said_at_the_field(due: Service) -> None:
    browser, path = await _start(due)
    await browser.post(path, files=_file(b"PK" + bytes(10_500_000)))
    page = await browser.follow()
    assert TITLE in page
    assert page.count("The selected file must be smaller than 10MB") == 3  # for scripts, in the summary, at the field
    assert await _versions(due) == 0
    path = path.replace("upload", "evidence")
    await browser.get(path)
    await browser.post(path, files={"file": ("invoice.pdf", b"%PDF" + bytes(20_500_000))})
    assert (await browser.follow()).count("The selected file must be smaller than 20MB") == 3


async def test_an_extract_that_nobody_matched_leads_to_its_matching_with_its_file_and_its_note(due: Service) -> None:
    browser, path = await _start(due)
    rows = "Posting date,Supplier,Net amount,Account\r\n01/08/2025,A Ltd,10.00,4000\r\n02/08/2025,B Ltd,12.00,4001\r\n"
    await browser.post(path, {"note": "By the ledger"}, files={"workbook": ("ledger.csv", rows.encode())})
    page = await browser.follow()
    assert "it is an export whose columns nobody has matched yet" in page
    assert "<strong>ledger.csv</strong>" in page
    told = page.partition("<main")[2].partition("</main>")[0]
    assert "/api/" not in told
    fields = dict(re.findall(r'name="(file|once)" value="([^"]+)"', told))
    fields |= {"column-spent_on": "A", "column-payee": "B", "column-net": "C", "column-code": "D", "do": "keep"}
    fields |= {
        "constant-reference": "JV",
        "constant-description": "Paper",
        "date_order": "day_first",
        "sign": "as_typed",
    }
    await browser.post(path.replace("upload", "matching"), fields)
    [listed] = (await due.get("officer", "/returns"))["items"]
    [version] = (await due.get("officer", f"/returns/{listed['id']}"))["versions"]
    assert (version["filename"], version["note"]) == ("ledger.csv", "By the ledger")
    assert "By the ledger" in await browser.get(path.replace("upload", "messages"))


async def test_a_button_pressed_twice_is_one_version_and_a_corrected_form_another(due: Service) -> None:
    browser, path = await _start(due)
    token, fields = browser.token(), {"once": "one", "note": ""}
    sent = workbook(Typed(net="x"))
    await asyncio.gather(*(browser.post(path, fields, files=_file(sent), token=token) for _ in range(3)))
    assert await _versions(due) == 1
    assert browser.page is not None
    assert browser.page.headers["location"] == path.replace("upload", "problems")
    await browser.post(path, fields, files=_file(workbook()), token=token)
    assert await _versions(due) == 2
    assert "No errors were found in it" in await browser.follow()


async def test_a_large_one_is_checked_in_the_background_and_sent_again_meanwhile_is_the_same(
    due: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, path = await _start(due)
    monkeypatch.setattr(upload_routes, "LARGE_BYTES", 1)
    token, sent = browser.token(), workbook()
    one = path.removesuffix("/upload")
    for _ in range(2):
        await browser.post(path, {"once": "one"}, files=_file(sent), token=token)
        assert browser.page is not None
        assert browser.page.headers["location"] == f"{one}?done=taken"

    async def checked() -> str:
        page = await browser.get(one)
        if "data-refresh" not in page:
            return page
        assert f'data-refresh="{one}"' in page
        assert "Check again" in page
        assert "is being checked" in page
        return ""

    assert "Ready to certify" in await until(checked, "the file is checked")
    assert await _versions(due) == 1


async def test_what_takes_no_upload_says_why(due: Service) -> None:
    browser, path = await _start(due)
    token = browser.token()
    found = (await due.upload(workbook())).json()
    if reasons := [{"problem": each["number"], "reason": "As agreed"} for each in found["problems"]]:
        await due.post("officer", f"/returns/{found['id']}/explanations", {"reasons": reasons}, 200)
    certificate = {"name": "A. Treasurer", "role": "Section 151 officer", "declaration": True}
    await due.post("certifier", f"/returns/{found['id']}/certify", certificate, 200)
    page = unescape(await browser.get(path))
    assert "It takes no upload now." in page
    assert '<form action="/returns' not in page
    refused = await browser.post(path, {"once": "two"}, 409, files=_file(workbook()), token=token)
    assert "It has been certified and is waiting for review." in refused
    assert await _versions(due) == 1
