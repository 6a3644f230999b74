"""People as administrators manage them: roles once and on the record, nobody for themselves, somebody always left to do it."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from grants.actions.people import OPERATOR, SERVICE_ACTORS
from grants.actions.sessions import start
from grants.domain.access import Role
from grants.store.people import actor_by_email
from tests.grants.web.joining import WHY, join, leave, person, shut_out
from tests.service import LEEDS_POLICE, OLDHAM, PEOPLE, Service

NEW = {"email": "Nora.New@Example.org", "name": "Nora New", "roles": [{"role": "certifier", "over": [OLDHAM]}]}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def _journal(service: Service, subject: str) -> list[Any]:
    found = await service.get("auditor", f"/journal?subject={subject}&limit=200")
    return [line for line in found["items"] if line["subject_kind"] == "person"]


async def test_somebody_is_added_once_with_who_gave_what_and_when(service: Service) -> None:
    added = await service.post("administrator", "/people", NEW, 201)
    assert (added["email"], added["name"], added["active"]) == ("nora.new@example.org", "Nora New", True)
    (role,) = added["roles"]
    assert (role["role"], role["over"], role["granted_by"]) == ("certifier", [OLDHAM], "administrator")
    assert role["granted_at"] == service.clock().isoformat().replace("+00:00", "Z")
    assert (added["last_sign_in_at"], added["last_used_at"]) == (None, None)
    assert await service.get("administrator", f"/people/{added['id']}") == added
    assert (await service.post("administrator", "/people", NEW, 409))["code"] == "exists"
    told = (await _journal(service, added["id"]))[-1]
    assert (told["person"], told["before"], told["after"]) == (
        "administrator",
        {"roles": []},
        {"roles": [{"role": "certifier", "over": [OLDHAM]}]},
    )
    assert "nora" not in str(told).lower()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"email": "nobody"}, 400),
        ({"email": "operator@service.invalid"}, 400),
        ({"name": " "}, 400),
        ({"roles": []}, 400),
        ({"roles": [{"role": "king"}]}, 400),
        ({"roles": [{"role": "certifier"}]}, 400),
        ({"roles": [{"role": "certifier", "over": []}]}, 400),
        ({"roles": [{"role": "administrator", "over": ["ACTION-PLAN"]}]}, 400),
        ({"roles": [{"role": "certifier", "over": ["XX-NONE"]}]}, 404),
        ({"roles": [{"role": "certifier", "over": ["ACTION-PLAN"]}]}, 404),
        ({"roles": [{"role": "approver", "over": [OLDHAM]}]}, 404),
        ({"roles": [{"role": "auditor"}], "active": True}, 400),
    ],
)
async def test_what_is_no_person_is_refused_and_nothing_is_left_behind(
    service: Service, change: dict[str, Any], status: int
) -> None:
    await service.post("administrator", "/people", {**NEW, **change}, status)
    listed = await service.get("administrator", "/people?limit=200")
    assert len(listed["items"]) == len(PEOPLE)


async def test_the_list_is_everybody_but_the_service_itself_page_by_page(service: Service) -> None:
    walked, after = [], ""
    while True:
        page = await service.get("administrator", f"/people?limit=3{after}")
        walked += [one["email"] for one in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert walked == sorted(f"{name}@example.org" for name in PEOPLE)
    for query, expected in (
        ("role=certifier", {"certifier", "foreign_certifier"}),
        (f"organisation={OLDHAM}", {"officer", "certifier"}),
        (f"organisation={LEEDS_POLICE}&role=finance_officer", {"foreign_officer"}),
        ("organisation=XX-NONE", set()),
    ):
        found = await service.get("administrator", f"/people?{query}")
        assert {one["name"] for one in found["items"]} == expected
    await service.get("administrator", "/people?role=king", 400)


async def test_the_service_s_own_actors_look_like_nobody(service: Service) -> None:
    for actor in SERVICE_ACTORS:
        for other in (str(actor.id), UNKNOWN):
            for method, path, body in (
                ("GET", f"/people/{other}", None),
                ("GET", f"/people/{other}/tokens", None),
                ("POST", f"/people/{other}/roles", {"role": "auditor"}),
                ("POST", f"/people/{other}/roles/{UNKNOWN}/end", WHY),
                ("POST", f"/people/{other}/deactivate", WHY),
                ("POST", f"/people/{other}/reactivate", WHY),
            ):
                answer = await service.ask("administrator", method, path, json=body)
                assert answer.status_code == 404, path
                assert answer.json()["code"] == "not_found"


async def test_the_same_role_over_the_same_things_is_given_once(service: Service) -> None:
    service.clock.forward(seconds=1)
    officer = await person(service, "officer")
    path = f"/people/{officer['id']}/roles"
    both = {"role": "finance_officer", "over": [LEEDS_POLICE, OLDHAM]}
    first = await service.post("administrator", path, both, 200)
    assert [role["over"] for role in first["roles"]] == [[OLDHAM], [LEEDS_POLICE, OLDHAM]]
    records = len(await _journal(service, officer["id"]))
    again = {"role": "finance_officer", "over": [OLDHAM, LEEDS_POLICE, OLDHAM]}
    assert await service.post("administrator", path, again, 200) == first
    assert len(await _journal(service, officer["id"])) == records
    everywhere = {"role": "auditor"}
    assert len((await service.post("administrator", path, everywhere, 200))["roles"]) == 3
    assert len((await service.post("administrator", path, everywhere, 200))["roles"]) == 3


async def test_many_who_give_the_same_role_at_once_give_it_once(service: Service) -> None:
    officer = await person(service, "officer")
    path = f"/people/{officer['id']}/roles"
    await asyncio.gather(*(service.post("administrator", path, {"role": "auditor"}, 200) for _ in range(6)))
    held = [role["role"] for role in (await person(service, "officer"))["roles"]]
    assert sorted(held) == ["auditor", "finance_officer"]


async def test_nobody_gives_a_role_to_themselves(service: Service) -> None:
    mine = await person(service, "administrator")
    for body in ({"role": "approver"}, {"role": "administrator"}, {"role": "certifier", "over": [OLDHAM]}):
        told = await service.post("administrator", f"/people/{mine['id']}/roles", body, 403)
        assert told["code"] == "same_person"
    assert (await person(service, "administrator"))["roles"] == mine["roles"]


async def test_an_ended_role_has_no_effect_from_then_on(service: Service) -> None:
    await join(service, "officer", (Role.AUDITOR, None))
    await service.get("officer", "/journal")
    await leave(service, "officer", Role.AUDITOR)
    await service.get("officer", "/journal", 403)
    await service.get("officer", "/awards")
    told = (await _journal(service, (await person(service, "officer"))["id"]))[-1]
    assert told["before"]["roles"] == [*told["after"]["roles"], {"role": "auditor", "over": None}]
    assert told["reason"] == WHY["reason"]
    await leave(service, "officer", Role.FINANCE_OFFICER)
    await service.get("officer", "/me", 401)


async def test_a_role_of_another_person_is_no_role_of_this_one(service: Service) -> None:
    lead, officer = await person(service, "lead"), await person(service, "officer")
    for grant in (lead["roles"][0]["id"], UNKNOWN):
        await service.post("administrator", f"/people/{officer['id']}/roles/{grant}/end", WHY, 404)
    assert await person(service, "lead") == lead


async def test_somebody_always_manages_people(service: Service) -> None:
    mine = await person(service, "administrator")
    end = f"/people/{mine['id']}/roles/{mine['roles'][0]['id']}/end"
    for door in (end, f"/people/{mine['id']}/deactivate"):
        assert (await service.post("administrator", door, WHY, 409))["code"] == "last_administrator"
    await join(service, "example_administrator", (Role.ADMINISTRATOR, None), is_example=True)
    await join(service, "former", (Role.ADMINISTRATOR, None))
    await shut_out(service, "former")
    assert (await service.post("administrator", end, WHY, 409))["code"] == "last_administrator"
    await join(service, "deputy", (Role.ADMINISTRATOR, None))
    await service.post("administrator", end, WHY, 200)
    await service.get("administrator", "/people", 401)


async def test_two_administrators_who_end_each_other_at_once_do_not_both_succeed(service: Service) -> None:
    await join(service, "deputy", (Role.ADMINISTRATOR, None))
    for _ in range(3):
        found = [await person(service, name) for name in ("deputy", "administrator")]
        doors = [
            f"/people/{found[0]['id']}/roles/{found[0]['roles'][0]['id']}/end",
            f"/people/{found[1]['id']}/deactivate",
        ]
        answers = await asyncio.gather(
            service.ask("administrator", "POST", doors[0], json=WHY), service.ask("deputy", "POST", doors[1], json=WHY)
        )
        assert sorted(answer.status_code for answer in answers)[0] == 200
        left = [name for name in ("deputy", "administrator") if (await service.ask(name, "GET", "/people")).is_success]
        assert len(left) == 1, [answer.text for answer in answers]
        if left == ["deputy"]:
            break
        await join(service, "deputy", (Role.ADMINISTRATOR, None))


async def test_who_is_shut_out_is_out_at_once_with_everything_they_held(service: Service) -> None:
    officer = await person(service, "officer")
    async with service.gate.signing_in() as tx:
        actor = await actor_by_email(tx.db, "officer@example.org")
        assert actor is not None
        await start(tx, actor, "password", 1, "A browser")
    seen = await person(service, "officer")
    assert seen["last_sign_in_at"] is not None
    out = await service.post("administrator", f"/people/{officer['id']}/deactivate", WHY, 200)
    assert (out["active"], out["ended_at"] is not None, out["roles"]) == (False, True, officer["roles"])
    await service.get("officer", "/me", 401)
    tokens = await service.get("administrator", f"/people/{officer['id']}/tokens")
    assert all(token["revoked_at"] for token in tokens["items"])
    async with service.gate.deed(OPERATOR) as tx:
        row = await tx.db.fetchrow("SELECT ended_because FROM session WHERE person_id = $1", UUID(officer["id"]))
    assert row["ended_because"] == "deactivated"
    assert await service.post("administrator", f"/people/{officer['id']}/deactivate", WHY, 200) == out
    back = await service.post("administrator", f"/people/{officer['id']}/reactivate", WHY, 200)
    assert (back["active"], back["ended_at"], back["roles"]) == (True, None, officer["roles"])
    await service.get("officer", "/me", 401)
    steps = [
        line["after"].get("active") for line in await _journal(service, officer["id"]) if "active" in line["after"]
    ]
    assert steps == [True, False, True]


async def test_an_example_administrator_manages_example_people_only(service: Service) -> None:
    await join(service, "example_administrator", (Role.ADMINISTRATOR, None), is_example=True)
    officer = await person(service, "officer")
    for door, body in (
        ("roles", {"role": "auditor"}),
        (f"roles/{officer['roles'][0]['id']}/end", WHY),
        ("deactivate", WHY),
    ):
        told = await service.post("example_administrator", f"/people/{officer['id']}/{door}", body, 403)
        assert told["code"] == "example_person"
    token = (await service.get("administrator", f"/people/{officer['id']}/tokens"))["items"][0]
    await service.post("example_administrator", f"/tokens/{token['id']}/revoke", {}, 403)
    added = await service.post("example_administrator", "/people", NEW, 201)
    assert added["is_example"] is True


async def test_who_am_i(service: Service) -> None:
    await join(service, "officer", (Role.APPROVER, ["ACTION-PLAN"]), (Role.AUDITOR, None), (Role.ADMINISTRATOR, None))
    me = await service.get("officer", "/me")
    assert sorted(role["role"] for role in me["roles"]) == ["administrator", "approver", "auditor", "finance_officer"]
    name = "Oldham Metropolitan Borough Council"
    assert {role["words"] for role in me["roles"]} >= {
        f"Finance officer for {name}",
        "Auditor over all programmes",
        "Administrator",
    }
    assert me["organisations"] == [{"id": OLDHAM, "name": name}]
    assert (me["name"], me["is_example"], me["token"]["only"]) == ("officer", False, None)
    assert "email" not in me


async def test_the_same_key_adds_somebody_once(service: Service) -> None:
    headers = {"Idempotency-Key": "one"}
    first = await service.post("administrator", "/people", NEW, 201, headers=headers)
    assert await service.post("administrator", "/people", NEW, 201, headers=headers) == first


async def test_an_invitation_is_a_link_of_the_service_told_once(service: Service) -> None:
    added = await service.post("administrator", "/people", NEW, 201)
    path = f"/people/{added['id']}/invitations"
    links = [(await service.post("administrator", path, {"purpose": "join"}, 201))["link"] for _ in range(2)]
    assert all(link.startswith("http://127.0.0.1:8000/invitation/") for link in links)
    assert links[0] != links[1]
    pages = [(await service.client.get(link)).status_code for link in links]
    assert pages[1] == 200
    assert pages[0] != 200
    mine = await person(service, "administrator")
    await service.post("administrator", f"/people/{mine['id']}/invitations", {"purpose": "join"}, 403)
    await service.post("administrator", f"/people/{UNKNOWN}/invitations", {}, 404)
    await service.post("administrator", f"/people/{SERVICE_ACTORS[1].id}/invitations", {}, 404)
    await service.post("administrator", path, {"purpose": "everything"}, 400)
    await shut_out(service, "officer")
    officer = await person(service, "officer")
    await service.post("administrator", f"/people/{officer['id']}/invitations", {}, 404)
