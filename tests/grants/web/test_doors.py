"""Every door: guarded, described, paged, and polite when something is wrong."""

from typing import Any

import msgspec
import pytest
from litestar import Litestar, asgi, get
from litestar.routes import HTTPRoute

from grants.domain.access import MAY, Deed
from grants.domain.recipients import NewRecipient
from grants.web import bodies, examples
from grants.web.examples import EXAMPLES
from grants.web.identity import NamedDeeds, require_named_deeds
from tests.grants.store.record import unrecorded
from tests.service import PEOPLE, Service


def _routes(service: Service) -> list[tuple[str, str, Any]]:
    return [
        (method, route.path, handler)
        for route in service.client.app.routes
        if isinstance(route, HTTPRoute)
        for method, handler in ((m, h) for h in route.route_handlers for m in h.http_methods)
        if method != "OPTIONS"
    ]


def _filled(path: str) -> str:
    parts = []
    for part in path.split("/"):
        if part.startswith("{"):
            kind = part.strip("{}").rpartition(":")[2]
            parts.append({"uuid": "00000000-0000-4000-8000-000000000000", "int": "999999"}.get(kind, "NOTHING-01"))
        else:
            parts.append(part)
    return "/".join(parts)


def test_no_service_starts_with_a_door_that_nothing_guards() -> None:
    @get("/open", opt={"deed": Deed.ANYONE}, sync_to_thread=False)
    def open_door() -> None: ...

    @get("/guarded", opt={"deed": Deed.SEE_PLAN}, middleware=[NamedDeeds], sync_to_thread=False)
    def guarded() -> None: ...

    @get("/nameless", middleware=[NamedDeeds], sync_to_thread=False)
    def nameless() -> None: ...

    require_named_deeds(Litestar([open_door, guarded, nameless], openapi_config=None))

    @get("/forgotten", opt={"deed": Deed.SEE_PLAN}, sync_to_thread=False)
    def forgotten() -> None: ...

    @get("/unsaid", sync_to_thread=False)
    def unsaid() -> None: ...

    @asgi("/other", copy_scope=True)
    async def other(scope: Any, receive: Any, send: Any) -> None: ...

    for door in (forgotten, unsaid, other):
        with pytest.raises(ValueError, match="guarded by nothing"):
            require_named_deeds(Litestar([open_door, door], openapi_config=None))


async def test_every_route_names_its_deed(service: Service) -> None:
    nameless = [
        (method, path) for method, path, handler in _routes(service) if not isinstance(handler.opt.get("deed"), Deed)
    ]
    assert nameless == []


async def test_only_the_service_s_own_face_is_open_to_anyone(service: Service) -> None:
    open_doors = {path for _, path, handler in _routes(service) if handler.opt["deed"] is Deed.ANYONE}
    others = {path for path in open_doors if not path.startswith("/api/v1/openapi.json")}
    assert {path for path in others if path.startswith("/api/")} == {"/api/v1/verifier"}
    assert {"/health/live", "/health/ready", "/metrics", "/api-docs"} <= others


async def test_nobody_passes_a_door_without_a_token_and_no_role_passes_one_that_is_not_theirs(service: Service) -> None:
    for method, path, handler in _routes(service):
        deed = handler.opt["deed"]
        if deed is Deed.ANYONE or not path.startswith("/api/"):
            continue
        answer = await service.ask(None, method, _filled(path), json={})
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"] == "Bearer"
        for who, (role, _) in PEOPLE.items():
            if role not in MAY[deed]:
                refused = await service.ask(who, method, _filled(path), json={})
                assert refused.status_code in (400, 403, 404), (who, method, path, refused.text)
                assert not refused.is_success


@pytest.mark.parametrize("header", ["Bearer", "Bearer nonsense", "Basic bGVhZA==", "Bearer tally_" + "x" * 43])
async def test_a_token_that_is_none_is_refused_at_open_doors_too(service: Service, header: str) -> None:
    for path in ("/api/v1/plan", "/api/v1/verifier"):
        answer = await service.client.get(path, headers={"Authorization": header})
        assert answer.status_code == 401, path


async def test_a_token_ends(service: Service) -> None:
    await service.get("lead", "/plan")
    service.clock.forward(days=301)
    assert (await service.get("lead", "/plan", 401))["code"] == "unauthorized"


async def test_a_person_who_was_deactivated_is_out_at_once(service: Service) -> None:
    async with service.gate.deed(_operator()) as tx:
        await tx.db.execute("UPDATE person SET active = false WHERE email = 'lead@example.org'")
        await unrecorded(tx)
    await service.get("lead", "/plan", 401)


