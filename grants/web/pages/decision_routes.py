"""The pages of decisions: all of them, and each with its effect before and after, for the second person to approve or decline."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions import decisions
from grants.actions.decision_effects import Looked, looked_at
from grants.actions.decision_list import DecisionLine, decisions_listed, programmes_of_decisions
from grants.actions.decision_names import Names
from grants.actions.decisions import DecisionView
from grants.domain.access import Deed, Scope, may
from grants.domain.awards import AwardTerms
from grants.domain.decisions import DecisionState, MakeAward, Vary
from grants.domain.errors import Conflict, RuleBroken
from grants.pages.account_words import account_words, move_words
from grants.pages.forms import once, sent
from grants.pages.layout import Asked, go, page
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices, Column, Kind, TableSpec, Tag, table_state
from grants.store.transaction import Gate
from grants.web.pages.decision_words import (
    KINDS,
    STATES,
    address_of,
    amount_words,
    changed_facts,
    facts_of,
    in_words,
    kind_label,
    kind_title,
    refusal_words,
)
from grants.web.pages.terms_words import shown_terms

REASON_MAX: Final = 2000
_TITLES: Final = {kind.value: Tag(words.title) for kind, words in KINDS.items()} | {"open_plan": Tag("Open the plan")}
_CRUMBS: Final = (("Decisions", "/decisions"),)
_TOLD: Final = {
    "proposed": "The decision is proposed. Nothing moves until somebody else approves it.",
    "approved": "The decision is approved, and what it says is done.",
    "declined": "The decision is declined. Nothing has moved.",
}


def _title(line: DecisionLine) -> str:
    return kind_title(line.kind)


DECISIONS: Final = TableSpec(
    "decisions",
    "Decisions",
    (
        Column("place", "Place", Kind.NUMBER, on_page=False, in_file=False),
        Column("number", "Number", Kind.NUMBER, on_page=False),
        Column(
            "kind",
            "Decision",
            filter=Choices((kind.value, words.title) for kind, words in KINDS.items()),
            href=lambda line: f"/decisions/{line.id}",
            words=_title,
        ),
        Column("about", "About"),
        Column("subject", "Code or reference", on_page=False),
        Column("programme", "Programme", filter=Choices(), on_page=False),
        Column("pence", "Amount", Kind.PENCE, words=amount_words, empty="None"),
        Column("state", "State", Kind.TAG, tags=STATES, filter=Choices.of(STATES)),
        Column("proposed_by", "Proposed by"),
        Column("proposed_at", "Proposed", Kind.MOMENT),
        Column("decided_by", "Decided by", empty="Nobody yet"),
        Column("decided_at", "Decided", Kind.MOMENT, on_page=False),
        Column("reason", "Reason", on_page=False),
    ),
    sort="place",
    empty="Nobody has proposed anything yet. A programme lead proposes a decision, and an approver agrees to it or declines it.",
    search=("about", "subject", "reason"),
    search_label="About or reason",
)


@get("/decisions", opt={"deed": Deed.SEE_DECISIONS}, include_in_schema=False)
async def all_decisions(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Decisions, those that wait first."""
    async with gate.reading(request.user) as view:
        state = table_state(request, DECISIONS, {"programme": await programmes_of_decisions(view)})
        found = await decisions_listed(view, state.wanted)
    if state.download:
        return await table_file(request, state, found)
    return page(
        request,
        "decisions",
        "Decisions",
        listed=shown(state, found),
        may_propose=may(request.user, Deed.PROPOSE),
    )


@get("/decisions/{decision_id:uuid}", opt={"deed": Deed.SEE_DECISIONS}, include_in_schema=False)
async def one_decision(request: Asked, gate: NamedDependency[Gate], decision_id: FromPath[UUID]) -> Response[str]:
    """A decision, its effect, and the form for whoever may decide it."""
    return await _shown(request, gate, decision_id)


