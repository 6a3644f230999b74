"""Ratings in words: what the colour stands for, and why it is that one."""

from typing import Final

from grants.domain.money import show
from grants.domain.plan import Rag
from grants.domain.plan_figures import Figures
from grants.pages.tables import Tag

RATINGS: Final[dict[str, Tag]] = {
    Rag.GREEN: Tag("Green", "green"),
    Rag.AMBER: Tag("Amber", "yellow"),
    Rag.RED: Tag("Red", "red"),
}
NOT_RATED: Final = Tag("Not rated", "grey")


def rating(rag: Rag | None) -> Tag:
    """The word and the colour of a rating; None: there is nothing to rate."""
    return RATINGS[rag] if rag else NOT_RATED


def why_rated(figures: Figures) -> str:
    """What the rating of a forecast rests on: "Forecast is £30,000 (6.0%) over awarded"."""
    variance, awarded = figures.variance_pence, figures.awarded_pence
    if not awarded:
        return f"Forecast is {show(variance)}, and nothing is awarded" if variance else "Nothing is awarded"
    if not variance:
        return "Forecast is what is awarded"
    # Rounded down, so that a share never looks as if it had reached a threshold that it has not.
    tenths = abs(variance) * 1000 // awarded
    share = f"{tenths // 10}.{tenths % 10}%" if tenths else "less than 0.1%"
    return f"Forecast is {show(abs(variance))} ({share}) {'over' if variance > 0 else 'under'} awarded"
