"""The pages of all wings, wired: who asks, where a form is from, and how much may be sent."""

from typing import Final

from litestar import Router
from litestar.middleware import DefineMiddleware

from grants.pages.overlong import ReadsToTheEnd
from grants.pages.same_origin import SameOrigin
from grants.settings import Settings
from grants.web.form_answers import FormAnswers
from grants.web.identity import BrowserSessions, NamedDeeds
from grants.web.kept_forms import KeepsForms, own_form_or_kept
from grants.web.limits import Budgeted
from grants.web.pages import (
    account_routes,
    decision_doors,
    front_routes,
    invitation_routes,
    lead_doors,
    own_doors,
    provider_routes,
    second_factor_routes,
    sign_in_routes,
)
from grants.web.pages.error_pages import PAGE_EXCEPTION_HANDLERS
from importers.pages import doors as officer_doors
from reports.pages import doors as auditor_doors

TEMPLATES: Final = ("grants.web.pages", "importers.pages", "reports.pages")
"""The packages that have templates."""
FORM_BYTES: Final = 65_536
"""What a form may weigh beside its file."""
_WORDS_BYTES: Final = 100_000


def page_doors(settings: Settings) -> list[Router]:
    """The pages' doors, by how much may be sent to them."""
    forms = [
        *front_routes.ROUTES,
        *sign_in_routes.ROUTES,
        *second_factor_routes.ROUTES,
        *invitation_routes.ROUTES,
        *account_routes.ROUTES,
        *provider_routes.ROUTES,
        *lead_doors.ROUTES,
        *own_doors.ROUTES,
        *decision_doors.ROUTES,
        *officer_doors.ROUTES,
        *auditor_doors.ROUTES,
    ]
    files = [*officer_doors.FILE_ROUTES, *auditor_doors.FILE_ROUTES]
    return [
        Router(
            "/",
            route_handlers=doors,
            middleware=[
                DefineMiddleware(SameOrigin),
                DefineMiddleware(BrowserSessions),
                DefineMiddleware(KeepsForms),
                DefineMiddleware(Budgeted),
                NamedDeeds,
                DefineMiddleware(FormAnswers),
                DefineMiddleware(ReadsToTheEnd, most=most),
            ],
            before_request=own_form_or_kept,
            exception_handlers=PAGE_EXCEPTION_HANDLERS,
            request_max_body_size=most,
        )
        for doors, most in (
            (forms, _WORDS_BYTES),
            (files, settings.upload_bytes + FORM_BYTES),
            (officer_doors.EVIDENCE_ROUTES, settings.evidence_bytes + FORM_BYTES),
        )
    ]
