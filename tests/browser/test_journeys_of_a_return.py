"""A return's way from what is due to a figure that an auditor follows to its cell: in each way in which people use a browser."""

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook
from playwright.async_api import Browser, expect

from tests.browser.chromium import PHONE, person_at
from tests.browser.hands import WAYS, Hand, hand_of
from tests.browser.oldham import CELL, FAULTS, TOTAL, Served, cells_marked, corrected, filled, typed_wrongly

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUARTERS = {"2025-26-Q2": "Quarter 2, July to September 2025", "2025-26-Q3": "Quarter 3, October to December 2025"}
OFFICER, CERTIFIER = "Sign in as Fran Finance, Oldham", "Sign in as Sam Section 151, Oldham"
REASON = "A court ordered the notice, and the award's terms allow it"


async def _begin(hand: Hand, who: str) -> None:
    await hand.person.go("/")
    await hand.press(who)
    await hand.arrive("What needs you now")


async def _open_due(hand: Hand, award: str, period: str) -> None:
    """From the first page to the return that is due."""
    await hand.use(hand.page.get_by_role("link", name=re.compile(r"^\d+ returns? to upload")))
    await hand.arrive("Returns")
    row = hand.page.get_by_role("row").filter(has_text=award).filter(has_text=QUARTERS[period])
    await expect(row.first).to_contain_text(re.compile(r"(28 October 2025|29 January 2026).*Due.*\d+ days"))
    await hand.follow(award, within=row.first)
    await hand.arrive(f"Spend return for {QUARTERS[period]}")


async def _upload_with_faults(hand: Hand, period: str) -> None:
    template = await hand.save("Download the template")
    await hand.press("Upload the return")
    await hand.arrive("Upload a spend return")
    await hand.give("workbook", "return.xlsx", filled(template, period))
    await hand.press("Upload and check")
    await hand.arrive("Problems")


async def _read_problems(hand: Hand, period: str) -> None:
    """Each fault with its cell, what was typed and what to type."""
    await expect(hand.page.get_by_text("3 errors and 1 warning in return.xlsx")).to_be_visible()
    for cell in FAULTS:
        row = hand.page.get_by_role("row").filter(has=hand.page.get_by_text(cell, exact=True))
        for words in typed_wrongly(cell, period):
            await expect(row).to_contain_text(words)


async def _correct(hand: Hand, period: str) -> None:
    marked = await hand.save("Download your workbook with the problems marked")
    assert set(FAULTS) <= cells_marked(marked)
    await hand.press("Upload it again")
    await hand.arrive("Upload a spend return")
    await hand.give("workbook", "return.xlsx", corrected(marked, period))
    await hand.press("Upload and check")
    await hand.arrive("Spend return")
    await expect(hand.page.get_by_role("alert")).to_contain_text("No errors were found in it")


async def _give_reasons(hand: Hand) -> None:
    await hand.press("Give reasons")
    await hand.arrive("Reasons for warnings")
    await expect(hand.page.get_by_text("Spend!C9")).to_be_visible()
    hand.person.expected.append("422")
    await hand.press("Keep the reasons")
    await expect(hand.page.get_by_role("heading", name="There is a problem")).to_be_visible()
    hand.person.expected.clear()
    await hand.write("Reason", REASON)
    await hand.press("Keep the reasons")
    await hand.arrive("Check your answers")
    for words in (TOTAL, REASON, "It is with the certifier now"):
        await expect(hand.page.locator("main")).to_contain_text(words)


async def _officer(hand: Hand, award: str, period: str) -> None:
    """Sign-in to “it is with the certifier”."""
    await _begin(hand, OFFICER)
    await _open_due(hand, award, period)
    await _upload_with_faults(hand, period)
    await _read_problems(hand, period)
    await _correct(hand, period)
    await _give_reasons(hand)


async def _certifier(hand: Hand, award: str) -> None:
    await _begin(hand, CERTIFIER)
    await hand.use(hand.page.get_by_role("link", name=re.compile(r"^\d+ returns? to certify")))
    await hand.arrive("Returns")
    row = hand.page.get_by_role("row").filter(has_text=award)
    await hand.follow(award, within=row.first)
    await hand.arrive("Spend return for")
    await hand.press("Certify")
    await hand.arrive("Certify a return")
    for words in (TOTAL, REASON):
        await expect(hand.page.locator("main")).to_contain_text(words)
    await hand.write("Your full name", "A. Treasurer")
    await hand.write("Your office", "Section 151 officer")
    await hand.tick(await hand.page.locator("label[for=declaration]").inner_text())
    await hand.press("Certify and submit")
    await hand.arrive("Spend return for")
    await expect(hand.page.get_by_role("alert")).to_contain_text("The return is certified, and so submitted")


