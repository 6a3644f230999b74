"""A session that ends in the midst of work: nothing of the form is lost, and nobody else sees it."""

import re
from html import unescape
from uuid import UUID

import pytest
from pyotp import TOTP

from grants.actions import kept_forms
from grants.actions.people import OPERATOR
from grants.actions.sessions import end_all
from tests.database import Database, looking
from tests.grants.store.record import connected
from tests.grants.web.browsing import PASSWORD, Browser, at_work, joined, person
from tests.service import ADDRESS, Service

REASON = "Typed for an hour: “two pounds & a half” <b>"
KEPT = "tallystick-kept"
VIREMENT = {"from_line": "LOCAL-INQUIRIES", "to_line": "INVESTIGATIONS", "year": "2025-26", "pence": 1}


async def _proposed(service: Service) -> str:
    return str((await service.post("lead", "/virements", {**VIREMENT, "reason": "Needed"}, 201))["id"])


async def _writing(service: Service) -> tuple[Browser, str, str, str]:
    """An approver with a page in front of them whose form they fill in; the form's address, its token, their secret."""
    path = f"/decisions/{await _proposed(service)}"
    approver, secret, _ = await at_work(service, "approver")
    await approver.get(path)
    return approver, path, approver.token(), secret


async def _in_again(service: Service, browser: Browser, who: str, secret: str, onward: str) -> str:
    service.clock.forward(minutes=1)
    await browser.get(f"/sign-in?next={onward}")
    await browser.post("/sign-in", {"email": f"{who}@example.org", "password": PASSWORD, "next": onward})
    page = await browser.follow()
    if "Enter your code" in page:
        await browser.post("/sign-in/second-factor", {"code": TOTP(secret).at(service.clock.now), "next": onward})
        page = await browser.follow()
    return page


def _fields(page: str) -> dict[str, str]:
    form = page.split('action="/decisions/')[1].split("</form>")[0]
    return {name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form)}


async def test_what_was_typed_comes_back_and_is_sent_once(service: Service) -> None:
    approver, path, token, secret = await _writing(service)
    service.clock.forward(minutes=31)
    typed = {"reason": REASON, "once": "only"}
    await approver.post(f"{path}/approve", typed, token=token, headers={"Referer": f"{ADDRESS}{path}"})
    assert approver.page is not None
    assert approver.page.headers["location"] == "/sign-in?next=/kept-form"
    assert "What you sent was kept for you" in await approver.follow()
    page = await _in_again(service, approver, "approver", secret, "/kept-form")
    assert "You were signed out while you were working" in page
    assert "Nothing was lost" in page
    assert ">Decisions</dd>" in page
    assert REASON in unescape(page)
    assert f'href="{path}">Open the page' in page
    fields = _fields(page)
    fresh = fields.pop("form_token")
    assert fresh not in (token, "")
    assert fields.items() >= typed.items()
    assert "go on with your form" in await approver.get("/")
    for _ in range(2):
        await approver.post(f"{path}/approve", fields, token=fresh)
    assert "approved" in await approver.follow()
    decided = await service.get("lead", f"/decisions/{path.rpartition('/')[2]}")
    assert (decided["state"], decided["decision_reason"]) == ("approved", REASON)
    assert "go on with your form" not in await approver.get("/")


async def test_what_calls_itself_the_page_before_and_is_no_address_loses_nothing(service: Service) -> None:
    approver, path, token, secret = await _writing(service)
    service.clock.forward(minutes=31)
    await approver.post(f"{path}/approve", {"reason": REASON}, token=token, headers={"Referer": "http://["})
    page = await _in_again(service, approver, "approver", secret, "/kept-form")
    assert REASON in unescape(page)
    assert "Open the page" not in page


