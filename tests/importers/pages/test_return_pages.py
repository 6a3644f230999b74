"""The page of one return: in each state, for each viewer, what it says is to be done, and nothing that is not theirs to do."""

from datetime import UTC, date, datetime
from html import unescape
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from msgspec import structs

from grants.actions.return_deeds import ReturnAsSeen, ReturnDeeds
from grants.actions.return_views import ReturnView, VersionView
from grants.domain.returns import SUBMITTED, TAKES_UPLOAD, ReturnState
from grants.pages.environment import environment
from importers.pages.return_tasks import MEANINGS, next_step, tasks
from tests.grants.web.browsing import Browser, at_work
from tests.importers.making import Typed
from tests.importers.test_doors import workbook
from tests.service import Service

NOBODY = ReturnDeeds(*[False] * 8)


def as_seen(state: ReturnState, deeds: ReturnDeeds, errors: int = 0, unexplained: int = 0) -> ReturnAsSeen:
    """A return in a state, with one version if it can have one."""
    version = VersionView(
        1, state, "return.xlsx", "", 1, "", "Fran", datetime(2025, 10, 1, tzinfo=UTC), "2", "1", 1, 100, errors,
        unexplained, unexplained, None, "A. Treasurer", "Treasurer", None,
    )  # fmt: skip
    view = ReturnView(
        uuid4(), "LI-OLDHAM-01", "GB-LAE-OLD", "Oldham", "2025-26-Q2", "Quarter 2", state, date(2025, 10, 28), 0,
        0 if state is ReturnState.DUE else 1, False, [], 0, [], [], [] if state is ReturnState.DUE else [version], [],
    )  # fmt: skip
    return ReturnAsSeen(view, deeds, 0)


def links(seen: ReturnAsSeen) -> set[str]:
    """The parts of the return that its page leads the viewer to, as things to do."""
    found = [task.get("href", "") for task in tasks(seen)] + [next_step(seen).address]
    return {address.rpartition("/")[2] for address in found if address}


def _all_deeds() -> Any:
    for flags in product((False, True), repeat=len(ReturnDeeds.__struct_fields__)):
        yield ReturnDeeds(*flags)


@pytest.mark.parametrize("state", ReturnState)
def test_no_state_offers_what_is_not_the_viewer_s_and_each_says_what_is(state: ReturnState) -> None:
    for deeds in _all_deeds():
        for unexplained in (0, 2):
            seen = as_seen(state, deeds, errors=int(state is ReturnState.HAS_PROBLEMS), unexplained=unexplained)
            offered = links(seen)
            allowed = {"check", "problems"}
            allowed |= {"template"} if deeds.prepares else set()
            allowed |= {"upload"} if deeds.uploads else set()
            allowed |= {"reasons"} if deeds.explains else set()
            allowed |= {"certify"} if deeds.signs else set()
            allowed |= {"review"} if deeds.reviews or deeds.decides else set()
            assert offered <= allowed, (state, deeds, offered)
            assert next_step(seen).words.endswith(".")
            assert len(tasks(seen)) == 7
    assert MEANINGS[state].endswith(".")
    assert links(as_seen(state, NOBODY)) <= {"check", "problems"}


def test_whoever_can_go_on_is_led_on() -> None:
    for state in ReturnState:
        if state in TAKES_UPLOAD - {ReturnState.READY}:
            seen = as_seen(state, structs.replace(NOBODY, prepares=True, uploads=True), errors=1)
            wanted = "problems" if state is ReturnState.HAS_PROBLEMS else "upload"
            assert next_step(seen).address.endswith(wanted)
        if state in SUBMITTED - {ReturnState.ACCEPTED}:
            seen = as_seen(state, structs.replace(NOBODY, reviews=True, decides=True))
            assert next_step(seen).address.endswith("review")
    ready = structs.replace(NOBODY, certifies=True, signs=True)
    assert next_step(as_seen(ReturnState.READY, ready)).address.endswith("certify")
    assert next_step(as_seen(ReturnState.READY, ready, unexplained=1)).address == ""
    officer = structs.replace(NOBODY, prepares=True, uploads=True, explains=True)
    assert next_step(as_seen(ReturnState.READY, officer, unexplained=1)).address.endswith("reasons")


