"""GET /plan over HTTP, against a bare route that gives the same bytes from one query; and whether spend lines make it slower."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

import asyncpg

from tests.bench.bare_plan import TABLE
from tests.bench.figures import Figure, figure
from tests.bench.ground import Ground, bare_route
from tests.bench.record import LINE, YEAR, Cast
from tests.bench.traffic import Client, load, request

CONNECTIONS = 8
AIM, FLAT_AIM = 2.0, 1.2


@dataclass(frozen=True)
class Effort:
    """How much is asked: rounds in turn, requests one by one and seconds of load in each, deeds that make the plan anew."""

    rounds: int = 5
    requests: int = 300
    seconds: float = 1.0
    deeds: int = 30


@dataclass
class PlanRuns:
    """Milliseconds a request of each run: one by one, under load, and the first after a deed."""

    alone: list[float] = field(default_factory=list)
    loaded: list[float] = field(default_factory=list)
    anew: list[float] = field(default_factory=list)
    bare_alone: list[float] = field(default_factory=list)
    bare_loaded: list[float] = field(default_factory=list)
    bare_anew: list[float] = field(default_factory=list)
    """The floor beside each first request after a deed."""


async def plan_runs(ground: Ground, cast: Cast, effort: Effort) -> PlanRuns:
    """Ours and the floor in turn, on the database as it is."""
    get = request("GET", "/api/v1/plan", cast.lead.token)
    bare_get = request("GET", "/plan")
    clients = [await Client.connect(ground.service.port) for _ in range(CONNECTIONS)]
    await _keep_body(ground, (await clients[0].ask(get)).body)
    runs = PlanRuns()
    async with bare_route(ground.service_dsn, ground.folder) as bare:
        bares = [await Client.connect(bare.port) for _ in range(CONNECTIONS)]
        if (await bares[0].ask(bare_get)).body != (await clients[0].ask(get)).body:
            raise RuntimeError("the floor does not give the same bytes")
        for warm, ask in ((bares, bare_get), (clients, get)):
            await load(warm, ask, effort.seconds)
        for _ in range(effort.rounds):
            runs.bare_alone.append(await _alone(bares[0], bare_get, effort.requests))
            runs.alone.append(await _alone(clients[0], get, effort.requests))
            runs.bare_loaded.append(await load(bares, bare_get, effort.seconds))
            runs.loaded.append(await load(clients, get, effort.seconds))
        for _ in range(effort.deeds):
            await _deed(clients[0], cast)
            runs.anew.append(await clients[0].timed(get) * 1000)
            runs.bare_anew.append(await _alone(bares[0], bare_get, effort.requests // 10 + 1))
    for client in (*clients, *bares):
        client.close()
    return runs


async def _alone(client: Client, get: bytes, requests: int) -> float:
    return median([await client.timed(get) for _ in range(requests)]) * 1000


async def _keep_body(ground: Ground, body: bytes) -> None:
    owner = await asyncpg.connect(ground.owner_dsn)
    try:
        await owner.execute(f"DROP TABLE IF EXISTS {TABLE}")
        await owner.execute(f"CREATE TABLE {TABLE} (body bytea NOT NULL)")
        await owner.execute(f"INSERT INTO {TABLE} VALUES ($1)", body)
        await owner.execute(f"GRANT SELECT ON {TABLE} TO tallystick_service")
    finally:
        await owner.close()


async def _deed(client: Client, cast: Cast) -> None:
    """Something that the journal records, so that the next plan is made anew."""
    body = f'{{"movement": "allocate", "year": "{YEAR}", "pence": 100, "reason": "Benchmark"}}'.encode()
    path = f"/api/v1/funding-lines/{LINE}/allocations"
    answer = await client.ask(request("POST", path, cast.lead.token, {"Content-Type": "application/json"}, body))
    if answer.status != 201:
        raise RuntimeError(f"the deed was not done: {answer.status}")


def plan_figures(small: tuple[int, PlanRuns], large: tuple[int, PlanRuns]) -> list[Figure]:
    """The figures of two runs, each with its number of spend lines."""
    figures: list[Figure] = []
    for lines, runs in (small, large):
        name = f"GET /plan with {lines:,} spend lines"
        figures += [
            figure(name, runs.alone, runs.bare_alone, "ms", AIM),
            figure(f"{name}, {CONNECTIONS} at once", runs.loaded, runs.bare_loaded, "ms a request", AIM),
            figure(f"{name}, first after a deed", runs.anew, runs.bare_anew, "ms"),
        ]
    (few, first), (many, second) = small, large
    name = f"GET /plan, {many:,} spend lines against {few:,}"
    return [
        *figures,
        _flat(name, _alone_by_floor, first, second),
        _flat(f"{name}, first after a deed", _anew_by_floor, first, second),
    ]


def _flat(name: str, by_floor: Callable[[PlanRuns], list[float]], few: PlanRuns, many: PlanRuns) -> Figure:
    """The two sizes are measured minutes apart, each beside its floor: so what the machine does meanwhile cancels out."""
    return figure(name, by_floor(many), by_floor(few), "x its floor", FLAT_AIM)


def _alone_by_floor(runs: PlanRuns) -> list[float]:
    return [ours / bare for ours, bare in zip(runs.alone, runs.bare_alone, strict=True)]


def _anew_by_floor(runs: PlanRuns) -> list[float]:
    """The quickest fifth: work of some milliseconds is interrupted on a busy machine, and the floor's is too short for that."""
    quickest = sorted(runs.anew)[: len(runs.anew) // 5 + 1]
    return [ours / median(runs.bare_anew) for ours in quickest]
