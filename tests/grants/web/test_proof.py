"""The door to the journal's signed head: an auditor keeps what it gives, and can prove it without the service."""

import pytest

from grants.domain.checkpoints import Verifier
from tests.service import PEOPLE, Service


async def test_an_auditor_gets_a_head_that_holds_by_itself(service: Service) -> None:
    answer = await service.get("auditor", "/journal/checkpoint")
    head = Verifier.from_text(answer["key"]).opened(answer["note"])
    assert (head.size, head.root.hex(), head.entry_no) == (answer["size"], answer["root"], answer["entry_no"])
    newest = (await service.get("auditor", "/journal?limit=200"))["items"][-1]["number"]
    assert head.size == newest > 0
    assert head.at == service.clock.now


async def test_the_head_moves_with_every_deed_and_the_key_stays(service: Service) -> None:
    before = await service.get("auditor", "/journal/checkpoint")
    body = {"year": "2025-26", "pence": 100, "reason": "Needed"}
    await service.post("lead", "/funding-lines/CAID/allocations", body)
    after = await service.get("auditor", "/journal/checkpoint")
    assert after["size"] == before["size"] + 1
    assert after["root"] != before["root"]
    assert after["key"] == before["key"]
    assert "PRIVATE" not in str(after)


@pytest.mark.parametrize("who", [None, *(name for name in PEOPLE if name != "auditor")])
async def test_nobody_else_does(service: Service, who: str | None) -> None:
    assert (await service.ask(who, "GET", "/journal/checkpoint")).status_code == (401 if who is None else 403)