async def test_a_form_from_before_ones_person_signed_in_anew_is_shown_and_sent_when_they_say_so(
    service: Service,
) -> None:
    approver, path, token, secret = await _writing(service)
    service.clock.forward(minutes=31)
    await _in_again(service, approver, "approver", secret, "/account")
    await approver.post(f"{path}/approve", {"reason": REASON, "once": "old tab"}, token=token)
    page = await approver.follow()
    assert "You were signed out while you were working" in page
    assert REASON in unescape(page)
    assert (await service.get("lead", f"/decisions/{path.rpartition('/')[2]}"))["state"] == "proposed"
    fields = _fields(page)
    await approver.post(f"{path}/approve", fields, token=fields.pop("form_token"))
    assert "approved" in await approver.follow()


async def test_a_form_from_before_is_no_other_persons_and_never_from_elsewhere(service: Service) -> None:
    approver, path, token, secret = await _writing(service)
    service.clock.forward(minutes=31)
    other, _, _ = await at_work(service, "lead")
    words = "was not sent by a page of this service"
    assert words in await other.post("/kept-form/drop", {"reason": REASON}, 403, token=token)
    await _in_again(service, approver, "approver", secret, "/account")
    own = approver.token()
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        assert words in await approver.post(f"{path}/approve", {"reason": REASON}, 403, token=token, headers=headers)
    changed = own[:64] + token[64:]
    assert words in await approver.post("/account/password", {"new_password": "x"}, 403, token=token)
    assert KEPT not in approver.cookies
    await approver.post(
        f"{path}/approve", {"reason": REASON}, token=changed
    )  # for them, of no session: asked, not done
    assert "Nothing was lost" in await approver.follow()
    assert KEPT not in other.cookies
    await other.post("/sign-out", status=403, token=token)
    await approver.post("/sign-out", token=token)
    assert 'href="/sign-in"' in await approver.follow()


async def test_who_signs_out_after_all_is_simply_signed_out(service: Service) -> None:
    officer = await joined(service, "officer")
    await officer.sign_in("officer")
    await officer.follow()
    service.clock.forward(minutes=31)
    await officer.post("/sign-out")
    assert 'href="/sign-in"' in await officer.follow()


async def test_another_person_in_the_same_browser_sees_nothing_of_it(service: Service) -> None:
    approver, path, token, _ = await _writing(service)
    service.clock.forward(minutes=31)
    await approver.post(f"{path}/approve", {"reason": REASON}, token=token)
    other = await joined(service, "officer")
    officer = Browser(service.client, {**approver.cookies})
    page = await _in_again(service, officer, "officer", "", "/kept-form")
    assert "Typed for an hour" not in page
    assert "signed out while" not in page
    assert "go on with your form" not in await officer.get("/")
    await officer.get("/account")
    await officer.post("/kept-form/drop", token=officer.token())
    async with looking(service.gate) as db:  # row-level security shows it to its own person alone
        assert await db.fetchval("SELECT count(*) FROM kept_form") == 0
    assert other.cookies != officer.cookies


async def test_its_person_needs_the_browser_too_and_the_hour(service: Service) -> None:
    approver, path, token, secret = await _writing(service)
    service.clock.forward(minutes=31)
    await approver.post(f"{path}/approve", {"reason": REASON}, token=token)
    brought = approver.cookies[KEPT]
    elsewhere = Browser(service.client)
    page = await _in_again(service, elsewhere, "approver", secret, "/kept-form")
    assert "Typed for an hour" not in page
    name, _, key = brought.partition(".")
    for wrong in (f"{name}.{'A' * len(key)}", f"{name}.", "x.y", f"{UUID(int=1)}.{key}", name):
        elsewhere.cookies[KEPT] = wrong
        assert (await elsewhere.send("GET", "/kept-form")).headers["location"] == "/"
    elsewhere.cookies[KEPT] = brought
    assert "Typed for an hour" in await elsewhere.get("/kept-form")
    for _ in range(2):
        service.clock.forward(minutes=29)
        await elsewhere.get("/account")
    service.clock.forward(minutes=2)
    assert (await elsewhere.send("GET", "/kept-form")).headers["location"] == "/"


