"""Extracts over the API: suggested, confirmed once, and read by that from then on."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import asyncpg
import msgspec
import pytest

from tests.importers.matching.extracts import CODES, LINES, MEANINGS, SYSTEMS, Line, as_csv, as_xlsx, suggested
from tests.service import Service, service  # noqa: F401  a fixture

BUDGET = [
    {"year": "2025-26", "category": "staff_pay", "pence": 12_000_000},
    {"year": "2025-26", "category": "travel_and_subsistence", "pence": 1_000_000},
    {"year": "2025-26", "category": "equipment", "pence": 1_000_000},
]
CODES_MEANT = {code: {"category": meaning.category} for code, meaning in MEANINGS.items()}
MATCHINGS = "/awards/LI-OLDHAM-01/matchings"
MATCH = "/awards/LI-OLDHAM-01/returns/2025-26-Q2/matching"
EXTRACT = as_xlsx(SYSTEMS["sage"](LINES))


@pytest.fixture
async def ready(service: Service) -> Service:  # noqa: F811
    """An award with three budgets, and its return due."""
    await service.award(budget=BUDGET)
    await service.open_round()
    return service


async def asked(service: Service, data: bytes, who: str = "officer") -> Any:  # noqa: F811
    return await service.ask(who, "POST", MATCH, files={"workbook": ("extract.xlsx", data)})


def confirmed(matching: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**matching, "codes": CODES_MEANT, **changes}


async def test_an_extract_is_matched_once_and_read_by_that_from_then_on(ready: Service) -> None:
    unknown = await ready.upload(EXTRACT)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "needs_matching")
    assert unknown.json()["problems"][0]["sheet"] == "Extract"
    found = (await asked(ready, EXTRACT)).json()
    assert (found["lines"], found["total_pence"]) == (len(LINES), sum(line.pence for line in LINES))
    kept = await ready.post("officer", MATCHINGS, confirmed(found["matching"]), 201)
    assert (kept["shape"], kept["number"], kept["is_newest"]) == (found["shape"], 1, True)
    answer = await ready.upload(EXTRACT)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["total_pence"] == sum(line.pence for line in LINES)
    assert told["versions"][-1]["matching_id"] == kept["id"]
    lines = await ready.get("officer", f"/returns/{told['id']}/lines?limit=50")
    assert {line["cell"] for line in lines["items"]} == {"F4", "F5", "F6", "G7", "F8", "F9"}


async def test_a_code_that_is_new_next_quarter_is_a_problem_until_somebody_says_what_it_is(ready: Service) -> None:
    matching = confirmed((await asked(ready, EXTRACT)).json()["matching"])
    first = await ready.post("officer", MATCHINGS, matching, 201)
    new = Line("60001", "4471", "Room hire", "Town hall", LINES[0].day, 5_000)
    later = as_csv(SYSTEMS["sage"]([*LINES, new, replace(new, reference="60002")]))
    told = (await ready.upload(later)).json()
    assert [(one["code"], one["cell"], one["value"]) for one in told["problems"] if one["severity"] == "error"] == [
        ("code_unmatched", "A10", "4471")
    ]
    matching["codes"]["4471"] = {"category": None}
    second = await ready.post("officer", MATCHINGS, matching, 201)
    assert (second["number"], second["is_newest"]) == (2, True)
    told = (await ready.upload(later)).json()
    assert told["total_pence"] == sum(line.pence for line in LINES)
    assert [one["matching_id"] for one in told["versions"]] == [first["id"], second["id"]]
    listed = (await ready.get("lead", MATCHINGS))["items"]
    assert [(one["number"], one["is_newest"]) for one in listed] == [(2, True), (1, False)]
    page = await ready.get("officer", f"{MATCHINGS}?limit=1")
    rest = await ready.get("officer", f"{MATCHINGS}?limit=1&after={page['next']}")
    assert [page["items"][0]["id"], rest["items"][0]["id"]] == [second["id"], first["id"]]


async def test_a_matching_that_leaves_something_to_decide_is_refused(ready: Service) -> None:
    matching = confirmed((await asked(ready, EXTRACT)).json()["matching"])
    changes: list[dict[str, Any]] = [
        {"sign": None},
        {"date_order": None},
        {"columns": {}},
        {"columns": matching["columns"] | {"net": "ZZ"}},
    ]
    for change in changes:
        answer = await ready.ask("officer", "POST", MATCHINGS, json=matching | change)
        assert (answer.status_code, answer.json()["code"]) == (400, "matching"), answer.text
    assert (await ready.get("officer", MATCHINGS))["items"] == []


async def test_only_whoever_uploads_for_the_recipient_matches(ready: Service) -> None:
    matching = confirmed((await asked(ready, EXTRACT)).json()["matching"])
    for who, status in (("foreign_officer", 404), ("certifier", 403), ("lead", 403), ("auditor", 403)):
        assert (await asked(ready, EXTRACT, who)).status_code == status
        answer = await ready.ask(who, "POST", MATCHINGS, json=matching)
        assert answer.status_code == status, answer.text
    assert (await ready.ask("foreign_officer", "GET", MATCHINGS)).status_code == 404
    assert (await ready.ask("wider_lead", "GET", MATCHINGS)).status_code == 404


async def test_the_template_needs_no_matching_and_a_letter_has_none(ready: Service) -> None:
    template = await ready.ask("officer", "GET", "/awards/LI-OLDHAM-01/returns/2025-26-Q2/template")
    for data, code in ((template.content, "uses_template"), (b"Dear all,\nplease find attached\n", "no_table")):
        answer = await asked(ready, data)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_the_api_suggests_what_the_command_does(ready: Service) -> None:
    answer = (await asked(ready, EXTRACT)).json()
    offline = json.loads(msgspec.json.encode(suggested(EXTRACT, None)))
    same = ("sheet", "heading_row", "shape", "columns", "decisions", "samples", "lines", "total_pence", "left_out")
    assert {name: answer[name] for name in same} == {name: offline[name] for name in same}
    assert {one["code"] for one in answer["codes"]} == set(CODES)


async def test_two_who_confirm_at_once_come_one_after_the_other(ready: Service) -> None:
    matching = confirmed((await asked(ready, EXTRACT)).json()["matching"])
    asks = (ready.ask("officer", "POST", MATCHINGS, json=matching) for _ in range(6))
    answers = await asyncio.gather(*asks)
    kept = [answer.json()["number"] for answer in answers if answer.status_code == 201]
    assert sorted(kept) == list(range(1, len(kept) + 1))
    assert {answer.json()["code"] for answer in answers if answer.status_code != 201} <= {"busy"}


async def test_a_matching_is_confirmed_once_for_a_key_and_never_changed(ready: Service) -> None:
    matching = confirmed((await asked(ready, EXTRACT)).json()["matching"])
    headers = {"Idempotency-Key": "one"}
    first, again = [
        (await ready.ask("officer", "POST", MATCHINGS, json=matching, headers=headers)).json() for _ in range(2)
    ]
    assert first == again
    for change in ("UPDATE matching SET number = 9", "DELETE FROM matching"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with ready.gate.glance() as db:
                await db.execute(change)
