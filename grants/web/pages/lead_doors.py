"""The doors of the pages that show where money stands: the plan, its lines, awards, recipients, timeline and milestones."""

from typing import Any

from grants.web.pages import (
    award_routes,
    line_routes,
    milestone_routes,
    one_award_routes,
    plan_routes,
    recipient_routes,
)

ROUTES: list[Any] = [
    *plan_routes.ROUTES,
    *line_routes.ROUTES,
    *award_routes.ROUTES,
    *one_award_routes.ROUTES,
    *recipient_routes.ROUTES,
    *milestone_routes.ROUTES,
]
