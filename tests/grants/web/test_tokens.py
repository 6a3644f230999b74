"""API tokens at the doors: for some deeds only, seen without their secret, ended at once, and never more than their person."""

from datetime import timedelta
from typing import Any

import pytest

from grants.actions.people import OPERATOR
from grants.actions.tokens import MAX_TOKENS, create_own_token, create_token
from grants.domain.access import Actor, Role
from grants.domain.errors import Conflict, Invalid, NotAllowed
from grants.store.people import actor_by_email
from grants.store.transaction import Gate
from tests.grants.web.joining import join, leave, person, shut_out
from tests.importers.test_doors import workbook
from tests.service import OLDHAM, Service

VIREMENT = {"from_line": "LOCAL-INQUIRIES", "to_line": "INVESTIGATIONS", "year": "2025-26", "pence": 5, "reason": "r"}


async def _narrow(service: Service, who: str, *deeds: str) -> str:
    """Another token of somebody, for those deeds only, under a name of its own."""
    service.clock.forward(seconds=1)
    async with service.gate.deed(OPERATOR) as tx:
        service.tokens[f"{who} {deeds}"] = await create_token(tx, f"{who}@example.org", 30, "narrow", deeds)
    return f"{who} {deeds}"


async def _actor(service: Service, who: str) -> Actor:
    async with service.gate.deed(OPERATOR) as tx:
        found = await actor_by_email(tx.db, f"{who}@example.org")
    assert found is not None
    return found


async def test_a_token_that_reads_sees_what_its_person_sees_and_changes_nothing(service: Service) -> None:
    reader = await _narrow(service, "lead", "read")
    for path in ("/plan", "/awards", "/decisions", "/returns", "/reports", "/recipients"):
        assert await service.get(reader, path) == await service.get("lead", path)
    await service.post(reader, "/virements", VIREMENT, 403)
    await service.get(reader, "/journal", 403)
    assert (await service.get(reader, "/me"))["token"]["only"] is not None
    mine = (await service.get(reader, "/tokens"))["items"]
    await service.post(reader, f"/tokens/{mine[0]['id']}/revoke", {}, 403)
    manager = await _narrow(service, "administrator", "read")
    lead = await person(service, "lead")
    assert lead["roles"]
    assert await service.get(manager, f"/people/{lead['id']}") == lead
    seen = await service.get(manager, f"/people/{lead['id']}/tokens")
    assert [token["label"] for token in seen["items"]] == ["", "narrow"]
    await service.post(manager, f"/people/{lead['id']}/roles", {"role": "auditor"}, 403)


async def test_a_token_for_one_deed_does_it_and_shows_what_came_of_it(due: Service) -> None:
    uploader = await _narrow(due, "officer", "upload_return")
    uploaded = await due.upload(workbook(), who=uploader)
    assert uploaded.status_code == 201, uploaded.text
    await due.get(uploader, f"/returns/{uploaded.json()['id']}")
    await due.get(uploader, "/awards", 403)
    proposer = await _narrow(due, "lead", "propose")
    await due.post(proposer, "/virements", VIREMENT, 201)
    await due.post(proposer, "/awards/LI-OLDHAM-01/state", {"state": "suspended", "reason": "r"}, 403)


async def test_a_token_never_outlives_the_role_that_it_rests_on(service: Service) -> None:
    await join(service, "officer", (Role.AUDITOR, None))
    journal = await _narrow(service, "officer", "see_journal")
    await service.get(journal, "/journal")
    await leave(service, "officer", Role.AUDITOR)
    await service.get(journal, "/journal", 403)


async def test_tokens_are_listed_without_their_secret_and_with_their_last_use(service: Service) -> None:
    reader = await _narrow(service, "officer", "read")
    for _ in range(2):
        await service.get(reader, "/me")
    listed = (await service.get("officer", "/tokens"))["items"]
    assert [token["label"] for token in listed] == ["", "narrow"]
    first = listed[1]["last_used_at"]
    assert first == service.clock().isoformat().replace("+00:00", "Z")
    answer = (await service.ask("officer", "GET", "/tokens")).text
    assert not any(secret in answer for secret in service.tokens.values())
    service.clock.forward(seconds=59)
    await service.get(reader, "/me")
    assert (await service.get("officer", "/tokens"))["items"][1]["last_used_at"] == first
    service.clock.forward(seconds=2)
    await service.get(reader, "/me")
    assert (await service.get("officer", "/tokens"))["items"][1]["last_used_at"] > first
    seen = await person(service, "officer")
    assert seen["last_used_at"] == service.clock().isoformat().replace("+00:00", "Z")


