"""The page of problems: every error with its place, the first ten on top, warnings apart, together or narrowed as people ask."""

import re

from tests.grants.web.browsing import Browser, at_work
from tests.importers.making import Typed
from tests.importers.test_doors import JPEG, workbook
from tests.service import Service

PROBLEMATIC = 12


async def _page(service: Service, content: bytes, query: str = "") -> tuple[Browser, str]:
    found = (await service.upload(content)).json()
    browser, _, _ = await at_work(service, "officer")
    return browser, f"/returns/{found['id']}/problems{query}"


async def test_errors_are_summed_up_shown_grouped_narrowed_and_downloaded(due: Service) -> None:
    lines = []
    for number in range(PROBLEMATIC):  # a good one between any two: cells that touch are one problem
        lines += [Typed(reference=f"INV-{number}", net="<x>"), Typed(reference=f"OK-{number}")]
    lines.append(Typed(reference="INV-X", day="31/31/2025"))
    browser, path = await _page(due, workbook(*lines))
    page = await browser.get(path)
    assert "<title>Error: Problems in version 1" in page
    summary = page.partition("govuk-error-summary__list")[2].partition("</ul>")[0]
    leads_to = re.findall(r'href="#([\w-]+)"', summary)
    assert len(leads_to) == 11
    assert leads_to[-1] == "errors"
    assert "And 3 more errors below" in summary
    for anchor in leads_to:
        assert f'id="{anchor}"' in page
    assert page.count("&lt;x&gt;") == PROBLEMATIC
    assert "<x>" not in page
    assert f'href="{path.replace("problems", "annotated")}"' in page
    assert f'href="{path.replace("problems", "upload")}"' in page

    grouped = await browser.get(f"{path}?view=grouped")
    assert f"{PROBLEMATIC} cells: G6, G8, G10" in grouped
    assert "<title>Error" not in grouped
    narrowed = await browser.get(f"{path}?letters=E")
    assert "Showing 1" in narrowed
    assert "Spend!E30" in narrowed
    assert "Spend!G6" not in narrowed.partition('id="errors"')[2]
    file = await browser.send("GET", f"{path}?download=csv")
    assert file.text.count("<x>") == PROBLEMATIC


async def test_warnings_alone_ask_for_reasons_and_nothing_at_all_has_its_own_words(due: Service) -> None:
    browser, path = await _page(due, workbook(Typed(description="Gifts for the team")))
    page = await browser.get(path)
    assert "<title>Problems in version 1" in page
    assert "No errors and 1 warning in return.xlsx" in page
    assert f'href="{path.replace("problems", "reasons")}"' in page
    assert "govuk-error-summary" not in page
    await due.upload(workbook(Typed(description="Investigators")))
    page = await browser.get(path)
    assert "No problems were found in return.xlsx." in page or "No errors and " in page


async def test_before_any_upload_and_where_the_file_itself_was_no_return(due: Service) -> None:
    [listed] = (await due.get("officer", "/returns"))["items"]
    path = f"/returns/{listed['id']}/problems"
    browser, _, _ = await at_work(due, "officer")
    assert "Nothing has been uploaded yet" in await browser.get(path)
    await due.upload(JPEG, prefer="respond-async")
    page = await browser.get(path)
    while "data-refresh" in page:
        page = await browser.get(path)
    assert "The whole file: The selected file must be an XLSX, ODS or CSV. This is a picture." in page
    assert "/annotated" not in page
