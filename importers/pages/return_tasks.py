"""What is to be done with a return, for whoever looks at it: the steps from the template to the acceptance, and which is next."""

from dataclasses import dataclass
from typing import Any, Final

from grants.actions.return_deeds import ReturnAsSeen
from grants.actions.return_views import ReturnView, VersionView
from grants.domain.returns import SUBMITTED, TAKES_UPLOAD, ReturnState
from grants.pages.words import count

_S = ReturnState
MEANINGS: Final[dict[ReturnState, str]] = {
    _S.DUE: "Nothing has been uploaded for this period yet.",
    _S.CHECKING: "This page tells when the check has ended.",
    _S.HAS_PROBLEMS: "The newest upload has problems that must be corrected in the workbook before it can be certified.",
    _S.READY: "The newest upload has no errors. The certifier can sign it once each warning has a reason.",
    _S.CERTIFIER_DECLINED: "The certifier did not sign it. A corrected workbook must be uploaded.",
    _S.CERTIFIED: "The certifier has signed it: it is submitted, and waits for the programme team's review.",
    _S.IN_REVIEW: "The programme team is reviewing it.",
    _S.CHANGES_REQUESTED: "The programme team asked for changes. A corrected workbook must be uploaded.",
    _S.ACCEPTED: "The programme team has accepted it. Its spend is accounted for, and it is locked.",
    _S.REOPENED: "It was accepted and has been reopened. A corrected workbook must be uploaded.",
}
_BY_ANOTHER: Final = "By somebody at the recipient other than whoever prepared it"
SENT_BACK: Final = {
    _S.CHANGES_REQUESTED: "Changes were requested",
    _S.CERTIFIER_DECLINED: "The certifier declined to sign",
    _S.REOPENED: "The return was reopened",
}
"""States in which somebody's message says what to change, and the heading of that message."""


@dataclass(frozen=True)
class Next:
    """What the viewer does next: a sentence, and a button where it is theirs to do."""

    words: str
    button: str = ""
    address: str = ""


def next_step(seen: ReturnAsSeen) -> Next:
    """The one thing to do next, said for whoever looks."""
    view, deeds = seen.view, seen.deeds
    if view.state is _S.CHECKING:
        return Next("Wait until the check has ended: nothing can be done with the return meanwhile.")
    if view.state in TAKES_UPLOAD and view.state is not _S.READY:
        return _to_upload(seen)
    if view.state is _S.READY:
        return _to_certify(seen)
    if view.state in (_S.CERTIFIED, _S.IN_REVIEW):
        if deeds.decides:
            return Next("Review the return, then accept it or ask for changes.", "Review", _at(view, "review"))
        if deeds.reviews:
            return Next("You had a part in this return: somebody else of the programme team must review it.")
        return Next("There is nothing for you to do: the programme team reviews it next.")
    if deeds.reviews:
        return Next("There is nothing to do. If it turns out to be wrong, it can be reopened.")
    return Next("There is nothing more to do for this return.")


def _to_upload(seen: ReturnAsSeen) -> Next:
    view, deeds = seen.view, seen.deeds
    if not deeds.uploads:
        whose = "your" if deeds.certifies or deeds.prepares else "the recipient's"
        return Next(f"There is nothing for you to do: {whose} finance officer uploads a workbook next.")
    if view.state is _S.HAS_PROBLEMS:
        errors = view.versions[-1].errors if view.versions else 0
        words = f"Correct {'it' if errors == 1 else 'them'} in your workbook and upload it again."
        return Next(
            f"There {'is' if errors == 1 else 'are'} {count(errors, 'error')}. {words}",
            "See the problems",
            _at(view, "problems"),
        )
    if view.state is _S.DUE:
        return Next("Download the template, fill it in and upload it.", "Upload the return", _at(view, "upload"))
    return Next(
        "Read the message, correct your workbook and upload it again.",
        "Upload a corrected workbook",
        _at(view, "upload"),
    )


def _to_certify(seen: ReturnAsSeen) -> Next:
    view, deeds = seen.view, seen.deeds
    missing = view.versions[-1].warnings_without_reason if view.versions else 0
    if deeds.explains and missing:
        words = f"{count(missing, 'warning')} {'needs' if missing == 1 else 'need'} a reason from you before the certifier can sign."
        return Next(words, "Give reasons", _at(view, "reasons"))
    if deeds.signs and missing:
        return Next(f"Your finance officer must first give a reason for {count(missing, 'warning')}.")
    if deeds.signs:
        return Next(
            "Look at the return and sign it, or say why you do not.", "Certify the return", _at(view, "certify")
        )
    if deeds.prepares:
        return Next(
            "Check your answers. Your organisation's certifier, who must be somebody else, signs the return next.",
            "Check your answers",
            _at(view, "check"),
        )
    if deeds.certifies:
        return Next("You prepared this return: another certifier of your organisation must sign it.")
    return Next("There is nothing for you to do: the recipient's certifier signs it next.")


