"""Extracts by their pages: suggested, corrected, tried and kept, with the file chosen once; and never asked about again."""

import re
from html import unescape
from typing import Any

from tests.database import looking
from tests.grants.web.browsing import Browser, at_work
from tests.importers.matching.extracts import LINES, MEANINGS, SYSTEMS, as_csv, as_xlsx
from tests.importers.test_doors import workbook
from tests.importers.test_matching_routes import ready
from tests.service import Service, service

__all__ = ["ready", "service"]
SAGE = as_xlsx(SYSTEMS["sage"](LINES))
CODES = {f"code:{code}": f"{meaning.category.value}|resource" for code, meaning in MEANINGS.items() if meaning.category}
BARE = as_csv(
    [
        ["Kind", "Posting date", "Net amount", "Account", "Comment"],
        ["x", "01/08/2025", "10.00", "4000", "Paper for the office"],
        ["y", "02/08/2025", "-12.00", "4001", "Paper that was returned"],
        ["x", "03/09/2025", "15.50", "4000", "Paper for the office again"],
    ]
)


async def _start(service: Service) -> tuple[Browser, str]:
    [listed] = (await service.get("officer", "/returns"))["items"]
    browser, _, _ = await at_work(service, "officer")
    path = f"/returns/{listed['id']}/matching"
    await browser.get(path)
    return browser, path


def _file(content: bytes, name: str = "extract.xlsx") -> Any:
    return {"workbook": (name, content)}


def _form(browser: Browser) -> dict[str, str]:
    """The fields of the form as the page has them: a select's chosen option, a radio that is checked, what is typed."""
    assert browser.page is not None
    text = browser.page.text
    fields = dict(re.findall(r'<input type="hidden" name="(file|once)" value="([^"]*)"', text))
    for name, options in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', text, re.DOTALL):
        fields[unescape(name)] = unescape((re.findall(r'value="([^"]*)" selected', options) or [""])[0])
    fields |= dict(re.findall(r'name="([^"]*)" type="radio" value="([^"]*)" checked', text))
    return fields | dict(re.findall(r'name="(constant-[^"]*)" type="text" maxlength="200" value="([^"]*)"', text))


async def _count(service: Service, table: str) -> int:
    async with looking(service.gate) as db:
        found: int = await db.fetchval(f"SELECT count(*) FROM {table}")
    return found


async def test_an_extract_is_chosen_once_corrected_tried_kept_and_then_never_asked_about(ready: Service) -> None:
    browser, path = await _start(ready)
    await browser.post(path, {}, files=_file(SAGE))
    page = unescape(await browser.follow())
    assert "Sheet Extract, headings in row 2: 6 lines, £" in page
    assert "The first lines, as they would be read" in page
    assert "31 July 2025" in page
    assert "£12,345.67" in page
    assert await _count(ready, "matching") == 0
    tried = await browser.post(path, {**_form(browser), **CODES, "do": "try"}, 200)
    assert "Nothing is kept yet" in tried
    assert "Staff pay (resource)" in tried.partition("What that adds up to")[2].partition("</table>")[0]
    assert "Needs an answer" not in tried
    assert "Undecided" not in tried
    assert (await _count(ready, "matching"), await _count(ready, "return_version")) == (0, 0)
    kept = {**_form(browser), "do": "keep"}
    token = browser.token()
    for _ in range(2):
        await browser.post(path, kept, token=token)
        assert browser.page is not None
        assert browser.page.headers["location"].startswith(path.removesuffix("/matching"))
    assert (await _count(ready, "matching"), await _count(ready, "return_version")) == (1, 1)
    assert await _count(ready, "kept_form") == 0
    template = await browser.send("GET", path.replace("/matching", "/template"))
    assert template.content.startswith(b"PK")
    [listed] = (await ready.get("officer", "/returns"))["items"]
    found = await ready.get("officer", f"/returns/{listed['id']}")
    assert found["total_pence"] == sum(line.pence for line in LINES)
    assert "Match an export" in await browser.get(path)
    upload = path.replace("matching", "upload")
    await browser.get(upload)
    await browser.post(upload, {"once": "next"}, files=_file(SAGE))
    assert await _count(ready, "return_version") == 2


async def test_words_beside_an_extract_are_no_longer_than_the_record_takes(ready: Service) -> None:
    browser, path = await _start(ready)
    words = {"note": "n" * 2_001, "prepared_by": "p" * 201}
    page = await browser.post(path, words, 422, files=_file(SAGE))
    assert "The note must be 2,000 characters or fewer" in page
    assert "The name must be 200 characters or fewer" in page
    assert await _count(ready, "kept_form") == 0


