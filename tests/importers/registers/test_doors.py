"""A programme lead loads a register and a payment file; a second person decides; everything else is told and nothing is guessed."""

import asyncio
import hashlib
from io import BytesIO
from typing import Any

import httpx
from openpyxl import load_workbook

from grants.actions.people import OPERATOR
from grants.actions.proof import verify
from tests.database import looking
from tests.importers.registers.books import award, awards_register, payment_file
from tests.service import Service

PROFILE = [
    {"number": 1, "due_on": "2025-04-01", "year": "2025-26", "pence": 5_000_000},
    {"number": 2, "due_on": "2025-07-01", "year": "2025-26", "pence": 5_000_000},
    {"number": 3, "due_on": "2025-10-01", "year": "2025-26", "pence": 4_000_000},
    {"number": 4, "due_on": "2026-01-01", "year": "2025-26", "pence": 6_000_000},
]


async def send(service: Service, path: str, content: bytes, who: str = "lead", **headers: str) -> httpx.Response:
    """Loads a file as somebody."""
    return await service.ask(
        who, "POST", path, files={"workbook": ("register.csv", content)}, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )  # fmt: skip


async def loaded(service: Service, path: str, content: bytes) -> Any:
    """The answer to a file that is kept."""
    answer = await send(service, path, content)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def rows(service: Service, load: Any, who: str = "lead") -> list[Any]:
    """What became of a load's rows."""
    return list((await service.get(who, f"/register-loads/{load['id']}/rows"))["items"])


async def count(service: Service, table: str) -> int:
    """How many rows a table has."""
    async with looking(service.gate) as db:
        return int(await db.fetchval(f"SELECT count(*) FROM {table}"))


async def test_a_register_becomes_awards_once_a_second_person_has_agreed(service: Service) -> None:
    book = awards_register(
        award(),
        award(reference="", category="Training", amount="£99.50"),
        award(reference="LI-LEEDS-01", recipient_id="GB-LAE-LDS", payment_basis="Advance", amount=1000),
        instalments=[["LI-LEEDS-01", 1, "01/04/2025", "2025-26", "Resource", 1000]],
    )
    wrong = await loaded(service, "/award-registers", book)
    assert [(one["code"], one["sheet"], one["cell"]) for one in wrong["problems"]] == [("blank", "Awards", "A7")]
    assert (wrong["state"], wrong["counts"], await count(service, "decision")) == ("has_problems", {}, 2)
    book = awards_register(
        award(),
        award(category="Training", amount="£99.50", funding_line=None, purpose=None),
        award(reference="LI-LEEDS-01", recipient_id="GB-LAE-LDS", payment_basis="Advance", amount=1000),
        instalments=[["LI-LEEDS-01", 1, "01/04/2025", "2025-26", "Resource", 1000]],
    )
    load = await loaded(service, "/award-registers", book)
    assert (load["state"], load["problems"], load["counts"]) == ("taken", [], {"proposed": 2})
    told = await rows(service, load)
    assert [(row["cell"], row["award"], row["pence"]) for row in told] == [
        ("J6:J7", "LI-OLDHAM-01", 130_000),
        ("J8", "LI-LEEDS-01", 100_000),
    ]
    assert (await service.get("lead", "/awards"))["items"] == []
    own = await service.ask("lead", "POST", f"/register-loads/{load['id']}/approve", json={"reason": "Mine"})
    assert own.status_code == 403
    again = await loaded(service, "/award-registers", book)
    assert again["counts"] == {"waiting": 2}
    approved = await service.post("approver", f"/register-loads/{load['id']}/approve", {"reason": "Agreed"}, 200)
    assert approved["decisions"] == [row["decision"] for row in told]
    oldham, leeds = (await service.get("lead", "/awards"))["items"][::-1]
    assert [(line["category"], line["pence"]) for line in oldham["terms"]["budget"]] == [
        ("staff_pay", 120_050),
        ("training", 9_950),
    ]
    assert leeds["terms"]["profile"][0]["pence"] == 100_000
    before = await count(service, "decision")
    third = await loaded(service, "/award-registers", book)
    assert third["counts"] == {"unchanged": 2}
    assert await loaded(service, "/award-registers", book) == third
    assert await count(service, "decision") == before
    nothing = await service.ask("approver", "POST", f"/register-loads/{load['id']}/approve", json={"reason": "Twice"})
    assert nothing.status_code == 409
    async with service.gate.reading(OPERATOR) as view:
        found = await verify(view)
    assert (found.faults, found.register_files) == ((), 4)


async def paid_in_advance(service: Service) -> None:
    """An active award with a payment profile of four instalments."""
    await service.award(payment_basis="advance", profile=PROFILE)


