"""Administrators in a browser: people and what opens the service for them, the post, and the service itself."""

import re
from datetime import timedelta

import pytest

from grants.actions.people import SCHEDULER
from grants.domain.diary import Diary, Noted
from grants.pages.navigation import PARTS
from grants.settings import Settings
from grants.store.service_state import ServiceState, Waiting
from grants.web.pages.service_words import Checkpoint, parts
from tests.grants.web.browsing import Browser, at_work, joined, person
from tests.grants.web.pages.test_decision_pages import text_of
from tests.service import Clock, Service

OFFICER = {"role": "finance_officer", "recipient": "Oldham"}


async def _administrator(service: Service) -> Browser:
    browser, _, _ = await at_work(service, "administrator")
    return browser


async def test_somebody_is_added_invited_and_comes_in(service: Service) -> None:
    admin = await _administrator(service)
    await admin.get("/people/new")
    wrong = await admin.post("/people/new", {"name": " ", "email": ""}, 422)
    for words in ("Enter their name", "Enter their email address", "Select a role"):
        assert words in wrong
    new = {"name": "Nia New", "email": "Nia@Example.org", "once": "x"}
    assert "There is no recipient" in await admin.post(
        "/people/new", {**new, "role": "certifier", "recipient": "Atlantis"}, 422
    )
    several = await admin.post("/people/new", {**new, "role": "certifier", "recipient": "council"}, 422)
    assert "Several recipients" in several
    assert 'value="Nia New"' in several
    token = admin.token()
    for _ in range(2):  # the button pressed twice adds one person
        await admin.post("/people/new", {**new, **OFFICER}, token=token)
    page = await admin.follow()
    assert "The person is added" in page
    assert "Finance officer for Oldham" in page
    assert admin.page is not None
    path = admin.page.url.path
    assert "already" in await admin.post("/people/new", {**new, **OFFICER, "once": "y"}, 409)
    await admin.get(path)
    page = await admin.post(f"{path}/invitations", {"purpose": "join"}, 200)
    [link] = re.findall(r'class="app-secret">http://127.0.0.1:8000(/invitation/[^<]+)<', page)
    assert "Waits until" in text_of(await admin.get(path))
    nia = Browser(service.client)
    await nia.get(link)
    await nia.post(link, {"password": "otter lamp velocity 17"}, 200)
    await nia.sign_in("nia")
    assert "You are signed in as Nia New" in await nia.follow()
    page = text_of(await admin.get(path))
    assert "Used" in page
    assert "Firefox on Linux" in page


async def test_roles_are_given_and_ended_with_a_reason_that_stays(service: Service) -> None:
    admin = await _administrator(service)
    path = f"/people/{await person(service, 'auditor')}"
    await admin.get(path)
    asked = await admin.post(f"{path}/roles", {"role": "approver"}, 422)
    assert "Enter why they get the role" in asked
    await admin.post(f"{path}/roles", {"role": "approver", "programme": "WIDER-CSA", "give_reason": "Cover for leave"})
    page = text_of(await admin.follow())
    assert "The role is given" in page
    assert "Approver over Wider action on child sexual abuse" in page
    shown = await admin.get(path)
    held = re.findall(r'name="held" type="radio" value="([^"]+)">\s*<label[^>]*>([^<]+)<', shown)
    [approver] = [value for value, words in held if words.startswith("Approver")]
    assert "Select the role that ends" in await admin.post(f"{path}/roles/end", {"end_reason": "Back"}, 422)
    await admin.post(f"{path}/roles/end", {"held": approver, "end_reason": "Back from leave"})
    now, _, before = text_of(await admin.follow()).partition("Give a role")[0].partition("Roles that they held before")
    assert "Approver over" not in now
    assert "Approver over Wider action on child sexual abuse" in before
    await admin.get(path)
    assert "do not hold that role" in await admin.post(f"{path}/roles/end", {"held": approver, "end_reason": "x"}, 409)
    reasons = [
        record["reason"]
        for record in (await service.get("auditor", "/journal?limit=200"))["items"]
        if record["deed"] == "manage_people"
    ]
    assert {"Cover for leave", "Back from leave"} <= set(reasons)


async def test_shut_out_means_at_once_everywhere_and_can_be_undone(service: Service) -> None:
    admin = await _administrator(service)
    officer = await joined(service, "officer")
    await officer.sign_in("officer")
    path = f"/people/{await person(service, 'officer')}"
    await admin.get(path)
    await admin.post(f"{path}/state", {"to": "shut_out", "state_reason": "Left"})
    page = text_of(await admin.follow())
    assert "Shut out" in page
    assert "not signed in anywhere" in page
    assert (await officer.send("GET", "/account")).status_code == 303
    await service.get("officer", "/returns", 401)
    await admin.post(f"{path}/state", {"to": "active", "state_reason": "Came back"})
    assert "let in again" in await admin.follow()
    await officer.get("/sign-in")
    await officer.sign_in("officer")
    await admin.get(path)
    await admin.post(f"{path}/sessions/end")
    assert "All of their sessions have ended" in await admin.follow()
    assert (await officer.send("GET", "/account")).status_code == 303


async def test_a_token_of_somebody_is_revoked_and_no_other_by_that_way(service: Service) -> None:
    admin = await _administrator(service)
    path = f"/people/{await person(service, 'lead')}"
    page = await admin.get(path)
    [token] = re.findall(r'name="token" value="([^"]+)"', page)
    elsewhere = f"/people/{await person(service, 'auditor')}"
    await admin.post(f"{elsewhere}/tokens/revoke", {"token": token}, 404)
    await service.get("lead", "/plan")
    await admin.get(path)
    await admin.post(f"{path}/tokens/revoke", {"token": token})
    await service.get("lead", "/plan", 401)


