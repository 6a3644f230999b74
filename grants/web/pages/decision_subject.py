"""The question what a decision is about: an award searched for and chosen, a funding line or a milestone of a list, an entry by its number."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl

from litestar import Response

from grants.actions.decision_choices import SUBJECTS, Choices, Subject
from grants.actions.lists import Among, awards_listed
from grants.domain.access import Deed
from grants.domain.awards import REVIEWABLE, TAKES_PAYMENTS, WITHDRAWABLE
from grants.domain.decisions import DecisionKind
from grants.pages.layout import Asked, page
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import SEARCH, TableSpec, state_of
from grants.store.transaction import View
from grants.web.pages.award_list import AWARDS
from grants.web.pages.decision_words import KINDS

CRUMBS: Final = (("Decisions", "/decisions"), ("Propose a decision", "/decisions/new"))
_STATES: Final = {
    DecisionKind.PAY: TAKES_PAYMENTS,
    DecisionKind.WITHDRAW: WITHDRAWABLE,
    DecisionKind.REVIEW: REVIEWABLE,
}
"""The states that an award must be in; a kind that is not named takes awards in any."""
_LABELS: Final = {
    Subject.LINE: "Which funding line is it about?",
    Subject.MILESTONE: "Which milestone is it about?",
    Subject.ENTRY: "Which entry is to be undone?",
}
_HINTS: Final = {
    Subject.ENTRY: "Its number in the ledger, like 812. The page of an award, or of a funding line, lists its entries."
}
_MISSING: Final = {
    Subject.LINE: "Choose a funding line",
    Subject.MILESTONE: "Choose a milestone",
    Subject.ENTRY: "Enter the number of an entry",
}


async def ask_subject(
    request: Asked, view: View, kind: DecisionKind, choices: Choices, *, typed: str = "", error: str = ""
) -> Response[Any]:
    """Asks what a decision is about; `error` says why it cannot be about what was typed."""
    subject = SUBJECTS[kind]
    if subject is Subject.AWARD:
        return await _ask_award(request, view, kind, typed, error)
    is_missing = not typed and subject.value in request.query_params
    error = error or (_MISSING[subject] if is_missing else "")
    options = {
        Subject.LINE: [(line.code, line.title) for line in choices.lines],
        Subject.MILESTONE: [(each.code, each.title) for each in choices.milestones],
    }.get(subject)
    return _page(
        request,
        kind,
        {subject.value: error} if error else {},
        400 if is_missing else 404,
        subject=subject.value,
        label=_LABELS[subject],
        hint=_HINTS.get(subject, ""),
        options=None if options is None else [("", _MISSING[subject]), *options],
        typed=typed,
    )


async def _ask_award(request: Asked, view: View, kind: DecisionKind, typed: str, error: str) -> Response[Any]:
    """The awards that it can be about, to search in; what was typed for one is looked for among them."""
    said = parse_qsl(request.scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)
    said = [(SEARCH, typed), *((name, value) for name, value in said if name != Subject.AWARD.value)]
    state = state_of(request.url.path, said if typed else said[1:], _awards_for(kind))
    listed = await awards_listed(view, state.wanted, Among(states=_STATES.get(kind)), deed=Deed.PROPOSE)
    if state.download:
        return await table_file(request, state, listed)
    place = "" if listed.is_bare else f"{state.spec.name}-{SEARCH}"
    return _page(request, kind, {place: error} if error else {}, 404, listed=shown(state, listed))


def _awards_for(kind: DecisionKind) -> TableSpec:
    """The table of awards, each of which leads on to the form."""
    of: dict[str, dict[str, Any]] = {
        "reference": {"href": lambda award: f"/decisions/new/{kind}?{Subject.AWARD}={award.reference}"},
        "recipient_name": {"href": None},
        "purpose": {"on_page": True, "heading": "What it is for"},
        **({"state": {"filter": None}} if kind in _STATES else {}),
        "line_title": {"on_page": False},
        "funding_line": {"filter": None},
        "spent_pence": {"on_page": False},
        "returns_accepted": {"on_page": False},
    }
    columns = tuple(replace(column, **of.get(column.key, {})) for column in AWARDS.columns)
    empty = "There is no award that this can be proposed for now."
    return replace(AWARDS, caption="Which award is it about?", columns=columns, empty=empty)


def _page(request: Asked, kind: DecisionKind, errors: Mapping[str, str], refused: int, **values: Any) -> Response[str]:
    return page(
        request,
        "decision_subject",
        KINDS[kind].title,
        status=refused if errors else 200,
        errors=errors,
        crumbs=CRUMBS,
        kind=kind.value,
        words=KINDS[kind],
        **values,
    )
