"""From checked to submitted, and what stands behind a return: reasons, certificate, evidence, lines, history, changes."""

import re
from html import unescape

from tests.database import looking
from tests.grants.web.browsing import Browser, at_work
from tests.importers.making import Typed
from tests.importers.test_doors import workbook
from tests.service import Service

GIFTS = [
    Typed(reference=f"INV-{number}", description="Gifts for the team" if number % 2 else "Investigators")
    for number in range(1, 4)
]
"""Lines of which the first and the last have the same warning, but are no range."""
SIGNED = {"name": "A. Treasurer", "role": "Section 151 officer", "declaration": "yes"}
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


async def _warned(service: Service) -> str:
    """A return whose newest version has warnings alone; its page."""
    found = (await service.upload(workbook(*GIFTS))).json()
    return f"/returns/{found['id']}"


async def _reasons(service: Service) -> list[str | None]:
    async with looking(service.gate) as db:
        rows = await db.fetch("SELECT reason FROM return_problem WHERE severity = 'warning' ORDER BY number")
    return [row["reason"] for row in rows]


async def _browser(service: Service, who: str, path: str) -> Browser:
    browser, _, _ = await at_work(service, who)
    await browser.get(path)
    return browser


def _once(browser: Browser) -> dict[str, str]:
    assert browser.page is not None
    found = re.search(r'name="once" value="([^"]+)"', browser.page.text)
    assert found
    return {"once": found[1]}


async def test_one_reason_answers_all_that_say_the_same_and_one_of_them_can_have_its_own(due: Service) -> None:
    path = await _warned(due)
    officer = await _browser(due, "officer", "/")
    assert officer.page is not None
    assert "1 return whose warnings need a reason" in officer.page.text
    await officer.get(f"{path}/reasons")
    numbers = re.findall(r'name="warning-(\d+)"', officer.page.text)
    assert len(numbers) >= 2
    page = await officer.post(f"{path}/reasons", {**_once(officer), "group-1": "  "}, 422)
    assert "Error: Reasons for warnings" in page
    assert await _reasons(due) == [None] * len(await _reasons(due))
    page = await officer.post(f"{path}/reasons", {"group-1": "x" * 2_001}, 422)
    assert "A reason can hold 2,000 characters" in page
    groups = len(re.findall(r'name="group-\d+"', page))
    shared = {f"group-{number}": "Agreed in writing <b>on 3 July</b>" for number in range(1, groups + 1)}
    await officer.post(f"{path}/reasons", {**shared, f"warning-{numbers[0]}": "A retirement"})
    assert officer.page is not None
    assert officer.page.headers["location"] == f"{path}/check?done=reasons"
    kept = await _reasons(due)
    assert set(kept) == {"Agreed in writing <b>on 3 July</b>", "A retirement"}
    page = await officer.get(f"{path}/check?done=reasons")
    assert "The reasons are kept with the return." in page
    assert "&lt;b&gt;on 3 July" in page
    assert "It is with the certifier now" in page
    lead = await _browser(due, "lead", f"{path}/reasons")
    assert lead.page is not None
    assert "<textarea" not in lead.page.text


async def test_the_certifier_signs_what_they_looked_at_and_nothing_else(due: Service) -> None:
    path = await _warned(due)
    certifier = await _browser(due, "certifier", f"{path}/certify")
    assert certifier.page is not None
    assert "Certify and submit" not in certifier.page.text
    answer = await certifier.post(f"{path}/certify", {**SIGNED, "version": "1"}, 409)
    assert "no reason yet" in answer
    assert "return to certify" not in await certifier.get("/")
    await due.upload(workbook())
    assert (
        '<a class="govuk-link govuk-link--no-visited-state" href="/returns">1 return to certify</a>'
        in await certifier.get("/")
    )
    await certifier.get(f"{path}/certify")
    for missing, words in (("name", "Enter your full name"), ("role", "Enter the office"), ("declaration", "Confirm")):
        left = {name: value for name, value in SIGNED.items() if name != missing}
        page = await certifier.post(f"{path}/certify", {**left, "version": "2"}, 422)
        assert words in page
        assert "There is a problem" in page
    assert "newest is version 2" in await certifier.post(f"{path}/certify", {**SIGNED, "version": "1"}, 409)
    for wrong in ("", "two", "²", "1" * 30):
        await certifier.post(f"{path}/certify", {**SIGNED, "version": wrong}, 422)
    officer = await _browser(due, "officer", f"{path}/check")
    await officer.post(f"{path}/certify", {**SIGNED, "version": "2"}, 403)
    await certifier.get(f"{path}/certify")
    sent = {**SIGNED, "version": "2", **_once(certifier)}
    for _ in range(2):
        await certifier.post(f"{path}/certify", sent, token=certifier.token())
        assert certifier.page is not None
        assert certifier.page.headers["location"] == f"{path}?done=certified"
        await certifier.get(path)
    assert "There is nothing to certify now" in await certifier.get(f"{path}/certify")


