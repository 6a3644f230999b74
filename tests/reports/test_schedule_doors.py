"""Schedules over HTTP: seen before they are saved, changed, and delivered to people who may see what they make."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from grants.actions import sessions
from grants.actions.people import OPERATOR, add_person, end_roles
from grants.domain.access import Role
from grants.pages.browser import SESSION, Site
from grants.store.people import actor_by_email
from grants.store.report_claims import MAX_ATTEMPTS
from reports.runs import wake
from tests.database import Database, looking
from tests.grants.mail.post import Post, rows
from tests.reports.waking import SIGNER, all_made, all_runs, clocked, scheduled, troubled
from tests.reports.waking import Clock as At
from tests.service import ADDRESS, Clock, Service

WEEKLY: dict[str, Any] = {
    "report": "returns-tracker",
    "title": "Twice a week",
    "rule": {"weekdays": ["tuesday", "friday"], "hour": 8, "minute": 30},
    "formats": ["csv"],
}
RULES: list[tuple[dict[str, Any], int]] = [
    ({}, 400),
    ({"every": "month", "weekdays": ["monday"]}, 400),
    ({"weekdays": ["doomsday"]}, 400),
    ({"weekdays": []}, 400),
    ({"on": "2025-02-30"}, 400),
    ({"on": "2025-01-01"}, 422),
    ({"cron": "0 9 30 2 *"}, 400),
    ({"cron": "0 9 * 2 MON#5"}, 422),
    ({"cron": "* * * * *"}, 400),
    ({"cron": "0 9 * * *", "hour": 9}, 400),
]


@pytest.mark.parametrize(("rule", "status"), RULES)
async def test_a_rule_that_never_fires_or_fires_too_often_is_refused_before_and_when_it_is_saved(
    service: Service, rule: dict[str, Any], status: int
) -> None:
    body = {**WEEKLY, "rule": rule}
    shown = await service.post("auditor", "/report-schedules/preview", body, status)
    saved = await service.post("auditor", "/report-schedules", body, status)
    assert (shown["code"], shown["detail"]) == (saved["code"], saved["detail"])
    assert (await service.get("auditor", "/report-schedules"))["items"] == []


async def test_the_preview_is_what_is_then_saved_and_keeps_nothing(service: Service) -> None:
    runs: list[Any] = []
    for body in (
        WEEKLY,
        {**WEEKLY, "rule": {"cron": "15 6 1 * *"}, "starts_on": "2025-10-01"},
        {**WEEKLY, "rule": {"on": "2025-12-31", "again": "month"}},
        {**WEEKLY, "rule": {"every": "quarter"}, "filters": {"period": "own"}, "starts_on": "2025-10-01"},
    ):
        before = (await service.get("auditor", "/report-schedules"))["items"]
        shown = await service.post("auditor", "/report-schedules/preview", body, 200)
        assert (await service.get("auditor", "/report-schedules"))["items"] == before
        saved = await service.post("auditor", "/report-schedules", body, 201)
        assert len(shown["next"]) == 5
        assert {name: saved[name] for name in ("next", "rule", "filters", "starts_on")} == {
            name: shown[name] for name in ("next", "rule", "filters", "starts_on")
        }
        await all_made(service)
        runs = (await service.get("auditor", f"/report-runs?schedule={saved['id']}"))["items"]
        assert len(runs) == shown["at_once"]
    assert [run["filters"] for run in runs] == [{"period": "2025-26-Q2"}]
    await service.post("approver", "/report-schedules/preview", WEEKLY, 403)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"filters": {"period": "own"}}, 400),
        ({"report": "allocation-position", "rule": {"every": "month"}, "filters": {"period": "own"}}, 400),
        ({"report": "allocation-position", "rule": {"every": "month"}, "filters": {"period": "own-year"}}, 200),
        ({"report": "no-such-report"}, 404),
        ({"receivers": ["nobody@example.org"]}, 400),
        ({"receivers": ["officer@example.org"]}, 400),
        ({"receivers": ["wider_lead@example.org"]}, 400),
        ({"receivers": ["WIDER_LEAD@example.org "], "filters": {"programme": "WIDER-CSA"}}, 200),
        ({"receivers": ["auditor@example.org", "approver@example.org"]}, 200),
        ({"report": "journal-extract", "receivers": ["auditor@example.org"]}, 200),
        ({"report": "journal-extract", "receivers": ["approver@example.org"]}, 400),
    ],
)
async def test_what_a_schedule_covers_and_who_gets_it_is_looked_at_first(
    service: Service, body: dict[str, Any], status: int
) -> None:
    answer = await service.post("auditor", "/report-schedules/preview", {**WEEKLY, **body}, status)
    assert status == 200 or answer["detail"].endswith(".")


async def test_a_schedule_is_changed_and_its_record_says_what_was_before(service: Service, clock: Clock) -> None:
    added = await service.post("auditor", "/report-schedules", WEEKLY, 201)
    path = f"/report-schedules/{added['id']}"
    same = await service.ask("auditor", "PATCH", path, json={})
    assert same.json() == added
    change = {"title": "Fridays", "rule": {"weekdays": ["friday"]}, "receivers": ["approver@example.org"]}
    changed = (await service.ask("auditor", "PATCH", path, json=change)).json()
    assert changed["title"] == "Fridays"
    assert changed["receivers"] == ["approver@example.org"]
    assert changed["rule"]["weekdays"] == ["friday"]
    async with looking(service.gate) as db:
        note = await db.fetchrow("SELECT before, after FROM journal ORDER BY number DESC LIMIT 1")
    assert '"Twice a week"' in note["before"]
    assert "approver@" not in note["after"]
    for bad, status in (
        ({"rule": {"every": "day"}}, 422),
        ({"rule": {"on": "2020-01-01"}}, 422),
        ({"report": "allocation-position"}, 400),
        ({"formats": ["pdf"]}, 400),
        ({"filters": {"programme": "NOTHING"}}, 404),
        ({"receivers": ["officer@example.org"]}, 400),
        ({"starts_on": "2099-01-01"}, 422),
    ):
        assert (await service.ask("auditor", "PATCH", path, json=bad)).status_code == status, bad
    assert await service.get("auditor", path) == changed
    assert (await service.ask("approver", "PATCH", path, json=change)).status_code == 403
    assert (await service.ask("wider_lead", "PATCH", path, json=change)).status_code == 404


async def test_another_day_of_the_same_month_makes_up_for_what_it_would_have_skipped(
    service: Service, clock: Clock
) -> None:
    rule = {"every": "month", "working_day": 20}
    added = await service.post("auditor", "/report-schedules", {**WEEKLY, "rule": rule}, 201)
    clock.forward(days=12)
    early = {"rule": {"every": "month", "working_day": 2}}
    assert (await service.ask("auditor", "PATCH", f"/report-schedules/{added['id']}", json=early)).status_code == 200
    await all_made(service)
    months = [run["period"] for run in (await service.get("auditor", "/report-runs"))["items"]]
    quarterly = {"rule": {"every": "quarter"}}
    await service.ask("auditor", "PATCH", f"/report-schedules/{added['id']}", json=quarterly)
    await all_made(service)
    assert [run["period"] for run in (await service.get("auditor", "/report-runs"))["items"]] == months
    assert len(months) == len(set(months))


async def test_receivers_are_told_with_a_link_once_while_they_may_see_it(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    async with service.gate.deed(OPERATOR) as tx:
        await add_person(tx, "leaving@example.org", "leaving", [(Role.AUDITOR, None)])
    receivers = ["approver@example.org", "leaving@example.org"]
    body = {**WEEKLY, "receivers": receivers}
    added = await service.post("auditor", "/report-schedules", body, 201)
    clock.forward(days=4)
    async with service.gate.deed(OPERATOR) as tx:
        await end_roles(tx, "leaving@example.org", Role.AUDITOR)
    post = Post(service.gate, tmp_path / "letters")
    await all_made(service)
    run = (await service.get("auditor", f"/report-runs?schedule={added['id']}"))["items"][0]
    queued = await rows(service.gate, f"about = '{run['id']}'")
    assert [(row["what"], row["email"]) for row in queued] == [("report_ready", name) for name in receivers]
    assert ("report_ready", "approver") in await post.new()
    assert {row["state"] for row in await rows(service.gate, "email LIKE 'leaving%'")} == {"dropped"}
    [text] = [text for what, to, text in post.letters() if run["id"] in text]
    assert f"/reports/{run['id']}" in text
    assert not any(word in text for word in ("£", "Twice a week"))
    await all_made(service)
    assert await post.new() == []


async def test_administrators_are_told_of_the_first_failure_and_of_giving_up(
    fresh_database: Database, tmp_path: Path
) -> None:
    def trouble() -> None:
        raise OSError(28, "No space left on device")

    clock = At()
    async with clocked(fresh_database, clock) as gate:
        async with gate.deed(OPERATOR) as tx:
            await add_person(tx, "administrator@example.org", "", [(Role.ADMINISTRATOR, None)])
            await add_person(tx, "auditor@example.org", "", [(Role.AUDITOR, None)])
            await add_person(tx, "pretender@example.org", "", [(Role.ADMINISTRATOR, None)], is_example=True)
        await scheduled(gate, report="troubled")
        post, told, texts = Post(gate, tmp_path / "letters"), [], []
        for _ in range(MAX_ATTEMPTS + 2):
            await wake(gate, SIGNER, reports=troubled(trouble))
            told.append(await post.new())
            texts += [text for _, _, text in post.letters()]
            clock.now += timedelta(hours=1)
        first = [("report_failed", "administrator")]
        assert told == [first, *[[]] * (MAX_ATTEMPTS - 2), first, [], []]
        assert ["not tried again" in text for text in texts] == [False, True]
        assert all("No space left on device" in text for text in texts)
        [run] = await all_runs(gate, state="failed")
        assert [attempt.failure is None for attempt in run.attempts] == [False] * MAX_ATTEMPTS
        assert all(attempt.ended_at for attempt in run.attempts)


async def test_a_failure_that_is_made_good_before_anybody_looks_is_told_to_nobody(
    fresh_database: Database, tmp_path: Path
) -> None:
    outcomes = iter([RuntimeError(), None])

    def trouble() -> None:
        if (error := next(outcomes)) is not None:
            raise error

    clock = At()
    async with clocked(fresh_database, clock) as gate:
        async with gate.deed(OPERATOR) as tx:
            await add_person(tx, "administrator@example.org", "", [(Role.ADMINISTRATOR, None)])
        await scheduled(gate, report="troubled")
        for _ in range(2):
            await wake(gate, SIGNER, reports=troubled(trouble))
            clock.now += timedelta(hours=1)
        assert await Post(gate, tmp_path / "letters").new() == []
        assert [row["state"] for row in await rows(gate)] == ["dropped"]


async def test_the_link_of_a_notice_leads_by_signing_in_to_the_run_and_its_files(service: Service) -> None:
    asked = await service.post("auditor", "/report-runs", {"report": "allocation-position", "formats": ["csv"]}, 202)
    await all_made(service)
    page = f"{ADDRESS}/reports/{asked['id']}"
    stranger = await service.client.get(page, follow_redirects=False)
    assert (stranger.status_code, stranger.headers["location"]) == (303, f"/sign-in?next=/reports/{asked['id']}")
    found = {
        who: await _looking_at(service, who, f"/reports/{asked['id']}") for who in ("auditor", "wider_lead", "officer")
    }
    assert [found[who].status_code for who in found] == [200, 404, 403]
    run = await service.get("auditor", f"/report-runs/{asked['id']}")
    assert run["files"][0]["sha256"] in found["auditor"].text
    file = await _looking_at(service, "auditor", f"/reports/{asked['id']}/csv")
    assert hashlib.sha256(file.content).hexdigest() == run["files"][0]["sha256"]
    assert file.headers["content-disposition"].startswith("attachment")
    assert (await _looking_at(service, "wider_lead", f"/reports/{asked['id']}/csv")).status_code == 404
    assert (await _looking_at(service, "auditor", f"/reports/{asked['id']}/ods")).status_code == 404


async def _looking_at(service: Service, who: str, path: str) -> httpx.Response:
    """A page in the browser of somebody who has signed in."""
    site: Site = service.client.app.state.site
    async with service.gate.signing_in() as tx:
        actor = await actor_by_email(tx.db, f"{who}@example.org")
        assert actor is not None
        cookie = await sessions.start(tx, actor, "password", 2, "Firefox on Linux")
    headers = {"Cookie": f"{site.cookie_name(SESSION)}={cookie}"}
    return await service.client.get(f"{ADDRESS}{path}", headers=headers, follow_redirects=False)
