"""The doors of the pages on which a programme is run: decisions and their forms, reviews of returns, collection rounds."""

from typing import Any

from grants.web.pages import decision_form_routes, decision_routes, review_routes, round_form_routes, round_routes

ROUTES: list[Any] = [
    *decision_routes.ROUTES,
    *decision_form_routes.ROUTES,
    *review_routes.ROUTES,
    *round_form_routes.ROUTES,
    *round_routes.ROUTES,
]
