"""Reports, schedules, verification, the journal and samples, as an auditor goes through them in a browser."""

import re
from typing import Any

from tests.grants.web.browsing import Browser, at_work
from tests.reports.pages.looking import accepted, text_of
from tests.reports.waking import done
from tests.service import Service

REPORT = {"report": "spend-transactions", "formats": "csv", "programme": "", "period": "", "once": "one"}
SCHEDULE = {
    "report": "spend-transactions",
    "title": "Lines, each quarter",
    "way": "every",
    "every": "quarter",
    "working_day": "3",
    "time": "9:30",
    "formats": "csv",
    "once": "two",
}


def _address(browser: Browser) -> str:
    assert browser.page is not None
    return str(browser.page.headers["location"]).partition("?")[0]


async def _verified(browser: Browser, status: int = 200, **sent: Any) -> str:
    await browser.get("/verify")
    return text_of(await browser.post("/verify", sent.pop("fields", {"text": ""}), status, **sent))


async def test_a_report_is_made_downloaded_and_verified(service: Service) -> None:
    await accepted(service)
    auditor, _, _ = await at_work(service, "auditor")
    assert "Spend transactions" in await auditor.get("/reports")
    await auditor.get("/reports/new?report=spend-transactions")
    page = await auditor.post("/reports/new", {**REPORT, "formats": "pdf"}, 422)
    assert "Choose at least one format" in page
    assert "must be a whole number" in await auditor.post("/reports/new", {**REPORT, "as_at": "last"}, 422)
    assert "There is a problem" in await auditor.post("/reports/new", {**REPORT, "as_at": "999999"}, 422)
    token = auditor.token()
    places = set()
    for _ in range(2):  # the button pressed twice
        await auditor.post("/reports/new", REPORT, token=token)
        places.add(_address(auditor))
    [place] = places
    run = await done(service, place.rpartition("/")[2])
    page = await auditor.get(place)
    assert run["files"][0]["sha256"] in page
    assert "data-refresh" not in page
    assert "Nothing: there is no earlier run" in text_of(page)
    await auditor.post("/reports/new", {**REPORT, "formats": "xlsx", "since": "1", "once": "compared"})
    later = _address(auditor)
    await done(service, later.rpartition("/")[2])
    said = text_of(await auditor.get(later))
    assert re.search(
        r"What changed \d+ figures? changed .* Spent: Locally-led inquiries, 2025 to 2026 .* Not shown £1,434.50 £1,434.50",
        said,
    )
    file = await auditor.send("GET", f"{place}/csv")
    said = await _verified(auditor, files={"file": ("mine.csv", file.content)})
    assert "mine.csv is exactly what the service made" in said
    said = await _verified(auditor, files={"file": ("mine.csv", file.content + b" ")})
    assert "mine.csv could not be verified" in said
    assert "What differs" not in said  # nobody knows which report it should be
    changed = file.content.replace(b"INV-2", b"INV-3")
    named = str(run["files"][0]["filename"])
    said = await _verified(auditor, files={"file": (named.replace(".csv", " (1).csv"), changed)})
    assert re.search(r"1 cell differs .* CSV!\w+ INV-2 INV-3", said)
    again = file.content.replace(b"\r\n", b"\n") if b"\r\n" in file.content else file.content.replace(b"\n", b"\r\n")
    said = await _verified(auditor, files={"file": ("other.csv", again)}, fields={"run": run["id"]})
    assert "Every cell says the same" in said
    said = await _verified(auditor, fields={"text": run["files"][0]["sha256"].upper()})
    assert "is exactly what the service made" in said
    assert "Select a file" in await _verified(auditor, 422)
    assert "64 hexadecimal digits" in await _verified(auditor, 422, fields={"text": "nonsense"})
    listed = text_of(await auditor.get("/reports?report=spend-transactions&state=done"))
    assert "Showing all 2" in listed
    assert "Nothing matches" in await auditor.get("/reports?report=section-70")