def _operator() -> Any:
    from grants.actions.people import OPERATOR

    return OPERATOR


async def test_a_list_is_walked_to_its_end_page_by_page(service: Service) -> None:
    whole = await service.get("lead", "/recipients?limit=200")
    walked, after = [], ""
    while True:
        page = await service.get("lead", f"/recipients?limit=7{after}")
        walked += page["items"]
        assert len(page["items"]) <= 7
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert walked == whole["items"]
    assert len(walked) > 43


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "after=%00", "after=%F0%9F", "after=" + "a" * 600]
)
async def test_a_bad_page_is_refused(service: Service, query: str) -> None:
    told = await service.get("auditor", f"/journal?{query}", 400)
    assert told["detail"]


@pytest.mark.parametrize("as_at", ["-1", "7000", "x", str(2**70)])
async def test_a_place_that_the_ledger_does_not_have_is_refused(service: Service, as_at: str) -> None:
    await service.get("lead", f"/plan?as_at={as_at}", 400)


async def test_the_plan_at_an_entry_is_the_same_for_ever(service: Service) -> None:
    now = await service.get("lead", "/plan")
    body = {"from_line": "LOCAL-INQUIRIES", "to_line": "INVESTIGATIONS", "year": "2025-26", "pence": 5}
    await service.decide("/virements", body)
    assert await service.get("lead", f"/plan?as_at={now['entry_no']}") == now
    assert (await service.get("lead", "/plan"))["entry_no"] == now["entry_no"] + 1


async def test_what_is_not_there_is_a_problem_document(service: Service) -> None:
    for method, path, status in (
        ("GET", "/api/v1/nowhere", 404),
        ("DELETE", "/api/v1/plan", 405),
        ("GET", "/schema", 404),
    ):
        answer = await service.ask("lead", method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_a_body_that_is_too_large_is_refused(service: Service) -> None:
    answer = await service.ask("lead", "POST", "/virements", content=b"[" + b" " * 1_100_000 + b"]")
    assert answer.status_code == 413


async def test_the_description_has_every_route_each_with_an_example_that_is_taken(service: Service) -> None:
    described = await service.get(None, "/openapi.json")
    for method, path, handler in _routes(service):
        if handler.include_in_schema is False or handler.opt["deed"] is Deed.ANYONE:
            continue
        name = "/".join(f"{{{part[1:].split(':')[0]}}}" if part.startswith("{") else part for part in path.split("/"))
        operation = described["paths"][name.replace("}}", "}")][method.lower()]
        assert operation["summary"]
        assert "401" in operation["responses"]
    for name in examples.EXAMPLES:
        assert described["components"]["schemas"][name]["example"] == EXAMPLES[name], name
    sent = {reference.rpartition("/")[2] for reference in _references(dict(described["paths"].items()), "requestBody")}
    without = {name for name in sent if "example" not in described["components"]["schemas"].get(name, {})}
    assert without <= {"EvidenceForm", "ExtractForm", "RegisterForm", "UploadForm"}


def _references(found: Any, inside: str, within: bool = False) -> list[str]:
    if isinstance(found, dict):
        here = [found["$ref"]] if within and "$ref" in found else []
        return here + [
            reference
            for name, value in found.items()
            for reference in _references(value, inside, within or name == inside)
        ]
    return (
        [reference for value in found for reference in _references(value, inside, within)]
        if isinstance(found, list)
        else []
    )


def test_each_example_is_a_body_that_its_door_takes() -> None:
    from grants.actions.people import NewPerson, NewRole
    from grants.actions.returns import Certificate
    from grants.actions.rounds import NewRound
    from grants.domain.matchings import Matching
    from importers.register_routes import LoadApproval

    others = (NewRecipient, Certificate, NewRound, NewPerson, NewRole, Matching, LoadApproval)
    for name, example in EXAMPLES.items():
        kind = getattr(bodies, name, None) or {other.__name__: other for other in others}[name]
        msgspec.convert(example, type=kind, strict=True)


async def test_readiness_speaks_of_the_schema(service: Service) -> None:
    ready = await service.get(None, "/health/ready")
    assert ready["status"] == "ready"


async def test_counts_go_by_route_and_never_by_what_stands_in_a_path(service: Service) -> None:
    await service.get("lead", "/funding-lines/NOBODY-KNOWS-THIS", 404)
    counted = (await service.ask(None, "GET", "/metrics")).text
    assert 'route="/api/v1/funding-lines/{code}"' in counted
    assert "NOBODY-KNOWS-THIS" not in counted
