"""The doors of administrators, and those that everybody has: search, the API's description, and what was kept for them."""

from typing import Any

from grants.web.pages import kept_form_routes

ROUTES: list[Any] = [*kept_form_routes.ROUTES]
