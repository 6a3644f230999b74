"""Every page × every role, whole and half signed in, × own and foreign things × forms of ours and of others."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from grants.domain.access import MAY, OF_RECIPIENTS, Deed
from grants.pages.browser import FORM_FIELD, Site
from tests.database import Database, DatabaseServer
from tests.grants.web.matrix.answers import bare_page
from tests.grants.web.matrix.doors import Door, page_doors
from tests.grants.web.matrix.people import ALLOWED, NOTHING, REFUSED, SIGNED_OUT
from tests.grants.web.matrix.running import TODAY, alive, fingerprint
from tests.grants.web.matrix.visitors import NO_LINK, NOBODY, OF_NOBODY, OF_THEIR_OWN, Arriving, Visitor, thing_of
from tests.grants.web.matrix.world import Half, halves
from tests.service import ADDRESS, Clock, Service, prepared

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENOUGH = 1_500
FIELDS = {
    "label": "Reports",
    "days": "30",
    "password": "otter lamp velocity 17",
    "state": "suspended",
    "reason": "Needed",
}
"""What a form says, wherever it is sent: no address, no password and no code that is somebody's."""
OWN = {"Origin": ADDRESS, "Sec-Fetch-Site": "same-origin"}
FORGERIES: dict[str, dict[str, str]] = {
    "no token": OWN,
    "another's token": OWN,
    "another origin": {"Origin": "https://elsewhere.example"},
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "no origin": {},
}
NAMED_IN_FORMS = frozenset({"/people/{person_id:uuid}/tokens/revoke"})
"""Forms that name another thing, which FIELDS does not."""
OF_A_MOMENT = frozenset({"/kept-form"})
"""Pages that are there for a while after something happened."""
ROLE_REFUSED, ELSEWHERE = "Your role does not let you", "not sent by a page of this service"


@dataclass
class Pages:
    """The service, all who come to its pages, and what was found."""

    client: httpx.AsyncClient
    site: Site
    database: Database
    doors: list[Door]
    visitors: list[Visitor]
    bystander: Visitor
    world: dict[str, Half]
    faults: list[str] = field(default_factory=list)
    cells: Counter[str] = field(default_factory=Counter)

    def objects(self, one: Visitor, door: Door) -> Iterator[tuple[str, str]]:
        """Whose thing a door is asked for, and the address; a parameter that no visitor has is an error of the table."""
        if not door.parameters:
            yield "nobody's", door.path
            return
        if not set(door.parameters) <= OF_NOBODY | self.bystander.values.keys():
            yield from self._things(one, door)
            return
        [name] = door.parameters
        if name in OF_NOBODY:
            yield "unknown", self._address(door, "no-such")
            return
        if name in one.values:
            yield "own", self._address(door, one.values[name])
        yield "foreign", self._address(door, self.bystander.values[name])
        if name == "secret":
            yield "used", self._address(door, self.bystander.values["used"])
        yield "unknown", self._address(door, NO_LINK if name == "secret" else NOBODY)

    def _things(self, one: Visitor, door: Door) -> Iterator[tuple[str, str]]:
        """Things of the two halves of the world: a recipient's people are of the near one, all others of both."""
        is_near = bool(set(one.roles) & OF_RECIPIENTS)
        for whose, half in (("own", "near"), ("foreign" if is_near else "own", "far"), ("unknown", "unknown")):
            yield whose, thing_of(door, self.world[half])

    @staticmethod
    def _address(door: Door, value: str) -> str:
        before, _, rest = door.path.partition("{")
        return before + value + rest.partition("}")[2]

    async def ask(self, one: Visitor, door: Door, address: str, way: str = "") -> httpx.Response:
        """Asks for a page, or sends a form: as a page of ours has it, or forged in one way."""
        headers = one.headers(self.site)
        if door.method == "GET":
            return await self.client.get(address, headers=headers)
        token = self.site.form_token("another's") if way == "another's token" else one.form_token(self.site)
        fields = FIELDS if way == "no token" else {FORM_FIELD: token, **FIELDS}
        return await self.client.request(door.method, address, headers=headers | FORGERIES.get(way, OWN), data=fields)

    def check(self, one: Visitor, door: Door, whose: str, answer: httpx.Response, wanted: int) -> None:
        """Holds an answer against what was expected of it."""
        self.cells[str(wanted)] += 1
        if not _is(answer, wanted, one, door):
            told = f"{answer.status_code} {answer.headers.get('location', '')}, wanted {wanted}: {_said(answer)}"
            self.faults.append(f"{one.name}: {door.method} {door.path} of {whose}: {told}")
        if whose in ("own", "nobody's", "unknown", "used"):
            leaked = [other.name for other in (*self.visitors, self.bystander) if _leaks(other, one, answer)]
            if leaked:
                self.faults.append(f"{one.name}: {door.method} {door.path} of {whose} shows things of {leaked}")

    def done(self, told: str) -> None:
        """Tells what was found."""
        found, self.faults = self.faults, []
        assert found == [], f"{len(found)} faults:\n" + "\n".join(found[:40])
        print(f"\npages: {told}, 0 leaks")  # noqa: T201 - a figure to show