async def test_nobody_changes_themselves_and_the_last_administrator_stays(service: Service) -> None:
    admin = await _administrator(service)
    path = f"/people/{await person(service, 'administrator')}"
    page = await admin.get(path)
    assert "This is you" in page
    assert f'action="{path}' not in page
    fields = {"role": "auditor", "give_reason": "Why not"}
    assert "Nobody can give a role to themselves" in await admin.post(f"{path}/roles", fields, 403)
    await admin.get(path)
    assert "Nobody else manages people" in await admin.post(f"{path}/state", {"state_reason": "x"}, 409)
    await admin.get(path)
    await admin.post(f"{path}/sessions/end", status=403)
    await admin.get("/account")


async def test_the_lists_open_sort_narrow_and_download(service: Service) -> None:
    await service.award()
    await service.open_round()
    admin = await _administrator(service)
    page = text_of(await admin.get("/people?roles=oldham&sort=-email"))
    assert "officer@example.org" in page
    assert "lead@example.org" not in page
    assert "officer" in text_of(await admin.get("/people?state=never_here"))
    page = await admin.get("/mail")
    assert "A return is due" in page
    [notice] = re.findall(r'href="(/mail/[0-9a-f-]{36})"', page)[:1]
    assert "Queued" in await admin.get(notice)
    for sort in ("what", "person", "state", "-attempts", "queued_at", "-ended_at"):
        await admin.get(f"/mail?sort={sort}&state=waiting")
    for path in ("/people?download=csv", "/mail?download=xlsx"):
        answer = await admin.send("GET", path)
        assert answer.headers["content-disposition"].startswith("attachment")


async def test_a_notice_that_failed_is_sent_again(service: Service) -> None:
    await service.award()
    await service.open_round()
    admin = await _administrator(service)
    async with service.gate.deed(SCHEDULER) as tx:
        await tx.db.execute("UPDATE outbox SET state = 'failed', ended_at = now(), failure = 'No such mailbox.'")
    path = re.findall(r'href="(/mail/[0-9a-f-]{36})"', await admin.get("/mail?state=failed"))[0]
    assert "notice that could not be sent" in await admin.get("/")
    assert "No such mailbox" in await admin.get(path)
    token = admin.token()
    await admin.post(f"{path}/send-again", {"once": "a"}, token=token)
    assert "The notice waits again" in await admin.follow()
    assert "Only a notice that failed" in await admin.post(f"{path}/send-again", {"once": "b"}, 409)


async def test_the_service_says_in_words_how_it_is(service: Service) -> None:
    admin = await _administrator(service)
    page = text_of(await admin.get("/service"))
    for words in ("answers, with the newest schema", "No upload waits", "Largest workbook 10MB", "open rounds"):
        assert words in page
    lead, _, _ = await at_work(service, "lead")
    for path in ("/service", "/mail", "/people", "/people/new"):
        await lead.get(path, 403)
    page = await admin.get("/")
    offered = {part.path for part in PARTS if f'href="{part.path}"' in page}
    assert offered == {"/people", "/mail", "/service"}


def _state(clock: Clock, **more: object) -> ServiceState:
    none = Waiting(0, None)
    given: dict[str, object] = {
        "postgresql": "18",
        "schema": "1",
        "schema_newest": "1",
        "journal_no": 9,
        "journal_at": clock.now,
        "entry_no": 3,
        **dict.fromkeys(("checking", "reports_due", "reports_failed", "notices_due", "notices_stuck"), none),
        **more,
    }
    return ServiceState(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "changed"),
    [
        ("Database", {"schema": "0"}),
        ("Uploads", {"checking": 11}),
        ("Reports", {"reports_due": 11}),
        ("Reports", {"reports_failed": 0}),
        ("Mail", {"notices_due": 11}),
        ("Mail", {"notices_stuck": 0}),
    ],
)
def test_what_is_not_well_is_not_called_well(part: str, changed: dict[str, object]) -> None:
    clock = Clock()
    more = {
        name: Waiting(1, clock.now - timedelta(minutes=value)) if isinstance(value, int) else value
        for name, value in changed.items()
    }
    found = parts(_state(clock, **more), Checkpoint(9, clock.now), [], clock.now, Settings())
    assert [each.name for each in found if each.tag.words != "Well"] == [part]
    well = parts(_state(clock), Checkpoint(9, clock.now), [], clock.now, Settings())
    assert {each.tag.words for each in well} == {"Well"}
    behind = Checkpoint(8, clock.now - timedelta(hours=3))
    for checkpoint in (None, behind):
        found = parts(_state(clock), checkpoint, [], clock.now, Settings())
        assert [each.name for each in found if each.tag.words != "Well"] == ["Journal"]


async def test_work_that_fails_is_told_without_what_was_typed() -> None:
    clock, fails = Clock(), [True]

    async def work() -> None:
        if fails:
            raise ValueError("Jane Doe")

    diary = Diary(clock)
    noted = diary.of("some work", work)
    assert diary.pages == [Noted("some work")]
    with pytest.raises(ValueError, match="Jane"):
        await noted()
    assert diary.pages == [Noted("some work", None, clock.now, "ValueError")]
    [told] = [
        each for each in parts(_state(clock), None, diary.pages, clock.now, Settings()) if "some work" in each.name
    ]
    assert told.tag.words == "Not well"
    assert "Jane" not in told.words
    fails.clear()
    await noted()
    assert diary.pages == [Noted("some work", clock.now)]
