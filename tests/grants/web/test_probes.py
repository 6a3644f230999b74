"""Probes: cursors made by hand, filters and keys that name what is somebody else's tell no more than names of nothing."""

import base64
from typing import Any

import pytest

from tests.grants.web.matrix.world import NOBODY, made
from tests.grants.web.test_matrix import Matrix, matrix

__all__ = ["matrix"]
pytestmark = pytest.mark.asyncio(loop_scope="session")
NEAR = "programme_lead near"


async def _items(matrix: Matrix, who: str, path: str) -> tuple[int, Any]:
    answer = await matrix.service.ask(who, "GET", path)
    far = matrix.halves["far"]
    assert not [secret for secret in far.secrets if secret in answer.text and secret not in path], (who, path)
    told = answer.json()
    return answer.status_code, told.get("items", told.get("code"))


async def test_a_cursor_made_by_hand_shows_nothing_foreign(matrix: Matrix) -> None:
    far = matrix.halves["far"]
    lists = [
        door.path.partition("/api/v1")[2]
        for door in matrix.doors
        if door.method == "GET"
        and not door.parameters
        and any(name == "after" for name in door.handler.parsed_fn_signature.parameters)
    ]
    assert len(lists) > 8
    keys = ["", "\x00", "-1", "9" * 30, "' OR true --", "~", far.values["reference"][0], far.names["GB-LAE-OLD"]]
    for path in lists:
        for key in [*keys, far.values["run_id"][0], far.values["schedule_id"][0], far.values["decision_id"][0]]:
            after = base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")
            for who in (NEAR, "finance_officer near", "approver near"):
                status, _ = await _items(matrix, who, f"{path}?after={after}")
                assert status in (200, 400, 403), (who, path, key)


@pytest.mark.parametrize("of", ["run", "schedule"])
async def test_a_foreign_place_in_a_list_is_no_other_than_one_that_is_not_there(matrix: Matrix, of: str) -> None:
    """One's own are older and newer than the foreign one: its age would show in what comes after it."""
    matrix.service.clock.forward(hours=1)
    facts = {"report": "allocation-position", "filters": {"programme": "ACTION-PLAN"}, "formats": ["csv"]}
    rule = {"every": "quarter", "working_day": 3, "hour": 9, "minute": 30}
    await matrix.service.post(NEAR, "/report-schedules", {**facts, "title": "Newer", "rule": rule}, 201)
    await made(matrix.service, (await matrix.service.post(NEAR, "/report-runs", facts, 202))["id"])
    found = []
    for key in (matrix.halves["far"].values[f"{of}_id"][0], matrix.halves["both"].values[f"{of}_id"][0], NOBODY):
        after = base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")
        found.append(await _items(matrix, NEAR, f"/report-{of}s?after={after}"))
    assert found[0] == found[1] == found[2]


async def test_a_filter_that_names_something_foreign_finds_what_one_that_names_nothing_finds(matrix: Matrix) -> None:
    far = matrix.halves["far"].values
    for path, foreign, nothing in (
        ("/returns?award={}", far["reference"][0], "LI-NOBODY-01"),
        ("/report-runs?schedule={}", far["schedule_id"][0], NOBODY),
    ):
        for who in (NEAR, "auditor near"):
            asked = [await _items(matrix, who, path.format(name)) for name in (foreign, nothing)]
            assert asked[0] == asked[1] == (200, []), (who, path)


async def test_a_key_of_somebody_else_gives_nothing_of_theirs(matrix: Matrix) -> None:
    body = {"year": "2025-26", "pence": 100, "reason": "Needed"}
    path = f"/funding-lines/{matrix.halves['far'].values['code'][0]}/allocations"
    key = {"Idempotency-Key": "the same for everybody"}
    service = matrix.service
    first = await service.ask("programme_lead far", "POST", path, json=body, headers=key)
    assert first.status_code == 201
    foreign = await service.ask(NEAR, "POST", path, json=body, headers=key)
    unknown = await service.ask(NEAR, "POST", "/funding-lines/NO-SUCH-LINE/allocations", json=body, headers=key)
    assert (foreign.status_code, foreign.json()["detail"]) == (404, unknown.json()["detail"])
    again = await service.ask("programme_lead far", "POST", path, json=body, headers=key)
    assert again.json()["id"] == first.json()["id"]


async def test_identifiers_that_people_see_cannot_be_guessed(matrix: Matrix) -> None:
    """Random ones, of 122 bits; whatever is counted or named in words stands behind a check of its own in the matrix."""
    for half in (matrix.halves["near"], matrix.halves["far"]):
        for name, values in half.values.items():
            if name.endswith("_id"):
                assert all(value[14] in "47" for value in values), (name, values)
