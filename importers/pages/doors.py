"""All doors of the finance officer's and the certifier's pages, by how much may be sent to them."""

from typing import Any, Final

from importers.pages import (
    evidence_routes,
    matching_list_routes,
    matching_routes,
    problem_routes,
    record_routes,
    register_routes,
    return_list_routes,
    return_routes,
    sign_off_routes,
    upload_routes,
)

ROUTES: Final[list[Any]] = [
    *return_list_routes.ROUTES,
    *return_routes.ROUTES,
    *problem_routes.ROUTES,
    *upload_routes.ROUTES,
    *sign_off_routes.ROUTES,
    *record_routes.ROUTES,
    *evidence_routes.ROUTES,
    *matching_list_routes.ROUTES,
    *register_routes.ROUTES,
]
FILE_ROUTES: Final[list[Any]] = [*upload_routes.FILE_ROUTES, *matching_routes.FILE_ROUTES, *register_routes.FILE_ROUTES]
EVIDENCE_ROUTES: Final[list[Any]] = evidence_routes.FILE_ROUTES
