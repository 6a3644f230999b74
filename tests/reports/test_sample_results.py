"""Results of samples over HTTP: who may record them, against what, and what later samples show of them."""

import csv
import io
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from grants.actions.people import OPERATOR, add_person
from grants.actions.tokens import create_token
from grants.domain.access import Actor, Role
from tests.database import Database
from tests.grants.actions.cast import person
from tests.grants.store.record import connected
from tests.reports.waking import all_made, done
from tests.service import LEEDS_POLICE, Clock, Service

AWARDS = {"method": "top", "size": 5, "population": "awards"}
ITEM = "award:LI-OLDHAM-01"
DIFFERS = {"item": ITEM, "outcome": "differs", "finding": "The letter says £199,000", "pence": 19_900_000}


async def sample(service: Service, who: str = "auditor", report: str = "audit-sample", **filters: Any) -> Any:
    """A run of a sample, done."""
    body = {"report": report, "formats": ["csv"], "filters": filters}
    return await done(service, (await service.post(who, "/report-runs", body, 202))["id"])


async def rows(service: Service, run: Any) -> list[dict[str, str]]:
    answer = await service.ask("auditor", "GET", f"/report-runs/{run['id']}/files/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_results_are_recorded_listed_and_shown_by_later_samples_alone(service: Service, clock: Clock) -> None:
    await service.award()
    await service.award("LI-LEEDS-01", LEEDS_POLICE)
    first = await sample(service, sample=AWARDS)
    results = f"/report-runs/{first['id']}/results"
    recorded = await service.post("auditor", results, DIFFERS, 201, headers={"Idempotency-Key": "one"})
    assert await service.post("auditor", results, DIFFERS, 201, headers={"Idempotency-Key": "one"}) == recorded
    assert (recorded["finding"], recorded["pence"], recorded["recorded_by"]) == (
        DIFFERS["finding"],
        19_900_000,
        "auditor",
    )
    second = await sample(service, sample={**AWARDS, "method": "random", "seed": "another"})
    shown = {row["Item"]: row for row in await rows(service, second)}
    assert (shown[ITEM]["Result"], shown[ITEM]["Difference"], shown[ITEM]["Tested by"]) == (
        "Differs",
        "-1000.00",
        "auditor",
    )
    assert shown["award:LI-LEEDS-01"]["Result"] == ""
    clock.forward(days=1)
    again = await service.post("auditor", results, {"item": ITEM, "outcome": "agrees"}, 201)
    listed = await service.get("lead", f"{results}?limit=1")
    rest = await service.get("lead", f"{results}?limit=1&after={listed['next']}")
    assert [*listed["items"], *rest["items"]] == [recorded, again]
    assert rest["next"] is None
    third = await sample(service, sample=AWARDS)
    assert {row["Item"]: row["Result"] for row in await rows(service, third)}[ITEM] == "Agrees"
    assert "Differs" in {row["Result"] for row in await rows(service, second)}
    proof = await service.get("auditor", "/journal?limit=200")
    said = [record for record in proof["items"] if record["deed"] == "record_result"]
    assert [(record["subject"], record["after"]["outcome"]) for record in said] == [
        (first["id"], outcome) for outcome in ("differs", "agrees")
    ]


ADDED = """
INSERT INTO sample_result (id, run_id, item, outcome, finding, recorded_by, recorded_at, journal_no)
VALUES (gen_random_uuid(), $1, 'award:LI-OLDHAM-01', 'agrees', '', $2, now(), 1)
"""
NO_RESULTS: list[tuple[dict[str, Any], str | None]] = [
    ({"item": "award:LI-LEEDS-02"}, "item"),
    ({"item": "line:1:1"}, "item"),
    ({"finding": " \n "}, "finding"),
    ({"outcome": "no_evidence"}, "pence"),
    ({"outcome": "agrees", "finding": ""}, "pence"),
    *[
        ({name: value}, None)
        for name, value in (("outcome", "perhaps"), ("pence", 1.5), ("pence", 10**16), ("more", 1))
    ],
    *[({"finding": words}, None) for words in ("x" * 4001, "nothing\0")],
]


async def test_what_can_be_no_result_is_refused_and_so_are_others(service: Service, clock: Clock) -> None:
    await service.award()
    run = await sample(service, sample=AWARDS)
    results = f"/report-runs/{run['id']}/results"
    for change, code in NO_RESULTS:
        answer = await service.ask("auditor", "POST", results, json={**DIFFERS, **change})
        assert answer.status_code in (400, 422), answer.text
        assert code is None or answer.json()["code"] == code
    for who, status in (("lead", 403), ("approver", 403), ("administrator", 403), ("officer", 403), (None, 401)):
        await service.post(who, results, DIFFERS, status)
    async with service.gate.deed(OPERATOR) as tx:
        await add_person(tx, "far@example.org", "Far", [(Role.AUDITOR, ["WIDER-CSA"])])
        service.tokens["far"] = await create_token(tx, "far@example.org", 300)
        await add_person(tx, "new@example.org", "New", [(Role.AUDITOR, None)], is_example=True)
        service.tokens["example"] = await create_token(tx, "new@example.org", 300)
    await service.post("far", results, DIFFERS, 404)
    await service.get("far", results, 404)
    await service.post("example", results, DIFFERS, 403)
    await service.post("auditor", f"/report-runs/{uuid4()}/results", DIFFERS, 404)
    other = await sample(service, report="allocation-position")
    answer = await service.post("auditor", f"/report-runs/{other['id']}/results", DIFFERS, 400)
    assert answer["code"] == "run"
    assert (await service.get("auditor", results))["items"] == []


async def test_a_narrowed_sample_is_for_the_auditors_of_its_programme(service: Service) -> None:
    await service.award()
    near = await sample(service, sample=AWARDS, programme="ACTION-PLAN")
    far = await sample(service, sample=AWARDS, programme="WIDER-CSA")
    async with service.gate.deed(OPERATOR) as tx:
        await add_person(tx, "near@example.org", "Near", [(Role.AUDITOR, ["ACTION-PLAN"])])
        service.tokens["near"] = await create_token(tx, "near@example.org", 300)
    await service.post("near", f"/report-runs/{near['id']}/results", DIFFERS, 201)
    await service.post("near", f"/report-runs/{far['id']}/results", DIFFERS, 404)
    answer = await service.post("auditor", f"/report-runs/{far['id']}/results", DIFFERS, 400)
    assert answer["code"] == "item"  # it is of the other programme


async def test_seeds_are_drawn_once_and_each_period_has_its_own(service: Service, clock: Clock) -> None:
    runs = [await sample(service, sample={"population": "awards"}) for _ in range(2)]
    first, second = (run["filters"]["sample"]["seed"] for run in runs)
    assert first != second
    body = {"report": "audit-sample", "title": "Each quarter", "rule": {"every": "quarter"}, "formats": ["csv"]}
    added = await service.post("auditor", "/report-schedules", {**body, "starts_on": "2025-07-01"}, 201)
    seed = added["filters"]["sample"]["seed"]
    await all_made(service)
    made = (await service.get("auditor", f"/report-runs?schedule={added['id']}"))["items"]
    assert {run["filters"]["sample"]["seed"] for run in made} == {f"{seed}.2025-26-Q1", f"{seed}.2025-26-Q2"}
    for wrong in ({"size": 0}, {"size": 10_001}, {"method": "best"}, {"seed": "a b"}, {"population": "trees"}):
        asked = {"report": "audit-sample", "formats": ["csv"], "filters": {"sample": wrong}}
        assert (await service.ask("auditor", "POST", "/report-runs", json=asked)).status_code in (400, 422)
    other = {"report": "returns-tracker", "formats": ["csv"], "filters": {"sample": AWARDS}}
    await service.post("auditor", "/report-runs", other, 400)


async def _add(service: Service, actor: Actor, run: str, seen: int) -> None:
    async with service.gate.deed(actor) as tx:
        assert await tx.db.fetchval("SELECT count(*) FROM sample_result") == seen
        await tx.db.execute(ADDED, UUID(run), actor.id)


async def test_postgresql_itself_takes_results_of_auditors_alone_and_changes_none(
    service: Service, fresh_database: Database
) -> None:
    await service.award()
    run = await sample(service, sample=AWARDS)
    await service.post("auditor", f"/report-runs/{run['id']}/results", DIFFERS, 201)
    others = await person(service.gate, Role.PROGRAMME_LEAD), await person(service.gate, Role.AUDITOR, "WIDER-CSA")
    for other, seen in zip(others, (1, 0), strict=True):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _add(service, other, run["id"], seen)
    async with connected(fresh_database.owner_dsn) as owner:
        for change in ("UPDATE sample_result SET pence = 1", "DELETE FROM sample_result", "TRUNCATE sample_result"):
            with pytest.raises(asyncpg.PostgresError):
                await owner.execute(change)
