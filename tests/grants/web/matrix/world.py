"""Two halves of a world that mirror each other: a programme and a recipient each, with an object for every parameter of a path."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from grants.actions.people import OPERATOR, SCHEDULER, add_person, deactivate
from grants.actions.tokens import create_token, tokens_of
from grants.domain.access import Role, Scope
from grants.domain.periods import parse_period
from grants.store import awards
from grants.store import returns as stored
from tests.database import looking
from tests.importers.making import Typed, filled
from tests.patience import until
from tests.service import LEEDS_POLICE, OLDHAM, Service

NOBODY = "99999999-9999-4999-8999-999999999999"
PERIODS = ("2025-26-Q2", "2025-26-Q1", "2024-25-Q4", "2024-25-Q3", "2024-25-Q2", "2024-25-Q1")
"""One for each state that a return is brought to: accepted, in review, certified, ready twice, due."""
CERTIFICATE = {"name": "A. Treasurer", "role": "Section 151 officer", "declaration": True}
_IDS = ("decision_id", "round_id", "return_id", "schedule_id", "run_id", "load_id")
_SECRET = ("reference", "code", *_IDS, "sha256")
_BUDGET = [{"year": year, "category": "staff_pay", "pence": 12_000_000} for year in ("2024-25", "2025-26")]


@dataclass(frozen=True)
class Half:
    """Objects that belong together. `values`: for each parameter of a path, what may stand there, the likeliest first.

    `scopes` are what somebody must hold a role over, all of them, to be let in; none where the objects do not exist.
    """

    name: str
    scopes: tuple[Scope, ...]
    values: dict[str, list[str]]
    names: dict[str, str] = field(default_factory=dict)
    """What stands in the description's examples, and what it is in this half."""
    workbook: bytes = b"no workbook"
    """A return that can be uploaded for one of its periods."""

    @property
    def secrets(self) -> Iterator[str]:
        """What nobody may read who may see none of these objects."""
        for name in _SECRET:
            yield from self.values[name]


UNKNOWN = Half(
    "unknown",
    (),
    {
        "reference": ["LI-NOBODY-01"],
        "code": ["NO-SUCH-LINE"],
        "period": ["2025-26-Q2"],
        "decision_id": [NOBODY],
        "load_id": [NOBODY],
        "number": ["999999"],
        "round_id": [NOBODY],
        "return_id": [NOBODY],
        "schedule_id": [NOBODY],
        "run_id": [NOBODY],
        "file_id": [NOBODY],
        "of_format": ["csv"],
        "feed": ["no-such-report.csv"],
        "sha256": ["9" * 64],
        "person_id": [NOBODY],
        "token_id": [NOBODY],
        "grant_id": [NOBODY],
        "notice_id": [NOBODY],
        "figure": [
            "allocated:NO-SUCH-LINE:2025-26:rdel_programme@1",
            "entry:999999@1",
            "line:999999:6@1",
            "budget:award:NO-SUCH-AWARD:2025-26:rdel_programme@1",
            "paid:recipient:GB-NO-BODY:all:rdel_programme:programme=NO-PROGRAMME@1",
        ],
    },
    {
        "LOCAL-INQUIRIES": "NO-SUCH-LINE",
        "AUDIT-PANEL": "NO-OTHER-LINE",
        "ACTION-PLAN": "NO-PROGRAMME",
        "GB-LAE-OLD": "GB-NO-BODY",
    },
)