async def test_what_was_confirmed_before_is_shown_as_it_was_and_can_be_corrected(ready: Service) -> None:
    browser, path = await _start(ready)
    for category in ("travel_and_subsistence", "equipment"):
        await browser.post(path, {}, files=_file(SAGE))
        await browser.follow()
        answers = {**_form(browser), **CODES, "code:3310": f"{category}|resource", "do": "keep"}
        await browser.post(path, answers)
        await browser.get(path)
    await browser.post(path, {}, files=_file(SAGE))
    page = await browser.follow()
    assert "An export with these headings was matched before" in page
    assert _form(browser)["code:3310"] == "equipment|resource"
    assert await _count(ready, "matching") == 2
    await browser.post(path, {**_form(browser), "do": "keep"})
    assert (await _count(ready, "matching"), await _count(ready, "return_version")) == (2, 3)
    listed = unescape(await browser.get("/awards/LI-OLDHAM-01/matchings"))
    assert "officer" in listed.lower()
    assert "In force" in listed
    assert "Superseded" in listed


async def test_what_the_table_does_not_say_is_asked_first_and_nothing_is_kept_before_it_is_said(ready: Service) -> None:
    browser, path = await _start(ready)
    await browser.post(path, {}, files=_file(BARE, "extract.csv"))
    page = unescape(await browser.follow())
    for at in ("column-reference", "column-payee", "date_order", "sign"):
        assert f'<a class="govuk-link" href="#{at}">' in page, at
        assert f'id="{at}"' in page
    assert page.index('id="column-payee"') < page.index('id="column-spent_on"')
    answers = {**_form(browser), "code:4000": "equipment|resource", "code:4001": "not-claimed"}
    refused = await browser.post(path, {**answers, "do": "keep"}, 422)
    assert "<title>Error: Match the columns" in refused
    assert 'href="#sign"' in refused
    assert 'id="sign-error"' in refused
    assert _form(browser)["code:4001"] == "not-claimed"
    answers |= {
        "sign": "as_typed",
        "date_order": "day_first",
        "constant-payee": "A <b> Ltd",
        "constant-reference": "JV",
    }
    tried = await browser.post(path, {**answers, "do": "try"}, 200)
    assert "£25.50" in tried
    assert "-£12" in tried
    assert "3 September 2025" in tried
    assert _form(browser)["constant-payee"] == "A &lt;b&gt; Ltd"
    swapped = await browser.post(path, {**answers, "sign": "negated", "date_order": "month_first", "do": "try"}, 200)
    assert "9 March 2025" in swapped
    assert "£12" in swapped
    long = await browser.post(path, {**answers, "constant-payee": "x" * 201, "do": "keep"}, 422)
    assert "Payee must be 200 characters or fewer" in long
    assert (await _count(ready, "matching"), await _count(ready, "return_version")) == (0, 0)
    await browser.post(path, {**answers, "do": "keep"})
    assert (await _count(ready, "matching"), await _count(ready, "return_version")) == (1, 1)


async def test_every_question_about_any_system_leads_to_a_field_of_the_form(ready: Service) -> None:
    browser, path = await _start(ready)
    odd = {"column-net": "A", "column-spent_on": "B", "column-debit": "C", "sign": "marker", "column-code": "ZZZ"}
    for number, system in enumerate(SYSTEMS.values()):
        build = as_csv if number % 2 else as_xlsx
        await browser.post(path, {}, files=_file(build(system(LINES))))
        page = await browser.follow()
        for changes in ({}, odd, {**odd, "column-credit": "D", "sign": "debit_and_credit"}, {"column-code": ""}):
            page = await browser.post(path, {**_form(browser), **changes, "do": "try"}, 200)
            for at in re.findall(r'<li><a class="govuk-link" href="#([^"]+)">', page):
                assert page.count(f'id="{at}"') == 1, (at, changes)
            for jargon in ("columns.", "constants.", "as_typed,", "(codes", "day_first or"):
                assert jargon not in page
        await browser.get(f"{path}?another=yes")


async def test_no_extract_is_said_at_the_field_and_a_file_that_is_gone_is_asked_for_again(ready: Service) -> None:
    browser, path = await _start(ready)
    token = browser.token()
    for content, words in (
        (None, "Select an export of your finance system"),
        (b"", "The selected file is empty"),
        (workbook(), "The selected file is the template, and needs no matching"),
    ):
        files = _file(content) if content is not None else {"workbook": ("", b"")}
        assert words in await browser.post(path, {}, 422, files=files, token=token)
    await browser.post(path, files=_file(b"PK" + bytes(10_500_000)), token=token)
    assert "must be smaller than 10MB" in await browser.follow()
    await browser.post(path, {}, files=_file(SAGE), token=token)
    await browser.follow()
    answers = {**_form(browser), "do": "keep"}
    other = Browser(ready.client)
    other.cookies = {name: value for name, value in browser.cookies.items() if "extract" not in name}
    await other.get(path)
    assert "Select it again" in await other.post(path, answers, 422)
    for _ in range(3):
        ready.clock.forward(minutes=21)
        await browser.get("/returns")
    assert "Match an export of your finance system" in await browser.get(path)
    assert await _count(ready, "matching") == 0