async def test_a_return_s_life_as_its_people_see_it(due: Service) -> None:
    [listed] = (await due.get("officer", "/returns"))["items"]
    path = f"/returns/{listed['id']}"
    officer, certifier, lead = [(await at_work(due, who))[0] for who in ("officer", "certifier", "lead")]
    page = await officer.get(path)
    assert "Download the template, fill it in and upload it." in page
    assert f'href="{path}/upload"' in page
    assert "6 days late" in page
    assert "Forecast outturn" not in page
    assert "no reasons are asked for" in await officer.get(f"{path}/reasons")
    assert f'href="{path}/upload"' not in await certifier.get(path)
    assert "finance officer uploads a workbook next" in unescape(await lead.get(path))
    assert "6 days late" in await officer.get("/returns")
    assert "No return waits for you to certify it." in await certifier.get("/returns")

    await due.upload(workbook(Typed(net="x")))
    page = await officer.get(path)
    assert "There is 1 error." in page
    assert "Forecast outturn" in page
    assert "Correct 1 error" in await officer.get("/returns")
    found = (await due.upload(workbook())).json()
    reasons = [{"problem": each["number"], "reason": "As agreed"} for each in found["problems"]]
    if reasons:
        assert "Give " in await officer.get("/returns")
        await due.post("officer", f"{path}/explanations", {"reasons": reasons}, 200)
    assert f'href="{path}/certify"' in await certifier.get(path)
    assert f'href="{path}/certify"' in await certifier.get("/returns")

    certificate = {"name": "A. Treasurer", "role": "Section 151 officer", "declaration": True}
    await due.post("certifier", f"{path}/certify", certificate, 200)
    assert "Submitted 6 days late" in await officer.get(path)
    assert f'href="{path}/review"' in await lead.get(path)
    assert f'href="{path}/review"' in await lead.get("/returns")
    await due.post("lead", f"{path}/request-changes", {"message": "Split <line> 1"}, 200)
    page = await officer.get(path)
    assert page.index("Split &lt;line&gt; 1") < page.index("What to do next")
    assert "Upload a corrected workbook" in page


async def test_files_of_a_return_are_those_of_the_api_and_nobody_else_s(due: Service) -> None:
    sent = workbook(Typed(net="x"))
    found = (await due.upload(sent)).json()
    path = f"/returns/{found['id']}"
    officer, _, _ = await at_work(due, "officer")
    of_award = "/awards/LI-OLDHAM-01/returns/2025-26-Q2/template"
    for here, there in (("template", of_award), ("workbook", f"{path}/workbook"), ("annotated", f"{path}/annotated")):
        answer = await officer.send("GET", f"{path}/{here}")
        by_token = await due.ask("officer", "GET", there)
        assert answer.content == by_token.content
        assert answer.headers["content-disposition"] == by_token.headers["content-disposition"]
    assert (await officer.send("GET", f"{path}/workbook?version=1")).content == sent
    assert (await officer.send("GET", f"{path}/workbook?version=2")).status_code == 404
    foreign, _, _ = await at_work(due, "foreign_officer")
    for part in ("", "/template", "/workbook", "/annotated", "/problems", "/upload"):
        await foreign.get(f"{path}{part}", 404)


async def test_versions_are_a_table_with_a_file(due: Service) -> None:
    found = (await due.upload(workbook(Typed(net="x")))).json()
    officer, _, _ = await at_work(due, "officer")
    await _is_shown(officer, f"/returns/{found['id']}?versions-sort=errors", "return.xlsx")
    answer = await officer.send("GET", f"/returns/{found['id']}?versions-download=csv")
    assert "return.xlsx" in answer.text


async def _is_shown(browser: Browser, path: str, words: str) -> None:
    assert words in await browser.get(path)


def test_templates_of_the_wing_compile() -> None:
    made = environment(["importers.pages"], lambda name: name)
    for name in made.list_templates(filter_func=lambda name: name.startswith("return")):
        made.get_template(name)