@dataclass
class _Maker:
    """Makes one half. Its people hold their roles over everything, and are not those of the matrix."""

    service: Service
    programme: str
    lines: tuple[str, str]
    recipient: str
    people: tuple[str, str]

    @property
    def award(self) -> str:
        return f"{self.programme}-AWARD-1"

    async def half(self, name: str) -> Half:
        await self._awards()
        returns = [await self._return(place) for place in range(len(PERIODS))]
        line = f"/funding-lines/{self.lines[0]}/allocations"
        body = {"year": "2025-26", "pence": 500, "reason": "Needed"}
        number = (await self.service.decide(line, body))["entries"][0]
        proposed = await self.service.post("lead", line, body, 201)
        schedule = await self._schedule()
        run, sha256 = await self._sample()
        return Half(
            name,
            (Scope(self.programme, self.recipient),),
            {
                "reference": [self.award, f"{self.programme}-AWARD-2", f"{self.programme}-AWARD-3"],
                "code": [self.lines[0]],
                "period": list(PERIODS),
                "decision_id": [proposed["id"]],
                "load_id": [await self._load()],
                "number": [str(number)],
                "round_id": [await self._round("2027-28-Q1"), *self.rounds],
                "return_id": returns,
                "schedule_id": [schedule],
                "run_id": [run],
                "file_id": self.files,
                "of_format": ["csv"],
                "feed": [f"allocation-position.csv?programme={self.programme}"],
                "sha256": [sha256],
                **await self._person(),
                "notice_id": [await self._notice(returns[-1])],
                "figure": await self._figures(returns[0]),
            },
            dict(
                zip(
                    ("LOCAL-INQUIRIES", "AUDIT-PANEL", "ACTION-PLAN", "GB-LAE-OLD", "line:5:17"),
                    (*self.lines, self.programme, self.recipient, f"award:{self.award}"),
                    strict=True,
                )
            ),
            self.workbook,
        )

    async def _figures(self, accepted: str) -> list[str]:
        """One for each kind of scope, and the entry and the line of the accepted return."""
        entries = (await self.service.get("lead", f"/funding-lines/{self.lines[0]}/entries?limit=200"))["items"]
        at = (await self.service.get("lead", "/plan"))["entry_no"]
        [spend] = [entry["number"] for entry in entries if entry["kind"] == "spend"]
        async with looking(self.service.gate) as db:
            version = await db.fetchval("SELECT id FROM return_version WHERE return_id = $1", UUID(accepted))
        return [
            f"allocated:{self.lines[0]}:2025-26:rdel_programme@{at}",
            f"entry:{spend}@{at}",
            f"line:{version}:6@{at}",
            f"budget:award:{self.award}:2025-26:rdel_programme@{at}",
            f"paid:recipient:{self.recipient}:all:rdel_programme:programme={self.programme}@{at}",
        ]

    async def _awards(self) -> None:
        self.rounds: list[str] = []
        self.files: list[str] = []
        advance = [
            {"number": number, "due_on": str(line["year"])[:4] + "-07-01", "year": line["year"], "pence": line["pence"]}
            for number, line in enumerate(_BUDGET, start=1)
        ]
        for number, more in ((1, {}), (2, {}), (3, {"payment_basis": "advance", "profile": advance})):
            terms = {"purpose": "Work", "start": "2024-04-01", "end": "2026-03-31", "budget": _BUDGET, **more}
            reference = f"{self.programme}-AWARD-{number}"
            facts = {"reference": reference, "funding_line": self.lines[0], "recipient_id": self.recipient}
            year_before = {"year": "2024-25", "pence": 12_000_000}
            await self.service.decide(f"/funding-lines/{self.lines[0]}/allocations", year_before)
            await self.service.decide("/awards", {**facts, "terms": terms})
            for state in ("due_diligence", "offered", "agreed", "active")[: 3 if number == 2 else 4]:
                await self.service.post("lead", f"/awards/{reference}/state", {"state": state, "reason": "Next"}, 200)
        paid = {"year": "2025-26", "pence": 12_000_000, "paid_on": "2025-07-02", "instalment": 2}
        await self.service.decide(f"/awards/{self.programme}-AWARD-3/payments", paid)

    async def _round(self, period: str) -> str:
        body = {"programme": self.programme, "period": period, "opens_on": "2026-10-01", "due_on": "2028-10-01"}
        return str((await self.service.post("lead", "/collection-rounds", body, 201))["id"])

    async def _return(self, place: int) -> str:
        """The return of a period, in the state that is its place's."""
        service, period = self.service, PERIODS[place]
        self.rounds.append(await self._round(period))
        await service.post("lead", f"/collection-rounds/{self.rounds[-1]}/open", {}, 200)
        found = (await service.get("lead", f"/returns?award={self.award}&period={period}"))["items"][0]["id"]
        if place == 5:
            return str(found)
        officer, certifier = self.people
        async with service.gate.reading(OPERATOR) as view:
            award = await awards.find(view.db, self.award)
            context = await stored.context(view.db, award, parse_period(period), UUID(found))
        sent = {"file": ("invoice.pdf", b"%PDF-1.7 " + self.award.encode())}
        kept = await service.ask(officer, "POST", f"/returns/{found}/evidence", files=sent)
        self.files.append(kept.json()["id"])
        line = Typed(day=parse_period(period).first)
        self.workbook = workbook = filled(context, [line.but(description="Alcohol")] if place == 4 else [line])
        uploaded = await service.upload(workbook, self.award, period, officer)
        assert uploaded.status_code == 201, uploaded.text
        if place == 3:  # one return has versions to compare
            later = filled(context, [line.but(description="Overtime")])
            uploaded = await service.upload(later, self.award, period, officer)
            assert uploaded.status_code == 201, uploaded.text
        told = uploaded.json()
        if place < 4 and told["problems"]:
            reasons = [{"problem": problem["number"], "reason": "Agreed"} for problem in told["problems"]]
            await service.post(officer, f"/returns/{found}/explanations", {"reasons": reasons}, 200)
        if place < 3:
            await service.post(certifier, f"/returns/{found}/certify", CERTIFICATE, 200)
        if place < 2:
            await service.post("lead", f"/returns/{found}/{('accept', 'start-review')[place]}", {}, 200)
        return str(found)

    async def _load(self) -> str:
        """A payment file with one payment that waits for a second person, and one that is nearly another."""
        rows = (f"{self.programme}-AWARD-3/1,02/07/2024,120000", f"{self.award},02/07/2024,1.23")
        sent = {"workbook": ("payments.csv", "\n".join(("Reference,Date paid,Amount", *rows)).encode())}
        answer = await self.service.ask("lead", "POST", "/payment-files", files=sent)
        assert answer.json()["counts"] == {"proposed": 1, "near_miss": 1}, answer.text
        return str(answer.json()["id"])

    async def _schedule(self) -> str:
        body = {
            "report": "allocation-position",
            "title": f"Each quarter of {self.programme}",
            "rule": {"every": "quarter", "working_day": 3, "hour": 9, "minute": 30},
            "filters": {"programme": self.programme},
            "formats": ["csv"],
        }
        return str((await self.service.post("auditor", "/report-schedules", body, 201))["id"])

    async def _person(self) -> dict[str, list[str]]:
        """Somebody with a role and a token, and somebody who has left."""
        recipient: list[tuple[Role, list[str] | None]] = [(Role.FINANCE_OFFICER, [self.recipient])]
        here = []
        async with self.service.gate.deed(OPERATOR) as tx:
            for name in ("here", "left"):
                email = f"{self.recipient}.{name}@example.org".lower()
                here.append(await add_person(tx, email, f"{name} {self.recipient}", list(recipient)))
            await create_token(tx, here[0].email, 300)
            [token] = (await tokens_of(tx, here[0].id, None, 10)).items
            await deactivate(tx, here[1].id)
        return {
            "person_id": [str(person.id) for person in here],
            "grant_id": [str(here[0].roles[0].id)],
            "token_id": [str(token.id)],
        }

    async def _notice(self, about: str) -> str:
        """A notice of a return that nobody could send."""
        async with self.service.gate.deed(SCHEDULER) as tx:
            ended = (
                "UPDATE outbox SET state = 'failed', ended_at = $2, lease_until = NULL WHERE about = $1 RETURNING id"
            )
            return str(await tx.db.fetchval(ended, UUID(about), tx.now))

    async def _sample(self) -> tuple[str, str]:
        filters = {"programme": self.programme, "sample": {"population": "awards"}}
        body = {"report": "audit-sample", "formats": ["csv"], "filters": filters}
        asked = await self.service.post("auditor", "/report-runs", body, 202)
        return await made(self.service, asked["id"])


