"""Everybody who comes to a page with a browser, and the sessions, tokens and links that are theirs."""

import re
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from grants.actions import second_factor, sessions
from grants.actions.invitations import invite
from grants.actions.people import OPERATOR, add_person, deactivate
from grants.actions.report_views import run
from grants.actions.reports import NewRun, ask_for_run
from grants.actions.tokens import create_token
from grants.domain.access import MAY, OF_RECIPIENTS, Deed, Role
from grants.pages.browser import FORM, SESSION, Site
from grants.store import second_factors
from grants.store.people import actor_by_id
from reports.catalogue import offers
from reports.runs import wake
from tests.database import looking
from tests.grants.web.matrix.doors import Door
from tests.grants.web.matrix.people import ALLOWED, NOTHING, OVER_OTHERS, REFUSED, SIGNED_OUT
from tests.grants.web.matrix.world import Half
from tests.patience import until
from tests.reports.waking import SIGNER
from tests.service import ADDRESS, LEEDS_POLICE, OLDHAM, Service

NOBODY: Final = "99999999-9999-4999-8999-999999999999"
NO_LINK: Final = "n" * 43
IDLE_MINUTES: Final = 31
OF_THE_LINK: Final = frozenset({"secret"})
"""Parameters that are their own proof: whoever holds such a link may use it, whoever they are."""
OF_NOBODY: Final = frozenset({"provider", "asset", "part"})
"""Parameters whose objects belong to the settings, or to the service itself."""
OF_THEIR_OWN: Final = frozenset({"token_id", "session_id", "run_id", "secret"})
"""Parameters whose objects each visitor brings; those of all others are of the two halves of the world."""
_OF_PAGES: Final = {
    "near": {"recipient_id": OLDHAM, "kind": "allocate", "record": "1"},
    "far": {"recipient_id": LEEDS_POLICE, "kind": "allocate", "record": "2"},
    "unknown": {"recipient_id": "GB-NO-BODY", "kind": "no-such-kind", "record": "999999"},
}
"""What may stand for the parameters that only pages have."""
_PLACES: Final[dict[str, int]] = {}
"""Doors to things that only some returns have, and the place of one that does."""
_QUERIES: Final[dict[str, str]] = {}
"""What doors must be asked for in the query."""


def thing_of(door: Door, half: Half) -> str:
    """The address of a door to a half's things. A parameter that no half knows is an error: tell it above, or the world."""
    values = {**{name: found[0] for name, found in half.values.items()}, **_OF_PAGES[half.name]}
    place = _PLACES.get(door.path, 0)
    if place and half.name != "unknown":
        values["return_id"] = half.values["return_id"][place]
    unknown = set(door.parameters) - values.keys()
    assert not unknown, f"{door.method} {door.path}: tell what may stand for {unknown}"
    return re.sub(r"\{([a-z_0-9]+)[^}]*\}", lambda found: values[found[1]], door.path) + _QUERIES.get(door.path, "")


@dataclass
class Visitor:
    """Who comes. `standing`: whole, short (of a second factor) or out; `values`: what is theirs, by a path's parameter."""

    name: str
    standing: str = "out"
    roles: tuple[Role, ...] = ()
    cookie: str = ""
    bearer: str = ""
    email: str = ""
    values: dict[str, str] = field(default_factory=dict)

    def headers(self, site: Site) -> dict[str, str]:
        """What their browser brings with each request."""
        kept = {FORM: f"form-of-{self.name.replace(' ', '-')}", **({SESSION: self.cookie} if self.cookie else {})}
        told = {"Cookie": "; ".join(f"{site.cookie_name(name)}={value}" for name, value in kept.items())}
        return {**told, **({"Authorization": f"Bearer {self.bearer}"} if self.bearer else {})}

    def form_token(self, site: Site) -> str:
        """The token of a form that was given to their browser."""
        return site.form_token(self.cookie if self.standing != "out" else f"form-of-{self.name.replace(' ', '-')}")

    def expected(self, deed: Deed, parameters: list[str], whose: str) -> int:
        """What they are answered, from the table of access: 200 stands for being let in, 401 for being sent to sign in."""
        if deed in (Deed.ANYONE, Deed.SIGN_IN):
            is_there = not parameters or (OF_THE_LINK & set(parameters) and whose not in ("used", "unknown"))
            return ALLOWED if is_there else NOTHING
        if self.standing != "whole":
            return SIGNED_OUT
        if not MAY[deed] & set(self.roles):
            return REFUSED
        if not parameters or whose == "own":
            return ALLOWED
        over_others = "token_id" in parameters and set(self.roles) & MAY[OVER_OTHERS[deed]]
        return ALLOWED if whose == "foreign" and over_others else NOTHING