async def test_a_schedule_is_seen_before_it_is_kept_changed_and_paused(service: Service) -> None:
    auditor, _, _ = await at_work(service, "auditor")
    await auditor.get("/report-schedules/new?report=spend-transactions")
    for wrong, message in (
        ({"way": "", "title": "A title"}, "Choose when the report is made"),
        ({"time": "25:00"}, "Enter a time of the day"),
        ({"way": "on", "on": "31/2/2026"}, "must be a real date"),
        ({"way": "on", "on": "1/2/2020"}, "Choose a later date"),
        ({"way": "cron", "cron": "* * * * *"}, "once an hour at the most"),
        ({"receivers": "nobody@example.org"}, "Receiver 1 is nobody"),
        ({"title": ""}, "Enter a title"),
    ):
        page = await auditor.post("/report-schedules/new", {**SCHEDULE, **wrong}, 422)
        assert "There is a problem" in page
        assert message in page
    page = text_of(await auditor.post("/report-schedules/new", {**SCHEDULE, "act": "preview"}, 200))
    assert "Each quarter, on the 3rd working day after it ends, at 09:30." in page
    assert "Quarter 3, October to December 2025: 6 January 2026 at 09:30" in page
    assert (await service.get("auditor", "/report-schedules"))["items"] == []
    await auditor.post("/report-schedules/new", {**SCHEDULE, "act": "keep", "receivers": "lead@example.org\n"})
    place = _address(auditor)
    assert "The schedule is kept" in await auditor.follow()
    await auditor.get(f"{place}/change")
    changed = {**SCHEDULE, "way": "weekdays", "weekdays": "tuesday", "act": "keep", "once": "three"}
    await auditor.post(f"{place}/change", {**changed, "receivers": "lead@example.org"})
    assert "Each week on Tuesday, at 09:30" in text_of(await auditor.follow())
    await auditor.post(f"{place}/pause", {"once": "four"})
    assert "None while the schedule is paused" in await auditor.follow()
    await auditor.post(f"{place}/resume", {"once": "five"})
    page = await auditor.follow()
    assert "Lines, each quarter" in await auditor.get("/report-schedules")
    await auditor.get(place)
    assert "days on which it runs" in text_of(await auditor.post(f"{place}/runs", {"period": "2025-26-Q1"}, 422))
    await auditor.post(f"{place}/runs", {"period": "2025-10-28", "once": "six"})
    run = _address(auditor)
    await auditor.get(place)
    await auditor.post(f"{place}/runs", {"period": "2025-10-28", "once": "seven"})
    assert _address(auditor) == run  # there is one already
    assert "Lines, each quarter" in await auditor.get(run)
    approver, _, _ = await at_work(service, "approver")
    page = await approver.get(place)
    assert 'method="post"' not in page.partition("<main")[2]
    await approver.get("/report-schedules/new", 403)


async def test_the_journal_is_searched_and_its_head_holds(service: Service) -> None:
    await service.award()
    auditor, _, _ = await at_work(service, "auditor")
    page = await auditor.get("/journal?subject_kind=award&subject=LI-OLDHAM-01")
    found = text_of(page)
    assert "Move award" in found
    assert "Showing all 4" in found
    found = text_of(await auditor.get("/journal?page=1"))
    assert "A session of auditor" in found
    assert re.search(r"Decision \d+ \(award\)", found)
    assert "…" not in found.partition("Records of the journal")[2]  # nothing is called by its identifier
    assert "Nothing is on the record on these days" in await auditor.get("/journal?from=1/1/2020&to=2020-12-31")
    assert "must be a real date" in await auditor.get("/journal?from=31/31/2020", 400)
    assert "Showing" in await auditor.get("/journal?to=31/12/9999")
    number = re.findall(r'href="/journal/(\d+)"', page)[0]
    one = text_of(await auditor.get(f"/journal/{number}"))
    assert "agreed active" in one
    assert re.search(r"Hash of its leaf [0-9a-f]{64}", one)
    for unknown in ("0", "999999", "x"):
        await auditor.get(f"/journal/{unknown}", 404)
    proof = await auditor.send("GET", f"/journal/proof?record={number}")
    assert proof.json()["records"][0]["number"] == int(number)
    kept = (await auditor.send("GET", "/journal/checkpoint")).text
    said = await _verified(auditor, fields={"text": kept})
    assert "the journal still contains it" in said
    said = await _verified(auditor, files={"file": ("kept.txt", kept.encode())}, fields={})
    assert "exactly those that were signed" in said
    said = await _verified(auditor, fields={"text": kept.replace("entry ", "entry 1")})
    assert "signature does not hold" in said
    lead, _, _ = await at_work(service, "lead")
    assert "Ask your administrator" in await _verified(lead, 403, fields={"text": kept})
    await lead.get("/journal", 403)


async def test_a_sample_is_drawn_and_tested_item_by_item(service: Service) -> None:
    await accepted(service)
    auditor, _, _ = await at_work(service, "auditor")
    await auditor.get("/samples/new")
    form = {"population": "lines", "method": "top", "size": "1", "seed": "", "once": "one"}
    assert "Enter how many items" in await auditor.post("/samples/new", {**form, "size": "none"}, 422)
    await auditor.post("/samples/new", form)
    place = _address(auditor)
    await done(service, place.rpartition("/")[2])
    page = await auditor.get(place)
    assert "Chair&#39;s fees" in page
    [item] = set(re.findall(r"\?item=([\w:]+)", page))
    assert "/figures/line:" in page
    assert "Record the result" in await auditor.get(f"{place}?item={item}")
    sent = {"run": place.rpartition("/")[2], "item": item, "outcome": "differs", "finding": "", "pence": ""}
    assert "Say what you found" in await auditor.post("/samples/results", sent, 422)
    sent["pence"] = "lots"
    assert "must be an amount of money" in await auditor.post("/samples/results", sent, 422)
    sent |= {"finding": "The invoice is for less", "pence": "£1,000.00", "once": "two"}
    await auditor.post("/samples/results", sent)
    assert "The result is recorded" in await auditor.follow()
    said = text_of(await auditor.get(f"{place}?result=differs"))
    assert "Differs 1 £1,234.50" in said
    said = text_of(await auditor.get(f"{place}?item={item}"))
    assert "Differs The invoice is for less Amount found: £1,000" in said
    lead, _, _ = await at_work(service, "lead")
    assert "Record the result" not in await lead.get(f"{place}?item={item}")
    await lead.post("/samples/results", sent, 403)
    other, _, _ = await at_work(service, "wider_lead")
    await other.get(place, 404)
