"""The composition root: wires doors, actions, store and wings into one application. Nobody imports it but the server and the CLI."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache, partial
from typing import Any

from litestar import Litestar, Response, Router, get
from litestar.di import Provide
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from grants.actions.evidence import EvidenceRules
from grants.actions.form_answers import forget_old as forget_old_answers
from grants.actions.hashing import Hashing
from grants.actions.kept_forms import forget_old as forget_old_forms
from grants.actions.people import SCHEDULER
from grants.actions.rounds import open_due
from grants.actions.search import note_new_references
from grants.actions.sign_in import forget_old_tries
from grants.checkpoint_keeper import Keeper
from grants.domain.access import Deed
from grants.domain.checkpoints import Signer
from grants.domain.diary import Diary
from grants.domain.sign_in import Lifetimes
from grants.installation import data_dir
from grants.page_doors import FORM_BYTES, TEMPLATES, page_doors
from grants.pages import assets
from grants.pages.browser import Site
from grants.pages.environment import environment
from grants.posting import postman
from grants.settings import Settings
from grants.store.token_holders import TokenHolders
from grants.store.transaction import Clock, Gate, utc_now
from grants.upkeep import signer
from grants.web import (
    award_routes,
    evidence_routes,
    outbox_routes,
    people_routes,
    plan_routes,
    proof_routes,
    return_routes,
    service_routes,
)
from grants.web.asking import strict_json
from grants.web.description import openapi
from grants.web.headers import Guarded
from grants.web.heads import Heads
from grants.web.identity import BearerTokens, NamedDeeds, require_named_deeds
from grants.web.limits import BAD_TOKENS, BadTokens, Budgeted, Budgets
from grants.web.logs import Counts, Watch, set_up_logs
from grants.web.openid.client import clients_of
from grants.web.pages.error_pages import EVERYWHERE
from importers import annotate_routes, matching_routes, register_routes
from importers import routes as importer_routes
from importers.background import Desk
from importers.chores import Chore
from importers.limits import Limits
from importers.sandbox import Reader
from importers.scanning import Clamd, Scanner
from reports import feed_routes, sample_routes
from reports import routes as report_routes
from reports.catalogue import offers
from reports.offline import routes as verifier_routes
from reports.schedule import Waker
from reports.table_file import TableFiles


class _Wired:
    """What requests are handed: told before each start of the application; gate and desk are there from that to its end.

    A provider that asked for the application's state instead would be given a copy at each request.
    """

    settings: Settings
    clock: Clock
    rules: EvidenceRules
    hashing: Hashing
    signer: Callable[[], Signer]
    counts: Counts
    gate: Gate
    desk: Desk

    def key(self) -> Signer:
        """The key that signs."""
        return self.signer()


def create_app(settings: Settings, *, clock: Clock = utc_now) -> Litestar:
    """The application. It needs a database at the newest schema; see grants.cli for what prepares one."""
    if settings.database_url is None:
        raise ValueError("the application needs a database URL")
    wired = _Wired()
    app = Litestar(
        route_handlers=[
            *_api(settings),
            *page_doors(settings),
            *service_routes.OUTSIDE,
            *assets.ROUTES,
            _metrics(wired),
        ],
        lifespan=[partial(_lifespan, wired=wired)],
        before_request=strict_json,
        logging_config=None,
        dependencies={
            "gate": Provide(lambda: wired.gate, sync_to_thread=False),
            "desk": Provide(lambda: wired.desk, sync_to_thread=False),
            "evidence_rules": Provide(lambda: wired.rules, sync_to_thread=False),
            "hashing": Provide(lambda: wired.hashing, sync_to_thread=False),
            "signer": Provide(wired.key, sync_to_thread=False),
        },
        exception_handlers=EVERYWHERE,
        openapi_config=openapi(settings.base_url, getattr(report_routes, "EXAMPLES", {})),
    )
    require_named_deeds(app)
    app.state.wired, app.state.doors = wired, app.asgi_handler
    app.state.offers, app.state.spreadsheets = offers(), TableFiles()
    app.state.assets = assets.load(govuk_identity=settings.govuk_identity)
    app.state.pages = environment(TEMPLATES, app.state.assets.address)
    tell(app, settings, clock)
    return app


def tell(app: Litestar, settings: Settings, clock: Clock) -> None:
    """Tells an application that does not run what its next start is about.

    How much may be sent to it, how it looks and the address in its description stay as they were when it was made.
    """
    wired: _Wired = app.state.wired
    wired.settings, wired.clock, wired.signer, wired.counts = settings, clock, _signing(settings), Counts()
    wired.rules = EvidenceRules(settings.evidence_bytes, is_scanning=bool(settings.clamd))
    wired.hashing = Hashing(settings.breached_passwords)
    app.state.budgets = Budgets(settings.requests_a_minute)
    app.state.bad_tokens = BadTokens(BAD_TOKENS if settings.requests_a_minute else sys.maxsize)
    app.state.publisher, app.state.upload_bytes = settings.publisher, settings.upload_bytes
    app.state.site, app.state.providers = _site(settings, wired.signer), clients_of(settings.identity_providers())
    # The framework runs its middleware for known routes only; these see every request.
    app.asgi_handler = Watch(Guarded(Heads(app.state.doors), app.state.site), wired.counts)


def _api(settings: Settings) -> list[Router]:
    """The API's doors, by how much may be sent to them."""
    json_doors = [
        *plan_routes.ROUTES,
        *award_routes.ROUTES,
        *return_routes.ROUTES,
        *service_routes.ROUTES,
        *proof_routes.ROUTES,
        *people_routes.ROUTES,
        *outbox_routes.ROUTES,
        *report_routes.ROUTES,
        *feed_routes.ROUTES,
        *sample_routes.ROUTES,
        *verifier_routes.ROUTES,
    ]
    workbook_doors = [
        *importer_routes.ROUTES,
        *annotate_routes.ROUTES,
        *matching_routes.ROUTES,
        *register_routes.ROUTES,
    ]
    return [
        Router(
            "/api/v1",
            route_handlers=doors,
            middleware=[BearerTokens, Budgeted, NamedDeeds],
            request_max_body_size=most,
        )
        for doors, most in (
            (json_doors, 1_000_000),
            (workbook_doors, settings.upload_bytes + FORM_BYTES),
            (evidence_routes.ROUTES, settings.evidence_bytes + FORM_BYTES),
        )
    ]


