"""A decision from the plan to the plan, and an auditor's day: reports, files verified, the journal, a sample; in each way."""

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook
from playwright.async_api import Browser, Locator, expect

from tests.browser.chromium import person_at
from tests.browser.hands import WAYS, Hand, hand_of
from tests.browser.oldham import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

GIVER, TAKER = "Child Abuse Image Database", "Undercover online network"
MOVED_PENCE = 1_000_25


async def _begin(hand: Hand, who: str) -> None:
    await hand.person.go("/")
    await hand.press(who)
    await hand.arrive("What needs you now")


def _parts(hand: Hand) -> Locator:
    return hand.page.get_by_role("navigation", name="Parts of the service")


async def _allocated(hand: Hand, line: str) -> int:
    """What the plan says that a line was allocated, in pence."""
    row = hand.page.get_by_role("row").filter(has=hand.page.get_by_role("link", name=line, exact=True)).first
    words = await row.get_by_role("link", name=re.compile("allocated")).inner_text()
    pounds, _, pence = words.split()[0].strip("£").replace(",", "").partition(".")
    return int(pounds) * 100 + int(pence or 0)


async def _see_plan(hand: Hand) -> tuple[int, int]:
    await hand.follow("Plan", within=_parts(hand))
    await hand.arrive("The plan at a glance")
    return await _allocated(hand, GIVER), await _allocated(hand, TAKER)


async def _propose(hand: Hand, reason: str) -> None:
    await hand.follow(GIVER)
    await hand.arrive(GIVER)
    await hand.follow("Move money between lines")
    await hand.arrive("Move money between lines")
    await hand.pick("To which funding line?", f"{TAKER} (UNDERCOVER)")
    await hand.pick("Financial year", "2025 to 2026")
    await hand.write("Amount", "£1,000.25")
    await hand.press("Check what this would do")
    effect = hand.page.get_by_role("table", name="Money, now and if this is approved")
    await expect(effect).to_contain_text("+£1,000.25")
    await expect(effect).to_contain_text("-£1,000.25")
    await hand.write("Why is this proposed?", reason)
    await hand.press("Propose")
    await expect(hand.page.get_by_role("alert")).to_contain_text("proposed")
    await expect(hand.page.get_by_role("button", name="Approve")).to_have_count(0)


async def _approve(hand: Hand) -> None:
    await hand.use(hand.page.get_by_role("link", name=re.compile(r"^\d+ decisions? to approve")))
    await hand.arrive("Decisions")
    row = hand.page.get_by_role("row").filter(has_text="£1,000.25").first
    await hand.use(row.get_by_role("link").first)
    await expect(hand.page.locator("main")).to_contain_text("What it would do")
    await hand.write("Why do you approve or decline it?", "Agreed (example)")
    await hand.press("Approve")
    await expect(hand.page.get_by_role("alert")).to_contain_text("approved")
    await expect(hand.page.get_by_role("table", name="Entries that it made")).to_contain_text("£1,000.25")


@pytest.mark.parametrize("way", WAYS)
async def test_a_decision_from_the_plan_to_the_plan(way: str, browser: Browser, address: str) -> None:
    """Somebody sees the plan, proposes with the effect in sight; somebody else approves; the plan says so."""
    async with (
        person_at(browser, address, **WAYS[way]) as lead,
        person_at(browser, address, **WAYS[way]) as approver,
    ):
        hand = hand_of(lead, way)
        await _begin(hand, "Sign in as Priya Lead")
        giver, taker = await _see_plan(hand)
        await _propose(hand, f"By {way} (example)")
        assert await _see_plan(hand) == (giver, taker)
        other = hand_of(approver, way)
        await _begin(other, "Sign in as Amir Approver")
        await _approve(other)
        assert await _see_plan(hand) == (giver - MOVED_PENCE, taker + MOVED_PENCE)


async def _newest_report(hand: Hand) -> bytes:
    """From the first page to the file of a report that was made for a period."""
    await hand.follow("Reports", within=_parts(hand))
    await hand.arrive("Reports")
    row = hand.page.locator("#catalogue > div").filter(has_text="Exceptions")
    await hand.use(row.get_by_role("link", name=re.compile("Quarter")))
    await hand.arrive("Exceptions")
    return await hand.save(await hand.page.get_by_role("link", name=re.compile("xlsx$")).inner_text())


async def _verify(hand: Hand, content: bytes, answer: str) -> None:
    await hand.follow("Reports", within=_parts(hand))
    await hand.arrive("Reports")
    await hand.follow("Verify a file")
    await hand.arrive("Verify a report")
    await hand.give("file", "report.xlsx", content)
    await hand.press("Verify")
    await expect(hand.page.locator("#answer-heading")).to_contain_text(answer)


async def _search_journal(hand: Hand) -> None:
    await hand.follow("Journal", within=_parts(hand))
    await hand.arrive("Journal")
    await hand.write("Subject’s reference or identifier", "CAID-GMP-01")
    await hand.press("Apply filters")
    rows = hand.page.get_by_role("table", name="Records of the journal").get_by_role("row")
    await expect(rows.nth(1)).to_contain_text("CAID-GMP-01")
    said = await rows.all_inner_texts()
    assert all("CAID-GMP-01" in row for row in said[1:])
    await hand.use(rows.nth(1).get_by_role("link").first)
    await hand.arrive("Record ")


async def _sample(hand: Hand, way: str) -> None:
    """Drawn, one item tested, its result beside it."""
    await hand.follow("Reports", within=_parts(hand))
    await hand.follow("Audit samples")
    await hand.arrive("Audit samples")
    await hand.follow("Draw a sample")
    await hand.arrive("Draw an audit sample")
    await hand.write("How many items", "3")
    await hand.press("Draw the sample")
    await hand.arrive("Audit sample")
    await hand.see_made()
    items = hand.page.get_by_role("table", name="Items of the sample").get_by_role("row")
    await expect(items).to_have_count(4)
    await hand.use(items.nth(1).get_by_role("link").first)
    await hand.arrive("item ")
    await hand.tick("Differs")
    finding = f"The invoice is for less, found by {way} (example)"
    await hand.write("What you found", finding)
    await hand.write("Amount that you found (optional)", "410.00")
    await hand.press("Record the result")
    await expect(hand.page.get_by_role("alert")).to_contain_text("The result is recorded")
    await expect(items.filter(has_text="Differs")).not_to_have_count(0)


@pytest.mark.parametrize("way", WAYS)
async def test_a_day_of_an_auditor(way: str, browser: Browser, served: Served) -> None:
    """A report downloaded, and held against what was made; with one byte changed it is not that; journal; a sample tested."""
    async with person_at(browser, served.address, **WAYS[way]) as auditor:
        hand = hand_of(auditor, way)
        await _begin(hand, "Sign in as Olwen Auditor")
        report = await _newest_report(hand)
        assert load_workbook(BytesIO(report)).sheetnames[0] == "Cover"
        await _verify(hand, report, "is exactly what the service made")
        await _verify(hand, report[:-1] + bytes([report[-1] ^ 1]), "could not be verified")
        await _search_journal(hand)
        await _sample(hand, way)