async def _shown(
    request: Asked,
    gate: Gate,
    decision_id: UUID,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    typed: str = "",
) -> Response[str]:
    async with gate.rehearsal(request.user) as tx:
        looked = await looked_at(tx, await decisions.show(tx, decision_id))
    found = looked.decision
    return page(
        request,
        "decision",
        f"{kind_title(found.kind)}: {looked.names.subject(found.kind, found.subject)}",
        status=status,
        errors={place: refusal_words(message, looked.names.lines) for place, message in (errors or {}).items()},
        told=_TOLD,
        crumbs=_CRUMBS,
        typed=typed,
        traces=may(request.user, Deed.TRACE, Scope(found.programme)) and not looked.prospect.is_partial,
        **said(looked),
    )


def said(looked: Looked) -> dict[str, Any]:
    """What the page of a decision shows of it."""
    found, before = looked.decision, looked.prospect.before
    terms = found.terms
    return {
        "decision": found,
        "effect": looked.prospect,
        "refusal": refusal_words(looked.prospect.refusal, looked.names.lines),
        "bar": looked.bar,
        "is_open": found.state is DecisionState.PROPOSED,
        "state": STATES[found.state],
        "account_words": partial(account_words, lines=looked.names.lines),
        "kind_label": kind_label,
        "move_words": move_words,
        "is_linked": not looked.prospect.is_partial,
        **words_of(terms, before, looked.names, is_there=found.state is DecisionState.APPROVED),
    }


def words_of(terms: Any, before: Any, names: Names, *, is_there: bool = False) -> dict[str, Any]:
    """What is proposed, in words: a sentence, facts, and the old beside the new. `is_there`: so is an award that it makes."""
    is_award = isinstance(terms, MakeAward | Vary)
    missing = terms.reference if isinstance(terms, MakeAward) and not is_there else ""
    return {
        "account_address": partial(address_of, missing=missing),
        "sentence_of": in_words(terms, names),
        "facts": facts_of(terms, names),
        "changes": changed_facts(terms, before if isinstance(before, dict) else None),
        "terms": shown_terms(terms.terms, before if isinstance(before, AwardTerms) else None) if is_award else None,
    }


@post("/decisions/{decision_id:uuid}/approve", opt={"deed": Deed.DECIDE}, include_in_schema=False)
async def approve(request: Asked, gate: NamedDependency[Gate], decision_id: FromPath[UUID]) -> Response[Any]:
    """The second person agrees."""
    return await _decide(request, gate, decision_id, "approved")


@post("/decisions/{decision_id:uuid}/decline", opt={"deed": Deed.DECIDE}, include_in_schema=False)
async def decline(request: Asked, gate: NamedDependency[Gate], decision_id: FromPath[UUID]) -> Response[Any]:
    """The second person says no."""
    return await _decide(request, gate, decision_id, "declined")


async def _decide(request: Asked, gate: Gate, decision_id: UUID, what: str) -> Response[Any]:
    reason = (await sent(request)).text("reason")
    again = partial(_shown, request, gate, decision_id, typed=reason)
    if wrong := reason_error(reason, "Enter why you approve or decline it. It stays on the record."):
        return await again(status=400, errors={"reason": wrong})
    deed = decisions.approve if what == "approved" else decisions.decline
    try:
        await once(request, gate, DecisionView, partial(deed, decision_id=decision_id, reason=reason))
    except (Conflict, RuleBroken) as error:
        status = 409 if isinstance(error, Conflict) else 422
        return await again(status=status, errors={"": error.message})
    return go(f"/decisions/{decision_id}", done=what)


def reason_error(reason: str, missing: str) -> str:
    """What is wrong with a reason; empty where nothing is."""
    if not reason:
        return missing
    return "" if len(reason) <= REASON_MAX else f"The reason must be {REASON_MAX:,} characters or fewer."


ROUTES: list[Any] = [all_decisions, one_decision, approve, decline]
