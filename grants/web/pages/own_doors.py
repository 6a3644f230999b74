"""The doors of administrators, and those that everybody has: search, the API's description, and what was kept for them."""

from typing import Any

from grants.web.pages import (
    access_routes,
    api_docs_routes,
    kept_form_routes,
    mail_routes,
    people_routes,
    search_routes,
    service_page_routes,
)

ROUTES: list[Any] = [
    *kept_form_routes.ROUTES,
    *people_routes.ROUTES,
    *access_routes.ROUTES,
    *mail_routes.ROUTES,
    *service_page_routes.ROUTES,
    *search_routes.ROUTES,
    *api_docs_routes.ROUTES,
]
