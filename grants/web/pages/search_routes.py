"""The page of the search: what was found, by kind, and what can be searched for."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from grants.actions.search import LONGEST, search
from grants.domain.access import Deed
from grants.pages.account_words import account_words
from grants.pages.layout import Asked, page
from grants.pages.state_words import AWARD_STATES, RETURN_STATES
from grants.store.searching import MOST
from grants.store.transaction import Gate
from grants.web.pages.decision_words import STATES, kind_title


@get("/search", opt={"deed": Deed.SEE_AWARD}, include_in_schema=False)
async def search_page(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """What has the text of `q` in its name or number."""
    text = _typed(request.query_params.get("q", ""))
    errors = {"q": f"The search must be {LONGEST} characters or fewer"} if len(text) > LONGEST else {}
    hits = None
    if text and not errors:
        async with gate.reading(request.user) as view:
            hits = await search(view, text)
    title = f"Search results for “{text}”" if hits else "Search"
    return page(
        request,
        "search",
        title,
        status=400 if errors else 200,
        errors=errors,
        text=text,
        hits=hits,
        most=MOST,
        award_states=AWARD_STATES,
        return_states=RETURN_STATES,
        decision_states=STATES,
        kind_title=kind_title,
        account_words=account_words,
    )


def _typed(text: str) -> str:
    """What was typed, in one line, without what PostgreSQL cannot keep."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


ROUTES: list[Any] = [search_page]