PAID = (
    ("T1", "li-oldham-01", "02/04/2025", "50,000.00", "X1"),
    ("T2", "LI-OLDHAM-01/2", "30/06/2025", "£50,000", "X1"),
    ("T3", "LI-OLDHAM-01", "03/10/2025", "39999.99", "X1"),
    ("T4", "LI-OLDHAN-01", "03/10/2025", "40000", "X1"),
    ("T5", "COUNCIL TAX", "03/10/2025", "12.34", "X9"),
    ("T6", "LI-OLDHAM-01", "05/11/2025", "40000", "X1"),
)


async def test_exact_payments_are_proposed_and_the_rest_is_told(service: Service) -> None:
    await paid_in_advance(service)
    load = await loaded(service, "/payment-files", payment_file(*PAID))
    assert (load["state"], load["counts"]) == ("taken", {"proposed": 2, "near_miss": 2, "unknown": 2})
    told = await rows(service, load)
    assert [row["outcome"] for row in told] == ["proposed", "proposed", "near_miss", "unknown", "unknown", "near_miss"]
    assert "£0.01 less than the nearest" in told[2]["message"]
    assert "The nearest is LI-OLDHAM-01" in told[3]["message"]
    assert "nearest" not in told[4]["message"]
    assert told[5]["message"].startswith("The date is still to come")
    decided = await service.get("lead", "/decisions?limit=200")
    pays = [one["terms"] for one in decided["items"] if one["kind"] == "pay"]
    assert [(one["instalment"], one["pence"], one["paid_on"]) for one in pays] == [
        (1, 5_000_000, "2025-04-02"),
        (2, 5_000_000, "2025-06-30"),
    ]
    assert (await service.get("lead", "/awards/LI-OLDHAM-01"))["payments"] == []
    await service.post("approver", f"/register-loads/{load['id']}/approve", {"reason": "As the bank says"}, 200)
    assert len((await service.get("lead", "/awards/LI-OLDHAM-01"))["payments"]) == 2
    again = await loaded(service, "/payment-files", payment_file(*PAID))
    assert again["counts"] == {"unchanged": 2, "near_miss": 2, "unknown": 2}
    assert (await loaded(service, "/payment-files", payment_file(*PAID)))["id"] == again["id"]
    sheet = load_workbook(
        BytesIO((await service.ask("lead", "GET", f"/register-loads/{load['id']}/annotated")).content)
    )
    notes = {cell.coordinate: cell.comment.text for row in sheet["CSV"].iter_rows() for cell in row if cell.comment}
    assert set(notes) == {"D4", "D5", "D6", "D7"}
    file = await service.ask("auditor", "GET", f"/register-loads/{load['id']}/file")
    assert hashlib.sha256(file.content).hexdigest() == load["sha256"]


async def test_a_problem_anywhere_and_nothing_is_proposed(service: Service) -> None:
    await paid_in_advance(service)
    file = payment_file(PAID[0], PAID[0], ("T2", "LI-OLDHAM-01", "31/31/2025", "n/k", "X1"), ("", "", "", "", "X"))
    load = await loaded(service, "/payment-files", file)
    assert [(one["code"], one["cell"]) for one in load["problems"]] == [
        ("payment_repeated", "D3"), ("not_a_date", "C4"), ("not_money", "D4"),
    ]  # fmt: skip
    assert load["counts"] == {}
    assert not [one for one in (await service.get("lead", "/decisions"))["items"] if one["kind"] == "pay"]
    assert await loaded(service, "/payment-files", file) == load


async def test_the_same_file_sent_by_many_at_once_is_proposed_once(service: Service) -> None:
    await paid_in_advance(service)
    answers = await asyncio.gather(*(send(service, "/payment-files", payment_file(PAID[0])) for _ in range(6)))
    assert [answer.status_code for answer in answers] == [201] * 6
    assert len([one for one in (await service.get("lead", "/decisions"))["items"] if one["kind"] == "pay"]) == 1
    key = {"Idempotency_Key": "k"}
    first = await send(service, "/payment-files", payment_file(PAID[1]), **key)
    assert (await send(service, "/payment-files", payment_file(PAID[1]), **key)).json() == first.json()
    assert (await send(service, "/payment-files", payment_file(PAID[0]), **key)).status_code == 409


async def test_what_the_plan_and_the_register_of_recipients_do_not_know_stands_at_its_cell(service: Service) -> None:
    book = awards_register(
        award(funding_line="NO-SUCH-LINE"),
        award(reference="LI-2", recipient_id="GB-LAE-NONE"),
        award(reference="LI-3", end=award()[4].replace(year=2024)),
        award(reference="LI-4", amount=9_000_000),
        award(reference="LI-5", payment_basis="Advance"),
    )
    load = await loaded(service, "/award-registers", book)
    assert [(one["code"], one["cell"]) for one in load["problems"]] == [
        ("funding_line", "B6"), ("no_recipient", "C7"), ("end_before_start", "F8"), ("limit", "J9"), ("profile_differs", "K10"),
    ]  # fmt: skip
    assert await count(service, "decision") == 2
    copy = await service.ask("lead", "GET", f"/register-loads/{load['id']}/annotated")
    noted = load_workbook(BytesIO(copy.content))["Awards"]
    assert [noted[cell].comment is not None for cell in ("B6", "C7", "F8", "J9", "K10", "A6")] == [True] * 5 + [False]


