"""What a list may show: the narrowing that its query takes as its first two arguments."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sight:
    """Programmes and recipients, as grants.domain.access.narrowed_to gives them; None: all. A row is shown where either allows it."""

    programmes: frozenset[str] | None
    recipients: frozenset[str] | None

    @property
    def arguments(self) -> tuple[list[str] | None, list[str] | None]:
        """$1 and $2 of a list's query."""
        return (
            None if self.programmes is None else sorted(self.programmes),
            None if self.recipients is None else sorted(self.recipients),
        )
