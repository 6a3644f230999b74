"""What goes wrong on the way: a session that ends, two tabs, the back button, a button pressed twice. Nothing is lost, and nothing done twice."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.chromium import Person, person_at
from tests.browser.hands import WAYS, Hand
from tests.browser.oldham import Served, filled

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERIOD = "2025-26-Q2"
OFFICER, LEAD = "Fran Finance, Oldham", "Priya Lead"
POINTED = [way for way in WAYS if way != "keyboard"]


async def _end_session(browser: Browser, served: Served, who: str) -> None:
    """The same person ends, in another browser, all sessions but that one."""
    async with person_at(browser, served.address) as elsewhere:
        await elsewhere.sign_in(who)
        await elsewhere.go("/account")
        await Hand(elsewhere).press("End all others")
        await expect(elsewhere.page.get_by_role("button", name="End all others")).to_have_count(0)


async def _sign_in_again(person: Person, who: str) -> None:
    await expect(person.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    await person.page.get_by_role("button", name=who).first.click()


def _decisions(served: Served, reason: str) -> list[Any]:
    with served.api("approver@") as approver:
        found = approver.get("/decisions", params={"state": "proposed", "limit": 100}).json()["items"]
    return [one for one in found if one["reason"] == reason]


async def _fill_in_virement(hand: Hand, reason: str) -> None:
    await hand.person.go("/decisions/new/vire?line=CAID")
    await hand.pick("To which funding line?", "Undercover online network (UNDERCOVER)")
    await hand.pick("Financial year", "2025 to 2026")
    await hand.write("Amount", "£250")
    await hand.write("Why is this proposed?", reason)


@pytest.mark.parametrize("way", POINTED)
async def test_an_upload_whose_session_ended_is_not_lost(way: str, browser: Browser, served: Served) -> None:
    """File and note come back after signing in again, for nobody else in that browser, and are sent on once."""
    award = f"LI-OLDHAM-ENDED-{POINTED.index(way)}"
    served.award_to_oldham(award)
    found = served.return_of(award, PERIOD)
    async with person_at(browser, served.address, **WAYS[way]) as officer:
        hand = Hand(officer)
        await officer.sign_in(OFFICER)
        await officer.go(f"/returns/{found['id']}")
        workbook = filled(await hand.save("Download the template"), PERIOD)
        await officer.go(f"/returns/{found['id']}/upload")
        await hand.give("workbook", "long work.xlsx", workbook)
        await hand.write("Note to the reviewer (optional)", "Written for an hour")
        await _end_session(browser, served, OFFICER)
        await hand.press("Upload and check")
        await _sign_in_again(officer, LEAD)
        await hand.arrive("What needs you now")
        assert "Nothing was lost" not in await officer.page.inner_text("main")
        await hand.press("Sign out")
        await officer.sign_in(OFFICER)
        await hand.follow("go on with your form")
        await hand.arrive("You were signed out while you were working")
        for words in ("Nothing was lost", "long work.xlsx", "Written for an hour"):
            await expect(officer.page.locator("main")).to_contain_text(words)
        await hand.press("Go on")
        await hand.arrive("Problems in version 1")
    [version] = served.return_of(award, PERIOD)["versions"]
    assert (version["filename"], version["note"]) == ("long work.xlsx", "Written for an hour")


@pytest.mark.parametrize("way", POINTED)
async def test_a_form_whose_session_ended_is_not_lost(way: str, browser: Browser, served: Served) -> None:
    """What was typed comes back as it was, and is done once."""
    reason = f"Typed before the session ended, {way} (example)"
    async with person_at(browser, served.address, **WAYS[way]) as lead:
        hand = Hand(lead)
        await lead.sign_in(LEAD)
        await _fill_in_virement(hand, reason)
        await _end_session(browser, served, LEAD)
        await hand.press("Propose")
        await _sign_in_again(lead, LEAD)
        await hand.arrive("You were signed out while you were working")
        await expect(lead.page.locator("main")).to_contain_text(reason)
        assert _decisions(served, reason) == []
        await hand.press("Go on")
        await hand.arrive("Move money between lines")
    assert len(_decisions(served, reason)) == 1


async def test_a_stale_form_in_another_tab_is_refused_with_words(browser: Browser, served: Served) -> None:
    """One tab accepts; the other still offers to ask for changes, and says why it cannot any more. What was typed stays."""
    async with person_at(browser, served.address) as lead:
        await lead.sign_in(LEAD)
        await lead.go("/returns?award=CAID-GMP-01&state=certified")
        row = lead.page.get_by_role("row").filter(has_text="CAID-GMP-01").filter(has_text="Quarter 1").first
        address = await row.get_by_role("link").first.get_attribute("href")
        stale = await lead.new_tab()
        await stale.goto(f"{served.address}{address}/review")
        await lead.go(f"{address}/review")
        await Hand(lead).press("Accept version")
        await expect(lead.page.get_by_role("alert")).to_contain_text("The return is accepted")
        lead.expected += ["409", "422"]
        await stale.get_by_label("What must be changed?").fill("Say what the hosting was for")
        await stale.get_by_role("button", name="Request changes").click()
        problem = stale.get_by_role("alert")
        await expect(problem).to_contain_text("There is a problem")
        await expect(problem).to_contain_text("accepted")
        await expect(stale.get_by_role("heading", level=1)).to_contain_text("Review of the return")


@pytest.mark.parametrize("way", POINTED)
async def test_back_after_a_deed_does_it_no_second_time(way: str, browser: Browser, served: Served) -> None:
    """Back shows the form anew, of which not enough is left to do the same by pressing its button."""
    reason = f"Gone back to, {way} (example)"
    async with person_at(browser, served.address, **WAYS[way]) as lead:
        hand = Hand(lead)
        await lead.sign_in(LEAD)
        await _fill_in_virement(hand, reason)
        await hand.press("Propose")
        await expect(lead.page.get_by_role("alert")).to_contain_text("proposed")
        await lead.page.go_back()
        await hand.arrive("Move money between lines")
        lead.expected.append("400")
        await hand.press("Propose")
        problem = lead.page.get_by_role("alert")
        await expect(problem).to_contain_text("There is a problem")
        await lead.go("/decisions")
        for turn in (
            lead.page.go_back,
            lead.page.reload,
        ):  # to a form that was refused: the browser does not ask to send it again
            await turn()
            await expect(problem).to_contain_text("There is a problem")
    assert len(_decisions(served, reason)) == 1


async def test_back_after_a_return_was_accepted_shows_it_accepted(browser: Browser, served: Served) -> None:
    """What was decided is not offered again."""
    async with person_at(browser, served.address) as lead:
        hand = Hand(lead)
        await lead.sign_in(LEAD)
        await lead.go("/returns?award=INV-GMP-01&state=in_review")
        row = lead.page.get_by_role("row").filter(has_text="INV-GMP-01").filter(has_text="Quarter 2").first
        await hand.use(row.get_by_role("link").first)
        await hand.press("Review")
        await hand.arrive("Review of the return")
        await lead.page.get_by_role("button", name="Accept version").dblclick()
        await expect(lead.page.get_by_role("alert")).to_contain_text("The return is accepted")
        await lead.page.go_back()
        await hand.arrive("Review of the return")
        await expect(lead.page.locator("main")).to_contain_text("Accepted")
        await expect(lead.page.get_by_role("button", name="Accept version")).to_have_count(0)


@pytest.mark.parametrize("way", POINTED)
async def test_a_button_pressed_twice_does_one_deed(way: str, browser: Browser, served: Served) -> None:
    """A double click, where a script holds it back and where none does."""
    reason = f"Pressed twice, {way} (example)"
    async with person_at(browser, served.address, **WAYS[way]) as lead:
        await lead.sign_in(LEAD)
        await _fill_in_virement(Hand(lead), reason)
        await lead.page.get_by_role("button", name="Propose", exact=True).dblclick()
        await expect(lead.page).to_have_url(re.compile(r"/decisions/[0-9a-f-]{36}"))
        await expect(lead.page.get_by_role("alert")).to_contain_text("proposed")
    assert len(_decisions(served, reason)) == 1


@pytest.mark.parametrize("way", POINTED)
async def test_an_upload_sent_twice_is_one_version(way: str, browser: Browser, served: Served) -> None:
    """A double click on the button that sends a file."""
    award = f"LI-OLDHAM-TWICE-{POINTED.index(way)}"
    served.award_to_oldham(award)
    found = served.return_of(award, PERIOD)
    async with person_at(browser, served.address, **WAYS[way]) as officer:
        hand = Hand(officer)
        await officer.sign_in(OFFICER)
        await officer.go(f"/returns/{found['id']}")
        workbook = filled(await hand.save("Download the template"), PERIOD)
        await officer.go(f"/returns/{found['id']}/upload")
        await hand.give("workbook", "return.xlsx", workbook)
        await officer.page.get_by_role("button", name="Upload and check").dblclick()
        await hand.arrive("Problems in version 1")
    assert len(served.return_of(award, PERIOD)["versions"]) == 1
