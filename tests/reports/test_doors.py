"""The auditor's doors over HTTP: schedules, runs, downloads and traces, and who may not pass."""

import base64
import hashlib
from typing import Any
from uuid import UUID, uuid4

import pytest

from grants.actions.people import SCHEDULER
from grants.store import reports as stored
from reports.catalogue import offers
from tests.database import looking
from tests.reports.waking import all_made, done
from tests.service import OLDHAM, Clock, Service

QUARTERLY = {
    "report": "allocation-position",
    "title": "Each quarter",
    "rule": {"every": "quarter", "working_day": 3, "hour": 9, "minute": 30},
    "formats": ["xlsx", "csv"],
}


async def _made(service: Service, who: str = "auditor", **body: Any) -> Any:
    """A run that somebody asked for, done."""
    asked = await service.post(who, "/report-runs", {"report": "allocation-position", **body}, 202)
    return await done(service, asked["id"], who)


async def test_the_catalogue_names_what_each_report_understands(service: Service) -> None:
    found = (await service.get("auditor", "/reports"))["items"]
    assert [report["name"] for report in found] == sorted(offers())
    named = {report["name"]: report for report in found}
    assert named["spend-transactions"]["filters"] == ["funding_line", "period", "programme", "recipient"]
    assert named["360giving"]["formats"][3:] == ["json"]
    assert all(report["purpose"] and report["formats"][:3] == ["xlsx", "ods", "csv"] for report in found)
    first = await service.get("auditor", "/reports?limit=1")
    rest = await service.get("auditor", f"/reports?after={first['next']}")
    assert [*first["items"], *rest["items"]] == found


async def test_a_schedule_shows_its_next_five_runs_and_makes_the_quarter_that_is_due(
    service: Service, clock: Clock
) -> None:
    added = await service.post("auditor", "/report-schedules", {**QUARTERLY, "starts_on": "2025-10-01"}, 201)
    assert [due["period"] for due in added["next"]] == [
        "2025-26-Q3",
        "2025-26-Q4",
        "2026-27-Q1",
        "2026-27-Q2",
        "2026-27-Q3",
    ]
    assert added["next"][0]["at"] == "2026-01-06T09:30:00Z"
    assert (await service.get("approver", "/report-schedules"))["items"] == [added]
    await all_made(service)
    (run,) = (await service.get("auditor", f"/report-runs?schedule={added['id']}"))["items"]
    run = await done(service, run["id"])
    assert (run["period"], run["state"], run["schedule"]) == ("2025-26-Q2", "done", "Each quarter")
    assert [file["filename"] for file in run["files"]] == [
        "allocation-position-2025-26-Q2.xlsx",
        "allocation-position-2025-26-Q2.csv",
    ]
    clock.forward(days=70)
    await all_made(service)
    newest = (await service.get("auditor", "/report-runs?limit=1"))["items"][0]
    await done(service, newest["id"])
    runs = (await service.get("auditor", "/report-runs?state=done&report=allocation-position"))["items"]
    assert [found["period"] for found in runs] == ["2025-26-Q3", "2025-26-Q2"]


async def test_a_download_is_the_file_as_it_was_made_with_its_digest(service: Service) -> None:
    run = await _made(service, formats=["xlsx", "csv"])
    for file in run["files"]:
        answer = await service.ask("auditor", "GET", f"/report-runs/{run['id']}/files/{file['format']}")
        assert answer.status_code == 200
        digest = hashlib.sha256(answer.content)
        assert digest.hexdigest() == file["sha256"]
        assert answer.headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
        assert answer.headers["content-disposition"].startswith(f'attachment; filename="{file["filename"]}"')
        assert ("csv" in answer.headers["content-type"]) is (file["format"] == "csv")
        known = await service.get("auditor", f"/report-files/{file['sha256']}")
        assert (known["run_id"], known["entry_no"], known["format"]) == (run["id"], run["entry_no"], file["format"])
    await service.get("auditor", f"/report-files/{'0' * 64}", 404)
    await service.get("auditor", "/report-files/nothing", 400)
    await service.get("auditor", f"/report-runs/{run['id']}/files/pdf", 404)
    await service.get("auditor", f"/report-runs/{uuid4()}", 404)
    await service.get("auditor", f"/report-runs/{uuid4()}/files/xlsx", 404)


