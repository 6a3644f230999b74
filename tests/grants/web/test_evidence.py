"""Evidence at its doors: attached by the recipient alone, told by content, kept as it came, withdrawn and never removed."""

import hashlib
from typing import Any

import pytest

from grants.actions.people import OPERATOR, SCHEDULER
from grants.domain.periods import parse_period
from grants.store import awards
from grants.store import returns as stored
from tests.grants.domain.test_evidence import PNG, xlsx
from tests.importers.making import Typed, filled
from tests.service import Service

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 10


@pytest.fixture
async def door(service: Service) -> str:
    """The door of evidence of a return that is due."""
    await service.award()
    await service.open_round()
    [found] = (await service.get("officer", "/returns"))["items"]
    return f"/returns/{found['id']}/evidence"


async def sent(
    service: Service, door: str, content: bytes, name: str = "a.pdf", who: str = "officer", **more: Any
) -> Any:
    headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
    return await service.ask(
        who, "POST", door, files={"file": (name, content, "text/html")}, data=more, headers=headers
    )


async def test_a_file_is_kept_as_it_came_and_leaves_as_an_attachment(service: Service, door: str) -> None:
    content = PDF * 900
    answer = await sent(service, door, content, "../Invoice ☃.html")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["filename"], told["kind"], told["size_bytes"]) == ("Invoice ☃.html.pdf", "pdf", len(content))
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert told["scan"]["state"] == "not_scanned"
    assert "Open it with care" in told["scan"]["said"]
    got = await service.ask("lead", "GET", f"{door}/{told['id']}")
    assert got.status_code == 200
    assert got.content == content
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (got.headers["content-type"], got.headers["virus-scan"]) == ("application/octet-stream", "not_scanned")
    assert int(got.headers["content-length"]) == len(content) > 2_000_000


@pytest.mark.parametrize(
    ("content", "kind"), [(PDF, "pdf"), (PNG, "png"), (b"\xff\xd8\xff\xe0", "jpg"), (xlsx(), "xlsx")]
)
async def test_it_is_what_its_content_says(service: Service, door: str, content: bytes, kind: str) -> None:
    assert (await sent(service, door, content, "file.exe")).json()["kind"] == kind
    [listed] = (await service.get("certifier", door))["files"]
    assert (listed["kind"], listed["uploaded_by"]) == (kind, "officer")


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "empty"), (b"<html>", "unknown_kind"), (xlsx("xl/vbaProject.bin"), "macros")]
)
async def test_what_is_not_taken_is_refused_in_words_and_leaves_nothing(
    service: Service, door: str, content: bytes, code: str
) -> None:
    answer = await sent(service, door, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await service.get("officer", door))["files"] == []


async def test_the_same_bytes_are_one_file_and_the_same_request_is_one_deed(service: Service, door: str) -> None:
    first = await sent(service, door, PDF, key="once")
    again = await sent(service, door, PDF, key="once")
    assert (first.status_code, again.json()) == (201, first.json())
    other = await sent(service, door, PDF, "another name.pdf")
    assert (other.status_code, other.json()["id"]) == (200, first.json()["id"])
    assert (await sent(service, door, PNG, key="once")).status_code == 409
    assert len((await service.get("officer", door))["files"]) == 1


async def test_a_file_can_be_about_a_line(service: Service, door: str) -> None:
    missing = await sent(service, door, PDF, line="R-1")
    assert (missing.status_code, missing.json()["code"]) == (400, "line")
    return_id = door.split("/")[2]
    line = await uploaded(service, return_id)
    for more in ({"line": line["reference"]}, {"version": 1, "row": line["row"]}):
        answer = await sent(service, door, PDF, **more)
        assert answer.status_code == 201, answer.text
    listed = (await service.get("officer", door))["files"]
    assert [(one["line_reference"], one["line_row"]) for one in listed] == [
        (line["reference"], None),
        (None, line["row"]),
    ]
    async with service.gate.reading(SCHEDULER) as view:
        assert await view.db.fetchval("SELECT count(*) FROM evidence_content") == 1
    for more in (
        {"version": 1},
        {"row": 6},
        {"line": "x", "version": 1, "row": 6},
        {"version": 1, "row": 999},
        {"line": "none"},
    ):
        assert (await sent(service, door, PNG, **more)).json()["code"] == "line"
    assert (await sent(service, door, PNG, row="0")).status_code == 400


async def uploaded(service: Service, return_id: str) -> Any:
    async with service.gate.reading(OPERATOR) as view:
        award = await awards.find(view.db, "LI-OLDHAM-01")
        context = await stored.context(view.db, award, parse_period("2025-26-Q2"), None)
    answer = await service.upload(filled(context, [Typed(day=parse_period("2025-26-Q2").first)]))
    assert answer.status_code == 201, answer.text
    return (await service.get("officer", f"/returns/{return_id}/lines"))["items"][0]