@dataclass(frozen=True)
class Arriving:
    """Brings visitors to a service."""

    service: Service
    site: Site

    async def visitors(self) -> list[Visitor]:
        """Each role, whole and short of its second factor; those whose sessions have ended, and those who never had one."""
        idle = await self._at("idle lead", Role.PROGRAMME_LEAD, "out")
        self.service.clock.forward(minutes=IDLE_MINUTES)
        found = [idle]
        for role in Role:
            found += [await self._at(f"{role} {standing}", role, standing) for standing in ("whole", "short")]
        found.append(await self._at("without a role", None, "whole"))
        ended, left, bearer = [
            await self._at(name, Role.PROGRAMME_LEAD, "out")
            for name in ("ended lead", "deactivated lead", "token lead")
        ]
        example = await self._at("example lead", Role.PROGRAMME_LEAD, "out", is_example=True)
        async with self.service.gate.deed(OPERATOR) as tx:
            await deactivate(tx, await self._id(left))
        await self._end(ended)
        in_cookie = Visitor("token in the cookie", cookie=bearer.bearer)
        bearer.cookie = ""
        for one in found:
            one.bearer = ""
            if one.standing == "whole" and MAY[Deed.SEE_REPORTS] & set(one.roles):
                one.values["run_id"] = await self._report()
        return [
            *found,
            ended,
            left,
            bearer,
            example,
            in_cookie,
            Visitor("forged", cookie="f" * 43),
            Visitor("signed out"),
        ]

    async def _report(self) -> str:
        """A report over everything, made in every format."""
        gate = self.service.gate
        async with gate.deed(OPERATOR) as tx:
            asked = await ask_for_run(tx, offers(), NewRun("360giving", formats=("xlsx", "ods", "csv", "json")))

        async def made() -> bool:
            await wake(gate, SIGNER)
            async with gate.reading(OPERATOR) as view:
                return (await run(view, asked.id)).state == "done"

        await until(made, "the report is made, perhaps by the service itself")
        return str(asked.id)

    async def bystander(self) -> Visitor:
        """Whose things are foreign to all the others. Their values of `used` links are there too."""
        one = await self._at("bystander", Role.FINANCE_OFFICER, "whole")
        async with self.service.gate.deed(OPERATOR) as tx:
            used = await invite(tx, await self._id(one), "join", ADDRESS)
        async with self.service.gate.deed(OPERATOR) as tx:  # an earlier link ends by the next
            live = await invite(tx, await self._id(one), "join", ADDRESS)
        one.values |= {"run_id": NOBODY, "secret": live.rpartition("/")[2], "used": used.rpartition("/")[2]}
        return one

    async def _at(self, name: str, role: Role | None, standing: str, *, is_example: bool = False) -> Visitor:
        one = Visitor(name, standing, (role,) if role else (), email=f"{name.replace(' ', '.')}@pages.example.org")
        over = [OLDHAM if name != "bystander" else LEEDS_POLICE] if role in OF_RECIPIENTS else None
        async with self.service.gate.deed(OPERATOR) as tx:
            await add_person(tx, one.email, name, [(role, over)] if role else [], is_example=is_example)
            one.bearer = await create_token(tx, one.email, 300)
        person = await self._id(one)
        factors = 1 if standing == "short" else 2
        by = "example" if is_example else "password"
        one.cookie, _ = await self._session(person, factors, by), await self._session(person, 2, by)
        if standing == "short":
            await self._short(person, has_factor=role in OF_RECIPIENTS)
        async with looking(self.service.gate) as db:
            one.values["token_id"] = str(await db.fetchval("SELECT id FROM api_token WHERE person_id = $1", person))
            other = "SELECT id FROM session WHERE person_id = $1 AND sha256 <> $2 AND ended_at IS NULL"
            one.values["session_id"] = str(await db.fetchval(other, person, sessions.digest(one.cookie)))
        return one

    async def _session(self, person: UUID, factors: int, by: str) -> str:
        async with self.service.gate.signing_in() as tx:
            actor = await actor_by_id(tx.db, person)
            assert actor is not None
            return await sessions.start(tx, actor, by, factors, "Firefox on Linux")

    async def _short(self, person: UUID, *, has_factor: bool) -> None:
        """A second factor is being set up; a recipient's person, who need not have one, has confirmed theirs."""
        async with looking(self.service.gate) as db:
            actor = await actor_by_id(db, person)
        assert actor is not None
        await second_factor.begin(self.service.gate, self.site.seal_key, actor)
        if has_factor:
            async with self.service.gate.signing_in() as opened:
                tx = await opened.acting_as(actor)
                assert await second_factors.confirm(tx.db, person, tx.now)

    async def _end(self, one: Visitor) -> None:
        async with self.service.gate.signing_in() as opened:
            actor = await actor_by_id(opened.db, await self._id(one))
            assert actor is not None
            await sessions.end_all(await opened.acting_as(actor), actor.id, "ended")

    async def _id(self, one: Visitor) -> UUID:
        async with looking(self.service.gate) as db:
            found: UUID = await db.fetchval("SELECT id FROM person WHERE email = $1", one.email)
        return found