async def test_the_same_key_asks_once(service: Service) -> None:
    headers = {"Idempotency-Key": "one"}
    body = {"report": "returns-tracker"}
    first = await service.post("auditor", "/report-runs", body, 202, headers=headers)
    assert await service.post("auditor", "/report-runs", body, 202, headers=headers) == first
    assert len((await service.get("auditor", "/report-runs"))["items"]) == 1
    await service.post("auditor", "/report-runs", {"report": "allocation-position"}, 409, headers=headers)


async def test_open_data_is_made_as_json_and_other_reports_are_not(service: Service) -> None:
    await service.award(recipient=OLDHAM)
    done = await _made(service, report="360giving", formats=["json", "ods"])
    answer = await service.ask("auditor", "GET", f"/report-runs/{done['id']}/files/json")
    assert answer.headers["content-type"] == "application/json"
    assert [grant["id"] for grant in answer.json()["grants"]] == ["360G-EXAMPLE-LI-OLDHAM-01"]
    await service.post("auditor", "/report-runs", {"report": "section-70", "formats": ["json"]}, 400)
    await service.post("lead", "/report-runs", {"report": "journal-extract"}, 403)


async def test_pause_resume_and_a_period_by_hand(service: Service) -> None:
    added = await service.post("auditor", "/report-schedules", QUARTERLY, 201)
    path = f"/report-schedules/{added['id']}"
    assert (await service.post("auditor", f"{path}/pause", status=200))["state"] == "paused"
    assert (await service.get("auditor", path))["next"] == []
    assert (await service.post("auditor", f"{path}/resume", status=200))["state"] == "active"
    asked = await service.post("auditor", f"{path}/runs", {"period": "2025-26-Q1"}, 202)
    await done(service, asked["id"])
    await service.post("auditor", f"{path}/runs", {"period": "2025-26-Q1"}, 409)
    await service.post("auditor", f"{path}/runs", {"period": "2025-26-Q3"}, 422)
    await service.post("auditor", f"{path}/runs", {"period": "2025-26-P01"}, 400)
    await service.post("auditor", f"/report-schedules/{uuid4()}/pause", status=404)


async def test_lists_come_in_pages_without_a_gap(service: Service, clock: Clock) -> None:
    for number in range(5):
        await service.post("auditor", "/report-schedules", {**QUARTERLY, "title": f"Number {number}"}, 201)
        await service.post("auditor", "/report-runs", {"report": "returns-tracker"}, 202)
        clock.forward(seconds=number % 2)  # some at the same instant
    for path in ("/report-schedules", "/report-runs"):
        whole = [item["id"] for item in (await service.get("auditor", path))["items"]]
        seen, after = [], ""
        while True:
            page = await service.get("auditor", f"{path}?limit=2&after={after}")
            seen += [item["id"] for item in page["items"]]
            if (after := page["next"]) is None:
                break
        assert seen == whole
        assert len(whole) == 5
        await service.get("auditor", f"{path}?after=nonsense", 400)
        await service.get("auditor", f"{path}?limit=0", 400)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"report": "no-such-report"}, 404),
        ({"formats": ["pdf"]}, 400),
        ({"formats": []}, 400),
        ({"formats": ["csv", "csv"]}, 400),
        ({"rule": {"every": "fortnight"}}, 400),
        ({"rule": {"every": "month", "working_day": 21}}, 400),
        ({"rule": {"every": "month", "hour": 24}}, 400),
        ({"rule": {"every": "month", "cron": "* * * * *"}}, 400),
        ({"rule": {"every": "day", "working_day": 0}, "starts_on": "2020-01-01"}, 422),
        ({"starts_on": "2099-01-01"}, 422),
        ({"starts_on": "soon"}, 400),
        ({"filters": {"recipient": "GB-LAE-OLD"}}, 400),
        ({"filters": {"period": "2025-26-Q1"}}, 400),
        ({"filters": {"programme": "NOTHING"}}, 404),
        ({"filters": {"funding_line": "NOTHING"}}, 404),
        ({"title": " "}, 400),
        ({"title": "two\nlines"}, 400),
        ({"surprise": 1}, 400),
    ],
)
async def test_a_wrong_schedule_is_refused_in_a_sentence_and_leaves_nothing(
    service: Service, change: dict[str, Any], status: int
) -> None:
    answer = await service.post("auditor", "/report-schedules", {**QUARTERLY, **change}, status)
    assert answer["detail"].endswith(".")
    assert (await service.get("auditor", "/report-schedules"))["items"] == []


