"""The register: everybody that belongs there, added once, and seen by those who may."""

import asyncio
from collections import Counter

import msgspec
import pytest

from grants.actions.people import OPERATOR
from grants.actions.recipients import add_recipient, load_recipients, recipient_view, recipients_page, register
from grants.domain.access import Actor, Role
from grants.domain.errors import Conflict, NotAllowed, NotFound
from grants.domain.recipients import NewRecipient, RecipientKind
from grants.store.transaction import Gate
from tests.grants.actions.cast import count, person

NEW = NewRecipient("GB-CHC-0000001", " A charity ", RecipientKind.CHARITY, {"GB-CHC": "0000001"})


async def load(gate: Gate) -> list[str]:
    async with gate.deed(OPERATOR) as tx:
        return await load_recipients(tx)


async def all_of(gate: Gate, actor: Actor, limit: int = 30, kind: RecipientKind | None = None) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        async with gate.reading(actor) as view:
            page = await recipients_page(view, after, limit, kind)
        found += [recipient.id for recipient in page.items]
        after = page.next
        if after is None:
            return found


def test_the_register_has_every_police_force_area_and_oldham() -> None:
    found = register()
    kinds = Counter(recipient.kind for recipient in found)
    assert kinds[RecipientKind.POLICE] == 43
    assert kinds[RecipientKind.COUNCIL] > 10
    assert kinds[RecipientKind.ARMS_LENGTH] == 1
    police = {recipient.id for recipient in found if recipient.kind is RecipientKind.POLICE}
    assert police == {f"E23{n:06d}" for n in range(1, 40)} | {f"W15{n:06d}" for n in range(1, 5)}
    assert all(recipient.identifiers["ONS"] == recipient.id for recipient in found if recipient.id in police)
    oldham = next(recipient for recipient in found if recipient.id == "GB-LAE-OLD")
    assert oldham.identifiers == {"ONS": "E08000004", "GB-LAE": "OLD"}
    assert len({recipient.id for recipient in found}) == len({recipient.name for recipient in found}) == len(found)


async def test_it_is_loaded_once_however_often_and_by_how_many(gate: Gate) -> None:
    done = await asyncio.gather(*(load(gate) for _ in range(3)))
    assert sorted(map(len, done)) == [0, 0, len(register())]
    assert await load(gate) == []
    assert await count(gate, "recipient") == len(register())
    assert await count(gate, "journal") == 2


async def test_what_was_there_is_left_as_it_is(gate: Gate) -> None:
    async with gate.deed(OPERATOR) as tx:
        await add_recipient(tx, NewRecipient("GB-LAE-OLD", "Named by hand", RecipientKind.COUNCIL))
    assert "GB-LAE-OLD" not in await load(gate)
    async with gate.reading(OPERATOR) as view:
        assert (await recipient_view(view, "GB-LAE-OLD")).name == "Named by hand"


async def test_a_new_recipient_is_added_once(gate: Gate) -> None:
    lead = await person(gate, Role.PROGRAMME_LEAD, "ACTION-PLAN")
    async with gate.deed(lead) as tx:
        added = await add_recipient(tx, NEW)
    assert (added.name, added.identifiers, added.is_example) == ("A charity", {"GB-CHC": "0000001"}, False)
    before = await count(gate, "journal")
    with pytest.raises(Conflict) as refused:
        async with gate.deed(lead) as tx:
            await add_recipient(tx, NEW)
    assert refused.value.code == "exists"
    assert await count(gate, "journal") == before


async def test_the_funder_sees_all_in_pages_and_a_recipient_itself(gate: Gate) -> None:
    await load(gate)
    everybody = sorted(recipient.id for recipient in register())
    for role in (Role.PROGRAMME_LEAD, Role.APPROVER, Role.AUDITOR):
        assert await all_of(gate, await person(gate, role, "WIDER-CSA"), limit=7) == everybody
    officer = await person(gate, Role.FINANCE_OFFICER, "GB-LAE-OLD", "E23000005")
    assert await all_of(gate, officer, limit=1) == ["E23000005", "GB-LAE-OLD"]
    assert await all_of(gate, officer, kind=RecipientKind.POLICE) == ["E23000005"]
    async with gate.reading(officer) as view:
        assert (await recipient_view(view, "GB-LAE-OLD")).id == "GB-LAE-OLD"
        for hidden in ("GB-LAE-ROT", "NO-SUCH"):
            with pytest.raises(NotFound) as refused:
                await recipient_view(view, hidden)
            assert refused.value.code == "not_found"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PROGRAMME_LEAD])
async def test_only_a_lead_adds(gate: Gate, role: Role) -> None:
    actor = await person(gate, role, "GB-LAE-OLD")
    with pytest.raises(NotAllowed):
        async with gate.deed(actor) as tx:
            await add_recipient(tx, NEW)
    with pytest.raises(NotAllowed):
        async with gate.deed(actor) as tx:
            await load_recipients(tx)


async def test_an_administrator_sees_none(gate: Gate) -> None:
    actor = await person(gate, Role.ADMINISTRATOR)
    async with gate.reading(actor) as view:
        with pytest.raises(NotAllowed):
            await recipients_page(view, None, 10)
        with pytest.raises(NotAllowed):
            await recipient_view(view, "GB-LAE-OLD")


def test_a_recipient_has_no_more_identifiers_than_there_are_registers() -> None:
    facts = {"id": "GB-LAE-ZZZ", "name": "Somewhere", "kind": "council"}
    many = {f"SCHEME-{number}": "1" for number in range(21)}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**facts, "identifiers": many}, type=NewRecipient)