async def test_only_a_session_that_really_was_and_its_own_form_token_keep_anything(
    service: Service, fresh_database: Database
) -> None:
    approver, path, token, _ = await _writing(service)
    stranger = Browser(service.client)
    await stranger.get("/sign-in")
    service.clock.forward(minutes=31)
    never = Browser(service.client, {"tallystick": "n" * 43})
    for browser, used in ((approver, stranger.token()), (stranger, token), (never, token)):
        await browser.post(f"{path}/approve", {"reason": REASON}, token=used)
        assert browser.page is not None
        assert browser.page.headers["location"] == "/sign-in"
        assert KEPT not in browser.cookies
    await approver.post("/account/password", {"current_password": PASSWORD, "new_password": "x"}, token=token)
    assert KEPT not in approver.cookies  # nothing with a password in it is kept
    async with connected(fresh_database.owner_dsn) as owner:
        assert await owner.fetchval("SELECT count(*) FROM kept_form") == 0


async def test_a_session_that_ended_with_a_new_password_keeps_nothing(
    service: Service, fresh_database: Database
) -> None:
    approver, path, token, _ = await _writing(service)
    someone = await person(service, "approver")
    async with service.gate.deed(OPERATOR) as tx:
        await end_all(tx, someone, "password")
    await approver.post(f"{path}/approve", {"reason": REASON}, token=token)
    assert KEPT not in approver.cookies  # its cookie may be in a thief's hands
    async with connected(fresh_database.owner_dsn) as owner:
        assert await owner.fetchval("SELECT count(*) FROM kept_form") == 0


async def test_little_is_kept_of_one_person_sealed_and_not_for_long(service: Service, fresh_database: Database) -> None:
    approver, path, token, _ = await _writing(service)
    service.clock.forward(minutes=31)
    for number in range(8):
        await approver.post(f"{path}/approve", {"reason": f"{REASON} {number}"}, token=token)
    async with connected(fresh_database.owner_dsn) as owner:
        kept = [bytes(row["sealed"]) for row in await owner.fetch("SELECT sealed FROM kept_form")]
        assert len(kept) == 5
        assert not [content for content in kept if b"Typed" in content or b"decisions" in content]
        service.clock.forward(minutes=61)
        await kept_forms.forget_old(service.gate)
        assert await owner.fetchval("SELECT count(*) FROM kept_form") == 0


async def test_what_is_not_needed_goes_at_once(service: Service, fresh_database: Database) -> None:
    approver, path, token, secret = await _writing(service)
    service.clock.forward(minutes=31)
    await approver.post(f"{path}/approve", {"reason": REASON}, token=token)
    await _in_again(service, approver, "approver", secret, "/kept-form")
    await approver.post("/kept-form/drop")
    assert KEPT not in approver.cookies
    async with connected(fresh_database.owner_dsn) as owner:
        assert await owner.fetchval("SELECT count(*) FROM kept_form") == 0


@pytest.mark.parametrize("held", ["as it was", "to another return"])
async def test_a_file_is_kept_and_sent_on_from_here_and_to_nowhere_else(service: Service, held: str) -> None:
    await service.award()
    await service.open_round()
    [due] = (await service.get("officer", "/returns"))["items"]
    path = f"/returns/{due['id']}/upload"
    officer = await joined(service, "officer")
    await officer.sign_in("officer")
    await officer.get(path)
    token = officer.token()
    service.clock.forward(minutes=31)
    files = {"workbook": ("quarter two.xlsx", b"no workbook at all", "application/octet-stream")}
    await officer.post(path, {"once": "a", "note": "First"}, token=token, files=files)
    page = await _in_again(service, officer, "officer", "", "/kept-form")
    assert "quarter two.xlsx" in page
    assert "18 bytes" in page
    form = page.split(f'action="{path}"')[1].split("</form>")[0]
    fields = {name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form)}
    del fields["form_token"]
    if held == "as it was":
        refused = await officer.post(path, fields, 422)
        assert "The selected file must be" in refused
    else:
        fields["kept_form"] = str(UUID(int=1))
        assert "Select a" in await officer.post(path, fields, 422)