async def test_one_programmes_lead_sees_and_makes_reports_over_that_programme_alone(service: Service) -> None:
    everything = await _made(service)
    others = await _made(service, filters={"programme": "ACTION-PLAN"})
    of_line = await _made(service, "wider_lead", filters={"funding_line": "TOEX"}, formats=["csv"])
    assert of_line["filters"] == {"programme": "WIDER-CSA", "funding_line": "TOEX"}
    schedule = await service.post(
        "auditor", "/report-schedules", {**QUARTERLY, "filters": {"programme": "ACTION-PLAN"}}, 201
    )
    assert [run["id"] for run in (await service.get("wider_lead", "/report-runs"))["items"]] == [of_line["id"]]
    assert (await service.get("wider_lead", "/report-schedules"))["items"] == []
    unknown = await service.get("wider_lead", f"/report-runs/{uuid4()}", 404)
    for run in (everything, others):
        foreign = await service.get("wider_lead", f"/report-runs/{run['id']}", 404)
        assert (foreign["code"], foreign["detail"]) == (unknown["code"], unknown["detail"])
        await service.get("wider_lead", f"/report-runs/{run['id']}/files/xlsx", 404)
        await service.get("wider_lead", f"/report-files/{run['files'][0]['sha256']}", 404)
    for deed in ("pause", "resume"):
        await service.post("wider_lead", f"/report-schedules/{schedule['id']}/{deed}", status=404)
    await service.post("wider_lead", f"/report-schedules/{schedule['id']}/runs", {"period": "2025-26-Q1"}, 404)
    body = {"report": "allocation-position"}
    await service.post("wider_lead", "/report-runs", body, 403)  # all programmes
    foreign = await service.post("wider_lead", "/report-runs", {**body, "filters": {"programme": "ACTION-PLAN"}}, 404)
    unknown = await service.post("wider_lead", "/report-runs", {**body, "filters": {"programme": "NOTHING"}}, 404)
    assert (foreign["code"], foreign["detail"]) == (unknown["code"], unknown["detail"])
    await service.post("wider_lead", "/report-runs", {**body, "filters": {"funding_line": "LOCAL-INQUIRIES"}}, 404)
    await service.post("wider_lead", "/report-schedules", QUARTERLY, 403)
    content = (await service.ask("wider_lead", "GET", f"/report-runs/{of_line['id']}/files/csv")).text
    assert "TOEX" in content
    assert "LOCAL-INQUIRIES" not in content


