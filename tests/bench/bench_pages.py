"""Every page that a link leads to, as a lead, an auditor, an approver and a finance officer: how long the server takes, and its weight."""

import gzip
import math
import re
from collections import deque
from dataclasses import dataclass, field
from statistics import median

from grants.actions import sessions
from grants.domain.access import Actor, Role
from grants.store.transaction import Gate
from tests.bench.figures import Figure, figure
from tests.bench.ground import Ground
from tests.bench.record import Cast, another_person
from tests.bench.traffic import Answer, Client, request
from tests.browser.walk import Kinds, kind_of, links_in

SEARCHES = ("/search?q=MORE-0100", "/search?q=council", "/search?q=INV-000100")
AIM_MS, FIRST_BYTES, AFTER_BYTES = 150.0, 300_000, 30_000
_DOWNLOAD = re.compile(r"[?&](?:[a-z]+-)?download=")
_FILES = re.compile(r"[/-](?:template|workbook|annotated|checkpoint|xlsx|ods|csv|json)(?:\?|$)|^/favicon|^/api/")


@dataclass
class PageRuns:
    """What each kind of page took in milliseconds, and weighed in bytes as it was sent; the assets' bytes beside."""

    milliseconds: dict[str, list[float]] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    assets: dict[str, int] = field(default_factory=dict)

    def p95(self, kind: str) -> float:
        """The time that 19 of 20 requests kept to."""
        ordered = sorted(self.milliseconds[kind])
        return ordered[math.ceil(0.95 * len(ordered)) - 1]


async def page_runs(ground: Ground, gate: Gate, cast: Cast, requests: int) -> PageRuns:
    """Follows links from the first page as each role, and asks for one page of each kind so many times."""
    runs = PageRuns()
    auditor = await another_person(gate, Role.AUDITOR)
    administrator = await another_person(gate, Role.ADMINISTRATOR)
    client = await Client.connect(ground.service.port)
    for actor in (cast.lead.actor, auditor, cast.approver.actor, cast.officer.actor, administrator):
        await _walk(client, await _session(gate, actor), runs, requests)
    client.close()
    return runs


async def _session(gate: Gate, actor: Actor) -> dict[str, str]:
    async with gate.deed(actor) as tx:
        secret = await sessions.start(tx, actor, "password", 2, "A benchmark")
    return {"Cookie": f"tallystick={secret}", "Accept-Encoding": "gzip"}


async def _walk(client: Client, headers: dict[str, str], runs: PageRuns, requests: int) -> None:
    waiting, met, kinds = deque(["/", *SEARCHES]), {"/", *SEARCHES}, Kinds(1)
    while waiting:
        address = waiting.popleft()
        if _DOWNLOAD.search(address) or not (address in SEARCHES or kinds.takes(address)):
            continue
        kind = address if address in SEARCHES else kind_of(address)
        get = request("GET", address, headers=headers)
        answer = await client.ask(get)
        if _FILES.search(address):
            continue
        text = _text(answer)
        if answer.status == 200 and kind not in runs.milliseconds:
            runs.milliseconds[kind] = [await client.timed(get) * 1000 for _ in range(requests)]
            runs.weights[kind] = len(answer.body)
        for link in links_in(text):
            there = link.partition("#")[0]
            if there.startswith("/assets/") and there not in runs.assets:
                runs.assets[there] = len((await client.ask(request("GET", there, headers=headers))).body)
            elif there.startswith("/") and there not in met:
                met.add(there)
                waiting.append(there)


def _text(answer: Answer) -> str:
    body = gzip.decompress(answer.body) if answer.body[:2] == b"\x1f\x8b" else answer.body
    return body.decode("utf-8", "replace")


def page_figures(runs: PageRuns, awards: int, lines: int) -> list[Figure]:
    """The slowest page, the middle one, the heaviest, and the first with all that it brings."""
    p95s = [runs.p95(kind) for kind in runs.milliseconds]
    with_all = f"with {awards:,} awards and {lines:,} lines"
    return [
        figure(f"slowest page {with_all}, p95, of 150 ms", [max(p95s)], [AIM_MS], "ms", 1.0),
        figure(f"middle of all pages {with_all}, p95, of 150 ms", [median(p95s)], [AIM_MS], "ms", 1.0),
        figure(
            "first page with its assets, as sent, of 300 KB",
            [sum(runs.assets.values()) + runs.weights["/"]],
            [FIRST_BYTES],
            "bytes",
            1.0,
        ),
        figure("heaviest page after it, as sent, of 30 KB", [max(runs.weights.values())], [AFTER_BYTES], "bytes", 1.0),
    ]