async def test_a_withdrawn_file_is_kept_and_can_be_attached_again(service: Service, door: str) -> None:
    kept = (await sent(service, door, PDF)).json()
    withdraw = f"{door}/{kept['id']}/withdraw"
    gone = await service.post("officer", withdraw, {"reason": "Another award's"}, 200)
    assert (gone["withdrawn_by"], gone["withdrawal_reason"]) == ("officer", "Another award's")
    await service.post("officer", withdraw, {"reason": "Again"}, 409)
    assert (await service.ask("officer", "GET", f"{door}/{kept['id']}")).content == PDF
    again = await sent(service, door, PDF)
    assert (again.status_code, again.json()["number"]) == (201, 2)
    journal = await service.get("auditor", "/journal?limit=200")
    assert [one["reason"] for one in journal["items"] if one["subject_kind"] == "evidence"] == [
        None,
        "Another award's",
        None,
    ]


async def test_who_may_and_who_sees_nothing(service: Service, door: str) -> None:
    kept = (await sent(service, door, PDF)).json()
    strangers = {"foreign_officer": 404, "foreign_certifier": 404, None: 401}
    for who, status in {"lead": 403, "auditor": 403, "approver": 403, **strangers}.items():
        answer = await sent(service, door, PNG, who=who)  # type: ignore[arg-type]
        assert answer.status_code == status, who
    assert (await sent(service, door, b"no evidence", who="foreign_officer")).status_code == 404
    for path in (door, f"{door}/{kept['id']}"):
        assert (await service.ask("foreign_officer", "GET", path)).status_code == 404
        assert (await service.ask("administrator", "GET", path)).status_code == 403
    await service.post("foreign_officer", f"{door}/{kept['id']}/withdraw", {"reason": "r"}, 404)
    await service.get("officer", f"{door}/99999999-9999-4999-8999-999999999999", 404)


async def test_a_certifier_attaches_and_withdraws_evidence_and_certifies_all_the_same(
    service: Service, door: str
) -> None:
    path = door.removesuffix("/evidence")
    await uploaded(service, path.split("/")[2])
    wrong = await sent(service, door, PDF, who="certifier")
    assert (wrong.status_code, wrong.json()["uploaded_by"]) == (201, "certifier")
    gone = await service.post("certifier", f"{door}/{wrong.json()['id']}/withdraw", {"reason": "Another award's"}, 200)
    assert gone["withdrawn_by"] == "certifier"
    assert (await sent(service, door, PNG, who="certifier")).status_code == 201
    certificate = {"name": "A. Treasurer", "role": "Section 151 officer", "declaration": True}
    await service.post("certifier", f"{path}/certify", certificate, 200)
    await service.post("lead", f"{path}/accept", {}, 200)
    assert (await sent(service, door, xlsx(), who="certifier")).json()["code"] == "return_state"


async def test_nothing_is_attached_to_an_accepted_return_until_it_is_reopened(service: Service, door: str) -> None:
    kept = (await sent(service, door, PDF)).json()
    path = door.removesuffix("/evidence")
    await uploaded(service, path.split("/")[2])
    found = await service.get("officer", path)
    reasons = [{"problem": problem["number"], "reason": "Agreed"} for problem in found["problems"]]
    if reasons:
        await service.post("officer", f"{path}/explanations", {"reasons": reasons}, 200)
    certificate = {"name": "A. Treasurer", "role": "Section 151 officer", "declaration": True}
    await service.post("certifier", f"{path}/certify", certificate, 200)
    assert (await sent(service, door, PNG)).status_code == 201
    await service.post("lead", f"{path}/accept", {}, 200)
    locked = await sent(service, door, xlsx())
    assert (locked.status_code, locked.json()["code"]) == (409, "return_state")
    await service.post("officer", f"{door}/{kept['id']}/withdraw", {"reason": "r"}, 409)
    await service.post("lead", f"{path}/reopen", {"message": "More is wanted"}, 200)
    assert (await sent(service, door, xlsx())).status_code == 201


async def test_a_return_has_fifty_files_at_the_most(service: Service, door: str) -> None:
    for number in range(50):
        assert (await sent(service, door, PDF + bytes([number]))).status_code == 201
    full = await sent(service, door, PNG)
    assert (full.status_code, full.json()["code"]) == (409, "too_many")
    first = (await service.get("officer", door))["files"][0]
    await service.post("officer", f"{door}/{first['id']}/withdraw", {"reason": "r"}, 200)
    assert (await sent(service, door, PNG)).status_code == 201


async def test_a_file_above_the_limit_is_refused(service: Service, door: str) -> None:
    over = await sent(service, door, b"%PDF-1.7" + bytes(20_000_000 - 7))
    assert (over.status_code, over.json()["code"]) == (422, "too_large")
    assert (await sent(service, door, b"%PDF-1.7" + bytes(20_200_000))).status_code == 413