def tasks(seen: ReturnAsSeen) -> list[dict[str, Any]]:
    """The steps of the return, as the design system's task list takes them; links only where the step is the viewer's."""
    view, deeds = seen.view, seen.deeds
    newest = view.versions[-1] if view.versions else None
    is_sent = view.state in SUBMITTED
    checked = newest is not None and view.state is not _S.CHECKING
    return [
        _task(
            "Download the template",
            _done() if newest else _to_do(),
            _at(view, "template") if deeds.prepares and not is_sent else "",
            "Award, recipient, period, budget and spend to date are filled in already",
        ),
        _task("Upload the filled-in workbook", _uploaded(view, newest), _at(view, "upload") if deeds.uploads else ""),
        _task("Correct the errors", _errors(newest, checked=checked), _at(view, "problems") if checked else ""),
        _task(
            "Give reasons for the warnings",
            _reasons(view, newest, checked=checked),
            _at(view, "reasons") if deeds.explains and newest and newest.warnings else "",
        ),
        _task(
            "Check your answers" if deeds.prepares else "Check the answers",
            _done() if is_sent else _to_do() if view.state is _S.READY else _not_yet(),
            _at(view, "check") if is_sent or view.state is _S.READY else "",
        ),
        _task("Certify", *_certified(seen, newest)),
        _task("Review", *_reviewed(seen)),
    ]


def _certified(seen: ReturnAsSeen, newest: VersionView | None) -> tuple[dict[str, Any], str, str]:
    view, deeds = seen.view, seen.deeds
    signs = _at(view, "certify") if deeds.signs else ""
    if view.state in SUBMITTED and newest is not None:
        return _done(), "", f"Signed by {newest.certified_name}, {newest.certified_role}"
    if view.state is _S.CERTIFIER_DECLINED:
        return _tag("Declined", "orange"), "", ""
    if view.state is not _S.READY or (newest is not None and newest.warnings_without_reason):
        return _not_yet(), signs, _BY_ANOTHER
    status = _to_do() if deeds.signs else _waiting("certifier")
    return status, signs, _BY_ANOTHER


def _reviewed(seen: ReturnAsSeen) -> tuple[dict[str, Any], str, str]:
    view, deeds = seen.view, seen.deeds
    link = _at(view, "review") if deeds.reviews and view.state in SUBMITTED else ""
    if view.state is _S.ACCEPTED:
        return _tag("Accepted", "green"), link, ""
    if view.state is _S.CHANGES_REQUESTED:
        return _tag("Changes requested", "orange"), "", ""
    if view.state is _S.IN_REVIEW:
        return _tag("In progress", "light-blue"), link, ""
    return (
        (_to_do() if deeds.decides else _waiting("programme team") if view.state is _S.CERTIFIED else _not_yet()),
        link,
        "",
    )


def _uploaded(view: ReturnView, newest: VersionView | None) -> dict[str, Any]:
    if newest is None:
        return _to_do()
    if view.state is _S.CHECKING:
        return _tag("Being checked", "light-blue")
    return _tag("Upload again", "orange") if view.state in SENT_BACK or view.state is _S.HAS_PROBLEMS else _done()


def _errors(newest: VersionView | None, *, checked: bool) -> dict[str, Any]:
    if newest is None or not checked:
        return _not_yet()
    return _tag(count(newest.errors, "error"), "red") if newest.errors else {"text": "None found"}


def _reasons(view: ReturnView, newest: VersionView | None, *, checked: bool) -> dict[str, Any]:
    if newest is None or not checked or newest.errors:
        return _not_yet()
    if newest.warnings_without_reason:
        return _tag(f"{newest.warnings_without_reason} to explain", "yellow")
    return _done() if newest.warnings else {"text": "Not needed"}


def _task(title: str, status: dict[str, Any], address: str = "", hint: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"title": {"text": title}, "status": status}
    return {**made, **({"href": address} if address else {}), **({"hint": {"text": hint}} if hint else {})}


def _tag(words: str, colour: str) -> dict[str, Any]:
    return {"tag": {"text": words, "classes": f"govuk-tag--{colour}"}}


def _to_do() -> dict[str, Any]:
    return {"tag": {"text": "Not yet started"}}


def _done() -> dict[str, Any]:
    return {"text": "Completed"}


def _not_yet() -> dict[str, Any]:
    return {"text": "Cannot start yet", "classes": "govuk-task-list__status--cannot-start-yet"}


def _waiting(whom: str) -> dict[str, Any]:
    return {"text": f"Waiting for the {whom}"}


def _at(view: ReturnView, part: str) -> str:
    return f"/returns/{view.id}/{part}"
