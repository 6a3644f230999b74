"""Where a figure of a page leads: the page of what it adds up."""

from urllib.parse import quote

from grants.domain.figures import PlaceInRecord, figure_id, parse_scope
from grants.domain.measures import Measure


def figure_address(measure: Measure, scope: str, at: PlaceInRecord) -> str:
    """The address of a figure's trace; `scope` is what it is of, as grants.domain.figures names it."""
    return f"/figures/{quote(figure_id(measure, parse_scope(scope), at), safe=':@=')}"
