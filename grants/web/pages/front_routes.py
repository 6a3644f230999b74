"""The first page: what this is; the tour through example data; and for whoever is signed in, what needs them now."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency

from grants.actions.needs import Needs, needs
from grants.actions.people_views import me
from grants.actions.sign_in import example_people
from grants.domain.access import Actor, Deed
from grants.pages.kept_files import found_by
from grants.pages.layout import Asked, page, site_of
from grants.pages.navigation import within
from grants.store.transaction import Gate
from grants.web.pages.tour import TOURS, Tour

_EXAMPLE: Final = " (example)"


@dataclass(frozen=True)
class Guide:
    """A tour with the people whom it can be taken as, by identifier and name."""

    tour: Tour
    people: tuple[tuple[UUID, str], ...]


@get("/", opt={"deed": Deed.ANYONE}, include_in_schema=False)
async def front(request: Asked, gate: NamedDependency[Gate]) -> Response[str]:
    """What this is; for whoever is signed in, what needs them now."""
    actor: Actor | None = request.scope.get("user")
    if actor is None:
        return await _signed_out(request, gate)
    async with gate.reading(actor) as view:
        roles = (await me(view)).roles if actor.grants else []
        found = await needs(view) if roles else Needs((), ())
    kept, offers = await found_by(request), request.app.state.offers
    return page(
        request,
        "front",
        "What needs you now",
        roles=roles,
        needs=found,
        within=within(actor),
        has_kept_form=kept is not None and not kept.was_sent,
        report_titles={name: offer.title for name, offer in offers.items()},
        tours=[tour for tour in TOURS if actor.is_example and tour.role in {role.role for role in roles}],
    )


async def _signed_out(request: Asked, gate: Gate) -> Response[str]:
    site = site_of(request)
    examples = await example_people(gate) if site.lets_examples_in(request) else []
    guides = [Guide(tour, tuple(_names(examples, tour))) for tour in TOURS]
    return page(request, "front_signed_out", site.name, guides=[guide for guide in guides if guide.people])


def _names(examples: list[Actor], tour: Tour) -> list[tuple[UUID, str]]:
    return [
        (actor.id, actor.name.removesuffix(_EXAMPLE))
        for actor in examples
        if any(grant.role is tour.role for grant in actor.grants)
    ]


ROUTES: list[Any] = [front]
