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
from tests.service import OLDHAM, Service

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