async def _lead(hand: Hand, award: str, *, has_previous: bool) -> None:
    await _begin(hand, "Sign in as Priya Lead")
    await hand.use(hand.page.get_by_role("link", name=re.compile(r"^\d+ returns? to review")))
    await hand.arrive("Returns")
    row = hand.page.get_by_role("row").filter(has_text=award)
    await hand.follow(award, within=row.first)
    await hand.press("Review")
    await hand.arrive("Review of the return for")
    money = hand.page.get_by_role("table", name=re.compile("^Spend by cost category"))
    previous = money.get_by_role("columnheader", name=re.compile("Quarter .*, accepted"))
    await expect(previous).to_have_count(1 if has_previous else 0)
    await expect(money).to_contain_text(TOTAL)
    await expect(hand.page.locator("main")).to_contain_text(REASON)
    await hand.press("Accept version 2")
    await hand.arrive("Review of the return for")
    await expect(hand.page.get_by_role("alert")).to_contain_text("The return is accepted")


async def _auditor(hand: Hand, award: str, period: str) -> None:
    """From the plan to the figure and its cell; and the same line in a report, with the figure that the report names."""
    await _begin(hand, "Sign in as Olwen Auditor")
    await hand.follow("Plan")
    await hand.arrive("The plan at a glance")
    await hand.follow("Locally-led inquiries")
    await hand.arrive("Locally-led inquiries")
    await hand.follow(award)
    await hand.arrive(award)
    await hand.use(hand.page.get_by_role("link", name=re.compile(r"^£[\d,.]+ spent, ICT")).first)
    await hand.arrive(f"Spent: {award}")
    await _follow_to_the_cell(hand, award)
    figure = _figure(await _report(hand), award, period)
    await hand.follow("Reports", within=hand.page.get_by_role("navigation", name="Parts of the service"))
    await hand.arrive("Reports")
    await hand.follow("Where a figure comes from")
    await hand.write("Identifier of the figure", figure)
    await hand.press("Show where it comes from")
    await expect(hand.page.locator("#value")).to_have_text("£12")


async def _follow_to_the_cell(hand: Hand, award: str) -> None:
    await expect(hand.page.locator("#sum")).to_contain_text("exactly the figure above")
    entry = hand.page.get_by_role("row").filter(has_text="version 2").filter(has_text="return.xlsx").last
    await hand.use(entry.get_by_role("link", name=re.compile("^Entry")))
    await hand.arrive("of the ledger")
    line = hand.page.get_by_role("row").filter(has_text=f"{award}/3").filter(has_text="£12")
    await hand.follow(CELL, within=line)
    await expect(hand.page.locator("#cell")).to_contain_text("12")
    sheet = hand.page.get_by_role("table", name=re.compile("Sheet Spend, around cell G8"))
    for beside in (f"{award}/3", "Scribes Ltd", "Inquiry team, a month"):
        await expect(sheet).to_contain_text(beside)


async def _report(hand: Hand) -> bytes:
    await hand.follow("Reports", within=hand.page.get_by_role("navigation", name="Parts of the service"))
    await hand.arrive("Reports")
    await hand.follow("Make now: Spend transactions")
    await hand.arrive("Make a report: Spend transactions")
    await hand.press("Make the report")
    await hand.arrive("Spend transactions")
    await hand.see_made()
    link = hand.page.get_by_role("link", name=re.compile("^Download .*xlsx"))
    return await hand.save(await link.inner_text())


def _figure(report: bytes, award: str, period: str) -> str:
    """The figure of the line of 12 pounds."""
    rows = list(load_workbook(BytesIO(report))["Transactions"].iter_rows(values_only=True))
    rows_of_names = ([str(cell).split(" [")[0] for cell in row] for row in rows)
    names = next(found for found in rows_of_names if "Figure" in found)
    [line] = [row for row in rows if row[names.index("Reference")] == f"{award}/3" and period in row]
    return str(line[names.index("Figure")])


@pytest.mark.parametrize(
    ("way", "award", "period"),
    [
        ("scripts", "LI-OLDHAM-01", "2025-26-Q2"),
        ("no scripts", "LI-OLDHAM-01", "2025-26-Q3"),
        ("keyboard", "LI-OLDHAM-02", "2025-26-Q2"),
    ],
)
async def test_a_return_from_what_is_due_to_its_cell(
    way: str, award: str, period: str, browser: Browser, served: Served
) -> None:
    """Four people, one after the other, each from the first page on by what its pages offer."""
    if award != "LI-OLDHAM-01":
        served.award_to_oldham(award)
    async with person_at(browser, served.address, **WAYS[way]) as officer:
        await _officer(hand_of(officer, way), award, period)
    async with person_at(browser, served.address, **WAYS[way]) as certifier:
        await _certifier(hand_of(certifier, way), award)
    async with person_at(browser, served.address, **WAYS[way]) as lead:
        await _lead(hand_of(lead, way), award, has_previous=award == "LI-OLDHAM-01")
    assert served.return_of(award, period)["state"] == "accepted"
    async with person_at(browser, served.address, **WAYS[way]) as auditor:
        await _auditor(hand_of(auditor, way), award, period)


async def test_an_officer_hands_in_on_a_narrow_phone(browser: Browser, served: Served) -> None:
    """320 pixels wide, which is also 1,280 at 400%, in colours of one's own: nothing runs over the side."""
    award = "LI-OLDHAM-PHONE"
    served.award_to_oldham(award)
    async with person_at(browser, served.address, viewport=PHONE, forced_colors="active", has_touch=True) as officer:
        await _officer(Hand(officer), award, "2025-26-Q2")