def _said(answer: httpx.Response) -> str:
    return re.sub(r"<[^>]*>|\s+", " ", answer.text.partition("</h1>")[2])[:300]


def _leaks(other: Visitor, one: Visitor, answer: httpx.Response) -> bool:
    """Whether an answer holds what is another's alone. Lists show people and reports to whoever may see all of them, and the
    journal names everything; but the secret of a link is nobody else's ever.
    """
    roles = set(one.roles)
    shown = {"run_id"} if roles & MAY[Deed.SEE_REPORTS] else set()
    shown |= {"token_id", "session_id"} if roles & MAY[Deed.SEE_JOURNAL] else set()
    values = [value for name, value in other.values.items() if name not in shown]
    emails = [] if roles & (MAY[Deed.SEE_PEOPLE] | MAY[Deed.SEE_JOURNAL]) else [other.email]
    secrets = (*emails, *values, other.cookie, other.bearer)
    return other is not one and any(secret and secret in answer.text for secret in secrets)


def _is(answer: httpx.Response, wanted: int, one: Visitor, door: Door) -> bool:
    place = answer.headers.get("location", "")
    to_sign_in = answer.status_code == 303 and place.partition("?")[0] == "/sign-in"
    if wanted == SIGNED_OUT:
        return to_sign_in or answer.status_code == 401
    if wanted == REFUSED:
        return answer.status_code == REFUSED and ROLE_REFUSED in answer.text
    if wanted == NOTHING:
        return answer.status_code == NOTHING or ("{secret" in door.path and answer.status_code == REFUSED)
    if one.standing == "out" and to_sign_in and door.deed in (Deed.ANYONE, Deed.SIGN_IN):
        return True  # a page of whoever has shown a first factor: nobody has
    if ROLE_REFUSED in answer.text or ELSEWHERE in answer.text or to_sign_in:
        return False
    if answer.status_code in (200, 303):
        return True
    # What nobody's rows refuse says what is amiss with the form, or that the thing is in another state.
    is_of_one = bool(door.parameters) and door.path not in NAMED_IN_FORMS
    refusals = (400, 409, 422) if is_of_one else (400, 403, 404, 422)
    return not set(door.parameters) & one.values.keys() and answer.status_code in refusals


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pages(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pages]:
    """One service for the whole of it."""
    with database_server.fresh() as database:
        async with (
            prepared(database, (clock := Clock(TODAY)), tmp_path_factory.mktemp("pages")) as (app, tokens, gate),
            alive(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ADDRESS) as client,  # type: ignore[arg-type]
        ):
            service = Service(client, tokens, gate, clock)  # type: ignore[arg-type]  # it asks
            world = await halves(service)
            arriving = Arriving(service, app.state.site)
            visitors = await arriving.visitors()
            bystander = await arriving.bystander()
            yield Pages(client, app.state.site, database, page_doors(app), visitors, bystander, world)


