"""The pages on which a decision is proposed: which kinds there are, a form for each, what it would do, and the proposal."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions import decisions
from grants.actions.decision_choices import SUBJECTS, Choices, choices_for
from grants.actions.decision_effects import Prospect, checked
from grants.actions.decision_names import Names, names_for
from grants.actions.decisions import DecisionView
from grants.domain.access import Deed
from grants.domain.decisions import DecisionKind, DecisionTerms
from grants.domain.errors import Conflict, Invalid, NotFound, RuleBroken
from grants.pages.account_words import account_words, move_words
from grants.pages.forms import once, sent
from grants.pages.layout import Asked, go, page
from grants.store.transaction import Gate
from grants.web.pages.award_forms import award_fields, filled_award, is_award, read_award
from grants.web.pages.award_grids import BUDGET_KINDS, CATEGORIES, fits, shape_of, years_around
from grants.web.pages.decision_forms import FORMS
from grants.web.pages.decision_routes import reason_error, words_of
from grants.web.pages.decision_subject import CRUMBS, ask_subject
from grants.web.pages.decision_words import (
    GROUPS,
    KINDS,
    kind_label,
    refusal_words,
)
from grants.web.pages.form_fields import NotRead, read
from grants.web.pages.terms_form import FIELDS as TERMS_FIELDS
from grants.web.pages.terms_form import PLACES as TERMS_PLACES

_K = DecisionKind
_TOO_MUCH: Final = "These terms have more columns or rows than a form can hold. Vary this award through the API, or load a register of awards."


@dataclass(frozen=True)
class Filled:
    """A form as somebody filled it in. `about` names its subject."""

    kind: DecisionKind
    about: str
    choices: Choices
    typed: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    prospect: Prospect | None = None
    terms: DecisionTerms | None = None
    names: Names = field(default_factory=Names)


@get("/decisions/new", opt={"deed": Deed.PROPOSE}, include_in_schema=False)
async def kinds(request: Asked) -> Response[str]:
    """Which decisions there are, and when to use which."""
    groups = [(name, [(kind.value, KINDS[kind]) for kind in of]) for name, of in GROUPS]
    return page(request, "decision_kinds", "Propose a decision", crumbs=CRUMBS[:1], groups=groups)


def _kind_named(code: str) -> DecisionKind:
    if code not in KINDS:
        raise NotFound("kind", "There is no such kind of decision.")
    return DecisionKind(code)


@get("/decisions/new/{kind:str}", opt={"deed": Deed.PROPOSE}, include_in_schema=False)
async def new_decision(request: Asked, gate: NamedDependency[Gate], kind: FromPath[str]) -> Response[Any]:
    """The form, or first the question what it is about."""
    wanted = _kind_named(kind)
    subject = SUBJECTS.get(wanted)
    about = request.query_params.get(subject.value, "").strip().upper() if subject else ""
    async with gate.reading(request.user) as view:
        error = ""
        try:
            choices = await choices_for(view, wanted, about)
        except NotFound as refused:
            choices, error = await choices_for(view, wanted, ""), refused.message
        if choices.award and wanted is _K.VARY and not fits(choices.award.terms):
            error = _TOO_MUCH
        if error or (subject and not about):
            return await ask_subject(request, view, wanted, choices, typed=about, error=error)
    filled = filled_award(wanted, choices) if is_award(wanted) else FORMS[wanted].filled(choices)
    line, recipient = request.query_params.get("line", ""), request.query_params.get("recipient", "")
    first = {**filled, **dict.fromkeys(("funding_line", "from_line") if line else (), line)}
    first |= {"recipient": recipient} if recipient else {}
    return _form(request, Filled(wanted, about, choices, first))


def _titles(choices: Choices) -> dict[str, str]:
    return {line.code: line.title for line in choices.lines}


def _form(request: Asked, filled: Filled, *, status: int = 200) -> Response[str]:
    choices, is_terms = filled.choices, is_award(filled.kind)
    prospect = filled.prospect
    return page(
        request,
        "decision_form",
        KINDS[filled.kind].title,
        status=status,
        errors=filled.errors,
        crumbs=CRUMBS,
        kind=filled.kind.value,
        words=KINDS[filled.kind],
        subject=SUBJECTS.get(filled.kind),
        about=filled.about,
        choices=choices,
        fields=award_fields(filled.kind, choices) if is_terms else FORMS[filled.kind].fields(choices),
        terms_fields=TERMS_FIELDS if is_terms else (),
        shape=shape_of(filled.typed),
        years=[("", "Choose a year"), *years_around(choices.today, choices.today)],
        kinds=BUDGET_KINDS,
        categories=CATEGORIES,
        typed=filled.typed,
        effect=prospect,
        account_words=partial(account_words, lines=_titles(choices)),
        kind_label=kind_label,
        move_words=move_words,
        **(words_of(filled.terms, prospect.before, filled.names) if filled.terms and prospect else {}),
    )


@post("/decisions/new/{kind:str}", opt={"deed": Deed.PROPOSE}, include_in_schema=False)
async def send_decision(request: Asked, gate: NamedDependency[Gate], kind: FromPath[str]) -> Response[Any]:
    """Makes room for more, tells what it would do, or proposes it."""
    wanted, form = _kind_named(kind), await sent(request)
    typed = {name: form.text(name) for name in form.fields}
    subject = SUBJECTS.get(wanted)
    about = typed.get(subject.value, "").upper() if subject else ""
    if subject and not about:
        return go(f"/decisions/new/{wanted}")
    async with gate.reading(request.user) as view:
        choices = await choices_for(view, wanted, about)
        filled = Filled(wanted, about, choices, typed)
        if "more" in typed:
            return _form(request, filled)
        terms, errors = await _read(view, filled)
    is_proposed = typed.get("do") != "check"
    if is_proposed and (wrong := reason_error(typed.get("reason", ""), "Enter why this is proposed.")):
        errors["reason"] = wrong
    if errors or terms is None:
        return _form(request, replace(filled, errors=errors), status=400)
    try:
        if is_proposed:
            action = partial(decisions.propose, terms=terms, reason=typed["reason"])
            made = await once(request, gate, DecisionView, action)
            return go(f"/decisions/{made.id}", done="proposed")
        async with gate.rehearsal(request.user) as tx:
            prospect, names = await checked(tx, terms), await names_for(tx, terms)
    except (Conflict, RuleBroken, Invalid, NotFound) as error:
        return _refused(request, filled, error)
    return _form(request, replace(filled, prospect=prospect, terms=terms, names=names))


def _refused(request: Asked, filled: Filled, error: Conflict | RuleBroken | Invalid | NotFound) -> Response[str]:
    places = TERMS_PLACES | {"exists": "reference"} if is_award(filled.kind) else FORMS[filled.kind].places
    status = {Conflict: 409, RuleBroken: 422, Invalid: 400, NotFound: 404}[type(error)]
    errors = {places.get(error.code, ""): refusal_words(error.message, _titles(filled.choices))}
    return _form(request, replace(filled, errors=errors), status=status)


async def _read(view: Any, filled: Filled) -> tuple[DecisionTerms | None, dict[str, str]]:
    if is_award(filled.kind):
        terms, errors = await read_award(view, filled.kind, filled.choices, filled.typed)
    else:
        form = FORMS[filled.kind]
        found = read(form.fields(filled.choices), filled.typed)
        errors = found.errors
        try:
            terms = None if errors else form.make(found.values, filled.choices)
        except NotRead as error:
            return None, {"": str(error)}
    if terms is None:
        return None, errors
    try:  # what no field of its own checks: lengths and the like
        return msgspec.convert(msgspec.to_builtins(terms), DecisionTerms), errors
    except msgspec.ValidationError as error:
        return None, errors | {"": f"Something is too long, or not in the right form: {error}."}


ROUTES: list[Any] = [kinds, new_decision, send_decision]
