"""The four ways in which a deed can fail, told apart so that every door can answer each in one place."""

from collections.abc import Mapping


class TallystickError(Exception):
    """A deed that did not happen.

    `code` is stable and for programs; `message` is one plain sentence that says what to do.
    `facts` are figures that stand in the way, in pence or as codes; never anything that a recipient typed.
    """

    def __init__(self, code: str, message: str, **facts: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.facts: Mapping[str, object] = facts


class NotFound(TallystickError):
    """Nothing of that name, or nothing that this person may see: the two look the same."""


class NotAllowed(TallystickError):
    """The person is known and may not do this."""


class RuleBroken(TallystickError):
    """The request is well formed and a rule of the field refuses it."""


class Conflict(TallystickError):
    """Somebody else was first, or a limit stands in the way; the figure is in `facts`."""


class Invalid(TallystickError):
    """The request is not well formed: a value is missing, of the wrong shape or out of range."""