async def test_that_a_use_cannot_be_noted_fails_no_request(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> None:
        raise OSError

    monkeypatch.setattr("grants.store.tokens.note_use", broken)
    await service.get("officer", "/me")
    assert (await service.get("officer", "/tokens"))["items"][0]["last_used_at"] is None


async def test_a_revoked_token_ends_at_once_and_is_revoked_once(service: Service) -> None:
    reader = await _narrow(service, "officer", "read")
    token = (await service.get("officer", "/tokens"))["items"][1]
    revoked = await service.post("officer", f"/tokens/{token['id']}/revoke", {}, 200)
    assert revoked["revoked_at"] is not None
    await service.get(reader, "/me", 401)
    service.clock.forward(minutes=5)
    assert await service.post("officer", f"/tokens/{token['id']}/revoke", {}, 200) == revoked


async def test_what_is_ended_in_one_process_is_refused_by_another_at_the_very_next_request(
    service: Service, replica: Any
) -> None:
    """Each of them has used the other process just before, so that it knows them well."""

    async def there(who: str) -> int:
        answer = await replica.get("/api/v1/plan", headers={"Authorization": f"Bearer {service.tokens[who]}"})
        status: int = answer.status_code
        return status

    for who in ("lead", "approver", "auditor"):
        assert [await there(who) for _ in range(2)] == [200, 200]
    token = (await service.get("lead", "/tokens"))["items"][0]
    await service.post("lead", f"/tokens/{token['id']}/revoke", {}, 200)
    assert await there("lead") == 401
    await leave(service, "approver", Role.APPROVER)
    assert await there("approver") == 401  # whoever has no role left is nobody
    await join(service, "auditor", (Role.FINANCE_OFFICER, [OLDHAM]))
    await leave(service, "auditor", Role.AUDITOR)
    assert await there("auditor") == 403
    await shut_out(service, "auditor")
    assert await there("auditor") == 401


async def test_another_person_s_token_looks_like_none_but_to_an_administrator(service: Service) -> None:
    token = (await service.get("officer", "/tokens"))["items"][0]
    answers = []
    for token_id in (token["id"], "00000000-0000-4000-8000-000000000000"):
        for who in ("certifier", "lead", "auditor"):
            answer = await service.post(who, f"/tokens/{token_id}/revoke", {}, 404)
            answers.append({**answer, "instance": "", "request_id": ""})
    assert all(answer == answers[0] for answer in answers)
    await service.get("officer", "/me")
    await service.post("administrator", f"/tokens/{token['id']}/revoke", {}, 200)
    await service.get("officer", "/me", 401)


async def test_pages_of_tokens(service: Service) -> None:
    for _ in range(5):
        await _narrow(service, "officer", "read")
    await service.get("officer", "/tokens")
    whole = (await service.get("officer", "/tokens"))["items"]
    assert len(whole) == 6
    walked, after = [], ""
    while True:
        page = await service.get("officer", f"/tokens?limit=2{after}")
        walked += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert walked == whole
    for cursor in ("bm9uc2Vuc2U", "MjAyNS0xMS0wMyBub3RhbGw", "%00"):
        await service.get("officer", f"/tokens?after={cursor}", 400)


async def _own(gate: Gate, actor: Actor, **more: Any) -> str:
    async with gate.deed(actor) as tx:
        return await create_own_token(tx, **{"label": "My script", **more})


async def test_people_make_their_own_tokens_but_not_with_a_token_and_not_too_many(service: Service) -> None:
    actor = await _actor(service, "officer")
    service.tokens["mine"] = await _own(service.gate, actor, days=1, deeds=["read"])
    me = await service.get("mine", "/me")
    assert (me["name"], me["token"]["label"]) == ("officer", "My script")
    faults: tuple[dict[str, Any], ...] = (
        {"days": 0},
        {"days": 367},
        {"deeds": []},
        {"deeds": ["king"]},
        {"label": " "},
        {"label": "x" * 101},
    )
    for wrong in faults:
        with pytest.raises(Invalid):
            await _own(service.gate, actor, **wrong)
    with pytest.raises(NotAllowed):
        await _own(service.gate, Actor(actor.id, actor.name, actor.grants, token_id=actor.id))
    for _ in range(MAX_TOKENS - 2):
        await _own(service.gate, actor)
    with pytest.raises(Conflict):
        await _own(service.gate, actor)
    service.clock.now += timedelta(days=1, seconds=1)
    await service.get("mine", "/me", 401)
    await _own(service.gate, actor)


@pytest.mark.parametrize("who", ["administrator", "lead"])
async def test_nobody_but_the_operator_makes_a_token_for_another(service: Service, who: str) -> None:
    with pytest.raises(NotAllowed):
        async with service.gate.deed(await _actor(service, who)) as tx:
            await create_token(tx, "approver@example.org")