async def test_a_certifier_who_cannot_sign_says_why(due: Service) -> None:
    path = await _warned(due)
    certifier = await _browser(due, "certifier", f"{path}/certify")
    assert "Say what has to change" in await certifier.post(f"{path}/decline-to-certify", {"message": " "}, 422)
    await certifier.post(f"{path}/decline-to-certify", {"message": "Leave out <the> gifts"})
    officer = await _browser(due, "officer", path)
    assert officer.page is not None
    for page in (officer.page.text, await officer.get(f"{path}/messages"), await officer.get(f"{path}/history")):
        assert "Leave out &lt;the&gt; gifts" in page


async def test_what_stands_behind_a_return_can_be_looked_at_and_taken_along(due: Service) -> None:
    path = await _warned(due)
    officer = await _browser(due, "officer", f"{path}/changes")
    assert officer.page is not None
    assert "There is one version" in officer.page.text
    await due.upload(workbook(GIFTS[0].but(net=99), Typed(reference="NEW-1", net=5)))
    page = unescape(await officer.get(f"{path}/changes"))
    assert "1 line added, 2 removed, 1 changed, 0 the same." in page
    assert "£1,234.50" in page
    assert "1 line added" in unescape(await officer.get(f"{path}/changes?from=2&to=2"))
    await officer.get(f"{path}/changes?from=7&to=9", 404)
    added = await officer.send("GET", f"{path}/changes?download=csv&change=added")
    told = [line.split(",") for line in added.text.splitlines()]
    assert [(one[1], one[3], one[-1]) for one in told[1:]] == [("Spend!G7", "NEW-1", "5.00")]
    changed = await officer.get(f"{path}/changes?change=changed&from=1&to=2")
    assert "NEW-1" not in changed
    assert re.search(r"<td[^>]*>\s*Net\s*</td>", changed)
    file = await officer.send("GET", f"{path}/lines?download=csv&q=gifts")
    assert file.text.count("Gifts") >= 1
    assert "NEW-1" not in file.text
    assert "Uploaded. Checked: no errors" in await officer.get(f"{path}/history?sort=person")
    foreign, _, _ = await at_work(due, "foreign_officer")
    for part in ("lines", "history", "messages", "changes", "check", "reasons", "evidence"):
        await foreign.get(f"{path}/{part}", 404)


async def test_evidence_is_attached_told_and_withdrawn(due: Service) -> None:
    path = await _warned(due)
    officer = await _browser(due, "officer", f"{path}/evidence")
    address = f"{path}/evidence"
    assert "Select a file" in await officer.post(address, {}, 422)
    for content, line, words in (
        (b"MZ\x90 a program", "", "There is a problem"),
        (PDF, "NO-SUCH", "no such line"),
        (b"", "", "empty"),
    ):
        page = await officer.post(address, {"line": line}, 422, files={"file": ("invoice.pdf", content)})
        assert words in page
    await officer.post(address, {"line": "INV-1"}, files={"file": ("invoice <1>.pdf", PDF)})
    page = await officer.get(f"{address}?done=attached")
    assert "<1>" not in page
    assert "About the line INV-1." in page
    await officer.post(address, {"line": "INV-1"}, files={"file": ("invoice.pdf", PDF)})
    assert officer.page is not None
    assert officer.page.headers["location"].endswith("done=there")
    [there] = set(re.findall(rf'href="({address}/[0-9a-f-]{{36}})"', await officer.get(address)))
    assert (await officer.send("GET", there)).content == PDF
    await officer.get(address)
    assert "Say why the file is withdrawn" in await officer.post(f"{there}/withdraw", {}, 422)
    field = f"reason-{there.rpartition('/')[2]}"
    await officer.post(f"{there}/withdraw", {field: "The wrong invoice"})
    assert "The wrong invoice" in await officer.get(address)