async def test_money_that_is_there_for_each_and_not_for_all_is_told_at_the_first_that_it_does_not_reach(
    service: Service,
) -> None:
    book = awards_register(*(award(reference=f"LI-{number}", amount=2_000_000) for number in range(1, 5)))
    load = await loaded(service, "/award-registers", book)
    assert [(one["code"], one["cell"]) for one in load["problems"]] == [("limit", "J8")]
    assert load["problems"][0]["message"].startswith(
        "With the rows above it: line:LOCAL-INQUIRIES:2025-26 has £1,000,000"
    )


async def test_other_terms_are_a_variation_and_another_recipient_is_none(service: Service) -> None:
    await loaded_and_approved(service, awards_register(award()))
    more = await loaded(service, "/award-registers", awards_register(award(amount=1300, certifier_role="Treasurer")))
    assert more["counts"] == {"proposed": 1}
    [row] = await rows(service, more)
    assert row["message"].startswith("Other terms: budget, certifier role. Decision ")
    third = await loaded(service, "/award-registers", awards_register(award(amount=1400)))
    assert [(one["code"], one["cell"]) for one in third["problems"]] == [("decision_waits", "A6")]
    await service.post("approver", f"/decisions/{await newest(service)}/decline", {"reason": "Not agreed"}, 200)
    declined = await loaded(
        service, "/award-registers", awards_register(award(amount=1300, certifier_role="Treasurer", delivery_body=" "))
    )
    assert declined["counts"] == {"declined": 1}
    other = await loaded(
        service, "/award-registers", awards_register(award(recipient_id="GB-LAE-LDS", funding_line="CAID"))
    )
    assert [(one["code"], one["cell"]) for one in other["problems"]] == [("other_funding_line", "B6")]


async def loaded_and_approved(service: Service, book: bytes) -> None:
    """A register whose awards exist."""
    load = await loaded(service, "/award-registers", book)
    await service.post("approver", f"/register-loads/{load['id']}/approve", {"reason": "Agreed"}, 200)


async def newest(service: Service) -> str:
    """The decision that was proposed last."""
    return str((await service.get("lead", "/decisions?state=proposed&limit=200"))["items"][-1]["id"])


async def test_a_file_that_is_none_leaves_nothing_and_strangers_send_none(service: Service) -> None:
    answer = await send(service, "/award-registers", b"%PDF-1.7")
    assert (answer.status_code, answer.json()["code"]) == (422, "pdf")
    assert (await send(service, "/payment-files", awards_register(award()))).json()["code"] == "missing_sheet"
    for who in ("officer", "certifier", "approver", "auditor", "administrator"):
        assert (await send(service, "/payment-files", payment_file(PAID[0]), who)).status_code == 403
    assert await count(service, "register_load") == 0
    load = await loaded(service, "/payment-files", payment_file(PAID[4]))
    assert await rows(service, load, "auditor") == await rows(service, load)
    for path in ("", "/rows", "/file", "/annotated"):
        assert (await service.ask("wider_lead", "GET", f"/register-loads/{load['id']}{path}")).status_code == 404
        assert (await service.ask("officer", "GET", f"/register-loads/{load['id']}{path}")).status_code == 403
    assert (await service.get("wider_lead", "/register-loads"))["items"] == []


async def test_a_lead_over_one_programme_proposes_nothing_of_another(service: Service) -> None:
    answer = await send(
        service,
        "/award-registers",
        awards_register(award(), award(reference="CAID-1", funding_line="CAID")),
        "wider_lead",
    )
    assert [(one["code"], one["cell"]) for one in answer.json()["problems"]] == [("not_found", "B6")]
    answer = await send(
        service, "/award-registers", awards_register(award(reference="CAID-1", funding_line="CAID")), "wider_lead"
    )
    load = answer.json()
    assert load["counts"] == {"proposed": 1}
    assert (await service.get("auditor", f"/register-loads/{load['id']}"))["id"] == load["id"]


async def test_a_template_is_read_as_it_stands(service: Service) -> None:
    for path, code in (("/award-registers", "no_rows"), ("/payment-files", "no_rows")):
        template = await service.ask("lead", "GET", f"{path}/template")
        load = await loaded(service, path, template.content)
        assert [one["code"] for one in load["problems"]] == [code]
        assert (await service.ask("officer", "GET", f"{path}/template")).status_code == 403
