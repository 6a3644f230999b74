"""What pages of errors say: what happened, and what to do about it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class ErrorWords:
    """What an error's page says. `happened` stands where the error itself says nothing better."""

    title: str
    happened: str
    to_do: tuple[str, ...]


_BACK: Final = "Go back in your browser. Some browsers still have what you typed; others show the form empty."
WORDS: Final[dict[int, ErrorWords]] = {
    400: ErrorWords(
        "This could not be read",
        "What was sent, or the address that it was sent to, is not what the service expects.",
        (_BACK, "Load the page again, and send the form again."),
    ),
    403: ErrorWords(
        "You cannot do this",
        "Your role does not let you see or do this. Ask your administrator if it should.",
        ("Check that you are signed in as the right person.",),
    ),
    404: ErrorWords(
        "There is nothing here that you can see",
        "Either there is nothing at this address, or it belongs to somebody else.",
        ("If you typed or pasted the address, check that it is right and whole.",),
    ),
    405: ErrorWords(
        "This page cannot be asked for in that way",
        "The address is right, but it is the address of a form, or of something to look at, and was used as the other.",
        ("Start from the first page, and use the links and buttons of the pages.",),
    ),
    409: ErrorWords(
        "Something has changed meanwhile",
        "Somebody else was first, or a limit stands in the way. Nothing was changed by you.",
        ("Go back, load the page again to see how it stands now, and decide again.",),
    ),
    413: ErrorWords(
        "What you sent is too large",
        "The file, or the text of the form, is larger than the service takes.",
        (
            _BACK,
            "Save the workbook anew without pictures, other sheets and empty rows, and send it again.",
        ),
    ),
    415: ErrorWords(
        "This could not be read",
        "What was sent is not a form of a page of this service.",
        ("Load the page again, and send the form again.",),
    ),
    422: ErrorWords(
        "This is not allowed by a rule",
        "What you asked for breaks a rule of the programme or of the ledger. Nothing was changed.",
        (_BACK,),
    ),
    429: ErrorWords(
        "Too many requests",
        "You, or somebody in the same place, sent more than the service takes in a minute.",
        ("Wait a minute, and load the page again. Nothing that you had sent before is lost.",),
    ),
    500: ErrorWords(
        "Sorry, there is a problem with the service",
        "Something went wrong on our side, and nothing was changed.",
        (_BACK, "Try again. If it happens again, tell us the number of this request."),
    ),
    503: ErrorWords(
        "Sorry, the service is unavailable",
        "The service cannot reach its database. Nothing is wrong with what you did.",
        (
            "Try again in a minute.",
            "If you sent a form, go back and send it again, or load this page again to send it as it was: nothing is done twice.",
        ),
    ),
}


BY_CODE: Final = {
    "removed": ErrorWords(
        "This file is not kept any more",
        "It was removed under retention. Its figures, and its SHA-256, are kept.",
        ("Go back: the page that you came from says what is known of it.",),
    ),
}
"""Errors that say more than their status does."""


def words_for(status: int, code: str = "") -> ErrorWords:
    """What the page of an error says; those without words of their own are said as their kind is."""
    if code in BY_CODE:
        return BY_CODE[code]
    return WORDS.get(status) or WORDS[400 if status < 500 else 500]
