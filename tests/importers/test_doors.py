"""Uploads over HTTP: what is refused leaves nothing behind, what is taken is taken once, and the service goes on."""

import asyncio
from typing import Any

import pytest
from msgspec import structs

from grants.domain.awards import BudgetLine, CostCategory
from grants.domain.returns import ReturnContext
from tests.database import looking
from tests.importers.files import row
from tests.importers.hostile.corpus import book
from tests.importers.hostile.damaged import entity_bomb, truncated
from tests.importers.making import AWARD, Typed, filled
from tests.patience import until
from tests.service import LEEDS_POLICE, Service

OURS: ReturnContext = structs.replace(
    AWARD,
    recipient_name="Oldham Metropolitan Borough Council",
    delivery_body="",
    budget=(
        BudgetLine("2025-26", CostCategory.STAFF_PAY, 12_000_000),
        BudgetLine("2025-26", CostCategory.TRAINING, 8_000_000),
    ),
    accepted=(),
)
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb0043") + bytes(400)


def workbook(*lines: Typed, **changes: Any) -> bytes:
    """A filled-in return for the award that these tests make."""
    return filled(structs.replace(OURS, **changes), lines or [Typed()])


async def _record(service: Service) -> tuple[int, int, int]:
    async with looking(service.gate) as db:
        found = await db.fetchrow(
            "SELECT (SELECT last_no FROM journal_head), (SELECT count(*) FROM return_version), (SELECT count(*) FROM workbook)"
        )
    return tuple(found)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty", b"", "empty"),
        ("JPEG", JPEG, "image"),
        ("text", b"just words, no workbook", None),
        ("cut off", truncated(), None),
        ("bomb at the last corner", book(row(1_048_576, '<c r="XFD1048576"><v>1</v></c>')), "cell_too_far"),
        ("bomb of entities", entity_bomb(), "declares_entities"),
        ("another award", workbook(award="LI-OTHER-01"), "wrong_award"),
        ("another recipient", workbook(recipient_id="GB-LAE-TFW"), "not_your_recipient"),
        ("another period", workbook(period="2025-26-Q1"), "wrong_period"),
        (
            "a renamed sheet",
            filled(OURS, [Typed()], edit=lambda book: setattr(book["Spend"], "title", "Sheet1")),
            "missing_sheet",
        ),
        (
            "another version",
            filled(OURS, [Typed()], edit=lambda book: book["Return"].__setitem__("B11", "99")),
            "wrong_version",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_no_return_for_this_award_is_refused_and_leaves_nothing(
    due: Service, name: str, content: bytes, code: str | None
) -> None:
    before = await _record(due)
    answer = await due.upload(content)
    told = answer.json()
    assert answer.status_code == 422, told
    assert told["problems"][0]["message"] == told["detail"]
    assert code in (None, told["code"])
    assert await _record(due) == before
    listed = await due.get("officer", "/returns")
    assert [item["state"] for item in listed["items"]] == ["due"]
    good = await due.upload(workbook())
    assert good.status_code == 201, good.text


async def test_a_form_whose_file_has_no_name_is_told_so(due: Service) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="workbook"; filename=""\r\n\r\n'
    answer = await due.ask(
        "officer",
        "POST",
        "/awards/LI-OLDHAM-01/returns/2025-26-Q2",
        content=part + workbook() + b"\r\n--x--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "not_text")


async def test_every_problem_at_once_each_at_its_cell_and_the_workbook_is_kept(due: Service) -> None:
    sent = workbook(
        Typed(net="twelve"), Typed(reference="INV-2", day="31/31/2025"), Typed(reference="INV-3", category="Sweets")
    )
    answer = await due.upload(sent)
    assert answer.status_code == 201
    found = answer.json()
    assert found["state"] == "has_problems"
    errors = {problem["cell"]: problem["value"] for problem in found["problems"] if problem["severity"] == "error"}
    assert errors == {"G6": "twelve", "E7": "31/31/2025", "B8": "Sweets"}
    listed = await due.get("officer", f"/returns/{found['id']}/problems")
    assert listed["items"] == found["problems"]
    kept = await due.ask("officer", "GET", f"/returns/{found['id']}/workbook")
    assert kept.content == sent
    assert (await due.get("officer", f"/returns/{found['id']}/lines"))["items"] == []
    certificate = {"name": "A. Treasurer", "role": "Treasurer", "declaration": True}
    await due.post("certifier", f"/returns/{found['id']}/certify", certificate, 409)


async def test_versions_none_lost(due: Service) -> None:
    first = (await due.upload(workbook(Typed(net="x")))).json()
    second = (await due.upload(workbook(Typed(net=10)))).json()
    third = (await due.upload(workbook(Typed(net=20)))).json()
    assert [version["number"] for version in third["versions"]] == [1, 2, 3]
    assert first["id"] == second["id"] == third["id"]
    assert third["total_pence"] == 2_000
    for number in (1, 2, 3):
        kept = await due.ask("officer", "GET", f"/returns/{third['id']}/workbook?version={number}")
        assert kept.status_code == 200
    assert (await due.ask("officer", "GET", f"/returns/{third['id']}/workbook?version=4")).status_code == 404


async def test_a_double_submit_is_one_version(due: Service) -> None:
    sent = workbook()
    answers = await asyncio.gather(*(due.upload(sent, idempotency_key="once") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["version"] == 1
    other = await due.upload(workbook(Typed(net=3)), idempotency_key="once")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key")


async def test_uploads_at_the_same_time_are_versions_of_their_own(due: Service) -> None:
    answers = await asyncio.gather(*(due.upload(workbook(Typed(net=pounds))) for pounds in range(1, 6)))
    assert {answer.status_code for answer in answers} == {201}
    assert sorted(answer.json()["version"] for answer in answers) == [1, 2, 3, 4, 5]


async def _checked(service: Service, address: str) -> Any:
    async def found() -> Any:
        answer = await service.get("officer", address)
        return answer if answer["state"] != "checking" else None

    return await until(found, "the check ends")


async def test_in_the_background_with_progress_to_poll(due: Service) -> None:
    answer = await due.upload(workbook(), prefer="respond-async")
    assert answer.status_code == 202
    assert answer.json()["state"] == "checking"
    found = await _checked(due, answer.headers["location"])
    assert (found["state"], found["version"], found["total_pence"]) == ("ready_to_certify", 1, 123_450)


async def test_a_refusal_in_the_background_is_kept_as_the_version_s_problem(due: Service) -> None:
    answer = await due.upload(JPEG, prefer="respond-async")
    found = await _checked(due, answer.headers["location"])
    assert found["state"] == "has_problems"
    assert [problem["code"] for problem in found["problems"]] == ["image"]


@pytest.mark.parametrize("who", ["foreign_officer", "certifier", "lead", "auditor", "administrator"])
async def test_only_the_recipient_s_own_finance_officer_uploads(due: Service, who: str) -> None:
    answer = await due.upload(workbook(), who=who)
    assert answer.status_code == (404 if who == "foreign_officer" else 403)


async def test_what_is_not_due_takes_no_upload(due: Service) -> None:
    assert (await due.upload(workbook(), period="2025-26-Q3")).status_code == 404
    assert (await due.upload(workbook(), period="nonsense")).status_code == 400
    assert (await due.upload(workbook(), award="NO-SUCH-01")).status_code == 404


async def test_a_form_without_a_workbook_and_a_file_that_is_too_large(due: Service) -> None:
    path = "/awards/LI-OLDHAM-01/returns/2025-26-Q2"
    assert (await due.ask("officer", "POST", path, files={"other": ("x", b"y")})).status_code == 400
    assert (await due.ask("officer", "POST", path, json={"workbook": "x"})).status_code in (400, 415)
    large = await due.upload(b"PK" + bytes(10_500_000))
    assert large.status_code == 413
    listed = await due.get("officer", "/returns")
    assert [item["version"] for item in listed["items"]] == [0]


async def test_the_template_travels_and_is_a_clean_return_once_filled_in(due: Service) -> None:
    path = "/awards/LI-OLDHAM-01/returns/2025-26-Q2/template"
    first = await due.ask("officer", "GET", path)
    again = await due.ask("officer", "GET", path)
    assert first.content == again.content
    assert 'filename="spend-return-LI-OLDHAM-01-2025-26-Q2.xlsx"' in first.headers["content-disposition"]
    assert (await due.ask("foreign_officer", "GET", path)).status_code == 404


async def test_a_file_of_a_recipient_that_there_is_and_one_of_none_are_told_in_the_same_words(due: Service) -> None:
    """What our register or our awards say of others cannot be found out by files that name them."""
    await due.award("PF-WYP-01", LEEDS_POLICE)
    told = []
    for recipient, award in ((LEEDS_POLICE, "PF-WYP-01"), ("GB-LAE-NON", "NO-SUCH-01")):
        file = workbook(recipient_id=recipient, recipient_name="Somebody Else", award=award, period="2030-31-Q1")
        answer = await due.upload(file)
        assert answer.status_code == 422
        told.append({**answer.json(), "request_id": "", "problems": answer.json()["problems"][0]["cell"]})
    assert told[0] == told[1]
    assert told[0]["detail"] == (
        "You can only send returns for Oldham Metropolitan Borough Council. This one is for Somebody Else."
    )
    assert told[0]["problems"] == "B6"