async def test_a_page_shows_what_the_table_of_access_says_and_a_refusal_changes_nothing(pages: Pages) -> None:
    """All looking, and all sending that is refused: for who asks, for whose thing it is, for where the form is from."""
    shown = set[Door]()
    before = await fingerprint(pages.database)
    for number, door in enumerate(pages.doors):
        ways = islice(cycle(FORGERIES), number % len(FORGERIES), None)
        for one in pages.visitors:
            nothing: dict[str, str] = {}
            for whose, address in pages.objects(one, door):
                wanted = one.expected(door.deed, door.parameters, whose)
                if door.method != "GET":
                    await _forge(pages, one, door, address, next(ways))
                    if wanted == ALLOWED:
                        continue  # what is allowed is done in the test below, and undone
                answer = await pages.ask(one, door, address)
                pages.check(one, door, whose, answer, wanted)
                if wanted == NOTHING:
                    nothing[whose] = bare_page(answer, address)
                shown |= {door} if answer.status_code == 200 else set()
            if len(set(nothing.values())) > 1:
                pages.faults.append(f"{one.name}: {door.method} {door.path} tells {sorted(nothing)} apart: {nothing}")
        if (now := await fingerprint(pages.database)) != before:
            changed = sorted(name for name in now if now[name] != before[name])
            pages.faults.append(f"{door.method} {door.path}: {changed} changed")
            before = now
    unseen = [door.path for door in pages.doors if door.method == "GET" and door not in shown | _elsewhere(pages)]
    assert unseen == []
    pages.done(f"{sum(pages.cells.values())} cells at {len(pages.doors)} doors, {dict(pages.cells)}")
    assert sum(pages.cells.values()) > ENOUGH
    assert min(pages.cells[kind] for kind in ("200", "401", "404", "forged")) > 50


def _elsewhere(pages: Pages) -> set[Door]:
    """Doors to identity providers: these settings name none."""
    return {door for door in pages.doors if set(door.parameters) & OF_NOBODY or door.path in OF_A_MOMENT}


async def _forge(pages: Pages, one: Visitor, door: Door, address: str, way: str) -> None:
    """Sends the form as no page of ours would: it is refused, whoever's browser is made to send it.

    Each door meets every way, and so does each visitor, at one door after the other.
    """
    answer = await pages.ask(one, door, address, way)
    pages.cells["forged"] += 1
    to_sign_in = answer.status_code == 303 and answer.headers["location"] == "/sign-in"
    if answer.status_code != REFUSED and not (to_sign_in and "token" in way):
        pages.faults.append(f"{one.name}: {door.method} {door.path} with {way}: {answer.status_code} {answer.text}")


async def test_whoever_may_send_a_form_can_and_others_things_stay(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each form is taken from whom it is for, with every check that stands before the commit; then it is undone."""
    monkeypatch.setattr(AsyncSession, "commit", AsyncSession.rollback)
    before = await fingerprint(pages.database)
    tried, done = Counter[str](), set[str]()
    for door in pages.doors:
        if door.method == "GET":
            continue
        for one in pages.visitors:
            for whose, address in pages.objects(one, door):
                if one.expected(door.deed, door.parameters, whose) == ALLOWED:
                    answer = await pages.ask(one, door, address)
                    pages.check(one, door, whose, answer, ALLOWED)
                    tried[door.path] += 1
                    done |= {door.path} if answer.status_code in (200, 303) else set()
    after = await fingerprint(pages.database)
    assert {name for name in after if after[name] != before[name]} <= {"sign_in_try"}
    own = OF_THEIR_OWN | {"reference"}
    assert {door.path for door in pages.doors if set(door.parameters) & own and door.method != "GET"} <= done
    pages.done(f"{sum(tried.values())} cells of forms that are taken, at {len(tried)} doors")