async def made(service: Service, run: str) -> tuple[str, str]:
    """A run once it is done, and the SHA-256 of its file."""

    async def files() -> Any:
        return (await service.get("auditor", f"/report-runs/{run}"))["files"]

    return run, (await until(files, "the report is made"))[0]["sha256"]


async def halves(service: Service) -> dict[str, Half]:
    """The two halves, what is over both of them, and what there is not."""
    near = await _Maker(
        service, "ACTION-PLAN", ("LOCAL-INQUIRIES", "AUDIT-PANEL"), OLDHAM, ("officer", "certifier")
    ).half("near")
    service.clock.forward(hours=1)
    far = await _Maker(
        service, "WIDER-CSA", ("CAID", "UNDERCOVER"), LEEDS_POLICE, ("foreign_officer", "foreign_certifier")
    ).half("far")
    service.clock.forward(hours=1)
    return {"near": near, "far": far, "both": await _over_both(service), "unknown": UNKNOWN}


async def _over_both(service: Service) -> Half:
    """What is about all programmes at once: only a role over all of them covers it."""
    body: dict[str, Any] = {"report": "allocation-position", "formats": ["csv"]}
    run, sha256 = await made(service, (await service.post("auditor", "/report-runs", body, 202))["id"])
    rule = {"every": "quarter", "working_day": 3, "hour": 9, "minute": 30}
    added = await service.post("auditor", "/report-schedules", {**body, "title": "Everything", "rule": rule}, 201)
    values = {"run_id": [run], "of_format": ["csv"], "sha256": [sha256], "schedule_id": [added["id"]]}
    return Half("both", (Scope("every programme", "every recipient"),), values)