def _site(settings: Settings, signer: Callable[[], Signer]) -> Site:
    return Site(
        address=settings.base_url.rstrip("/"),
        more_hosts=frozenset(host.lower() for host in settings.allowed_hosts),
        trusted_proxies=settings.trusted_proxies,
        example=settings.example,
        lifetimes=Lifetimes(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours)),
        signer=signer,
        sends_mail=settings.mail != "folder",
        name=settings.service_name,
        organisation=settings.organisation_name,
        govuk_identity=settings.govuk_identity,
    )


def from_environment() -> Litestar:
    """What each worker of the server runs."""
    settings = Settings()
    set_up_logs(settings.log_level)
    return create_app(settings)


@asynccontextmanager
async def _lifespan(app: Litestar, wired: _Wired) -> AsyncIterator[None]:
    settings = wired.settings
    gate = await Gate.open(str(settings.database_url), connections=settings.database_connections, clock=wired.clock)
    reader = Reader(Limits(**settings.reading_limits()), settings.readers, data_dir(settings) / "readers")
    desk = Desk(gate, reader, settings.upload_wait)
    _hand_over(app, wired, gate, desk)
    key = await asyncio.to_thread(wired.signer)
    folder = settings.checkpoint_dir or data_dir(settings) / "checkpoints"
    keeper = Keeper(gate, key, folder, settings.checkpoint_seconds)
    post = postman(settings, gate, app.state.site.link_key)
    app.state.settings, app.state.checkpoint_folder, diary = settings, folder, Diary(wired.clock)
    app.state.diary = diary
    chores = [Chore("take over uploads", diary.of("take over uploads", desk.resume), settings.wake_seconds)]
    if settings.clamd:
        scan = diary.of("scan files for viruses", Scanner(gate, Clamd(settings.clamd)).look)
        chores.append(Chore("scan files", scan, settings.wake_seconds))
    app.state.waker = Waker(
        gate,
        key,
        contact=settings.contact,
        publisher=settings.publisher,
        every_seconds=settings.wake_seconds,
        also=[
            diary.of("open rounds whose day has come", partial(_open_rounds, gate)),
            diary.of("forget answers that nobody asks for again", gate.forget_answers),
            diary.of("forget old tries to sign in", partial(forget_old_tries, gate)),
            diary.of("note references of new lines, for the search", partial(note_new_references, gate)),
            diary.of("forget what forms were answered half an hour ago", partial(forget_old_answers, gate)),
            diary.of("forget forms that were kept for an hour", partial(forget_old_forms, gate)),
        ],
    )
    try:
        await reader.start()
        await app.state.waker.start()
        keeper.start()
        post.start()
        for chore in chores:
            chore.start()
        yield
    finally:
        for chore in chores:
            await chore.stop()
        await post.stop()
        await keeper.stop()
        await app.state.waker.stop()
        await desk.stop()
        await reader.stop()
        for client in app.state.providers.values():
            await client.close()
        await gate.close()


def _hand_over(app: Litestar, wired: _Wired, gate: Gate, desk: Desk) -> None:
    app.state.gate, wired.gate, wired.desk = gate, gate, desk
    app.state.surroundings, app.state.comparing = desk.surroundings, desk.compared
    app.state.token_holders = TokenHolders(gate)


async def _open_rounds(gate: Gate) -> None:
    async with gate.deed(SCHEDULER) as tx:
        await open_due(tx)


def _signing(settings: Settings) -> Callable[[], Signer]:
    @cache
    def key() -> Signer:
        return signer(settings)

    return key


def _metrics(wired: _Wired) -> Any:
    @get("/metrics", opt={"deed": Deed.ANYONE}, include_in_schema=False, sync_to_thread=False)
    def metrics() -> Response[bytes]:
        """Counts and times by route, for a monitor."""
        return Response(generate_latest(wired.counts.registry), media_type=CONTENT_TYPE_LATEST)

    return metrics