@pytest.mark.parametrize("who", ["officer", "certifier", "administrator", None])
async def test_recipients_administrators_and_nobody_pass_no_door(service: Service, who: str | None) -> None:
    status = 401 if who is None else 403
    run, schedule = await _made(service), await service.post("auditor", "/report-schedules", QUARTERLY, 201)
    for path in (
        "/reports",
        "/report-schedules",
        f"/report-schedules/{schedule['id']}",
        "/report-runs",
        f"/report-runs/{run['id']}",
        f"/report-runs/{run['id']}/files/xlsx",
        f"/report-files/{run['files'][0]['sha256']}",
        "/figures/spent:TOEX:2024-25:rdel_programme@1/trace",
    ):
        await service.get(who, path, status)
    for path, body in (
        ("/report-schedules", QUARTERLY),
        ("/report-runs", {"report": "allocation-position"}),
        (f"/report-schedules/{schedule['id']}/pause", None),
        (f"/report-schedules/{schedule['id']}/resume", None),
        (f"/report-schedules/{schedule['id']}/runs", {"period": "2025-26-Q1"}),
    ):
        await service.post(who, path, body, status)


async def test_an_approver_looks_and_makes_nothing(service: Service) -> None:
    run = await _made(service)
    assert (await service.get("approver", f"/report-runs/{run['id']}"))["id"] == run["id"]
    await service.post("approver", "/report-runs", {"report": "allocation-position"}, 403)
    await service.post("approver", "/report-schedules", QUARTERLY, 403)


async def test_a_figure_is_traced_by_its_identifier_plain_or_encoded(service: Service) -> None:
    newest = (await service.get("auditor", "/plan"))["entry_no"]
    for figure in (
        f"allocated:TOEX:2024-25:rdel_programme@{newest}",
        f"allocated%3ATOEX%3A2024-25%3Ardel_programme%40{newest}",
    ):
        found = await service.get("auditor", f"/figures/{figure}/trace")
        assert (found["pence"], [entry["kind"] for entry in found["entries"]]) == (650_000_000, ["allocate"])
        assert found["entries"][0]["decision"]["kind"] == "open_plan"
    await service.get("auditor", "/figures/spent/trace", 400)
    await service.get("auditor", f"/figures/allocated:NOTHING:2024-25:rdel_programme@{newest}/trace", 404)


async def test_every_deed_is_in_the_journal(service: Service) -> None:
    schedule = await service.post("auditor", "/report-schedules", QUARTERLY, 201)
    await service.post("auditor", f"/report-schedules/{schedule['id']}/pause", status=200)
    await service.post("auditor", f"/report-schedules/{schedule['id']}/pause", status=200)  # changes nothing
    await service.post("auditor", f"/report-schedules/{schedule['id']}/resume", status=200)
    run = await _made(service)
    async with looking(service.gate) as db:
        rows = await db.fetch(
            "SELECT p.name, j.deed, j.subject, j.after ->> 'state' AS state, j.after -> 'sha256' ->> 'xlsx' AS sha256 FROM journal j "
            "JOIN person p ON p.id = j.person_id WHERE j.subject_kind IN ('report_schedule', 'report_run') ORDER BY j.number"
        )
    assert [(row["name"], row["deed"], row["subject"], row["state"]) for row in rows] == [
        ("auditor", "manage_schedules", schedule["id"], None),
        ("auditor", "manage_schedules", schedule["id"], "paused"),
        ("auditor", "manage_schedules", schedule["id"], "active"),
        ("auditor", "make_report", run["id"], None),
        ("The scheduler", "make_report", run["id"], None),
    ]
    assert rows[-1]["sha256"] == run["files"][0]["sha256"]


async def test_who_changes_a_schedule_does_not_hold_up_those_who_add_its_runs(service: Service) -> None:
    added = await service.post("auditor", "/report-schedules", {**QUARTERLY, "starts_on": "2026-01-05"}, 201)
    async with service.gate.deed(SCHEDULER) as one, service.gate.deed(SCHEDULER) as other:
        found = await stored.lock_schedule(one, UUID(added["id"]))
        assert found is not None
        await other.db.execute("SET LOCAL lock_timeout = '2s'")
        await stored.add_due(other, found, [("2025-26-Q2", other.now)])
    assert len((await service.get("auditor", "/report-runs"))["items"]) == 1
