"""A rating and the share that is said beside it never contradict each other."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from grants.domain.plan import Rag
from grants.domain.plan_figures import Figures
from grants.pages.rating_words import rating, why_rated

PENCE = st.integers(0, 10**11)


@given(PENCE, PENCE)
@example(100_000, 104_999)
@example(100_000, 95_001)
@example(100_000, 110_000)
@example(0, 0)
@example(0, 1)
@example(3, 3)
def test_the_share_that_is_said_is_on_the_side_of_the_threshold_that_the_rating_is(awarded: int, forecast: int) -> None:
    figures = Figures(awarded_pence=awarded, forecast_pence=forecast)
    said, rag = why_rated(figures), figures.rag()
    share = re.search(r"\((less than )?([\d.]+)%\)", said)
    if share is None:
        assert rag in (None, Rag.GREEN if awarded else Rag.RED)
        return
    percent = 0.0 if share[1] else float(share[2])
    assert rag is (Rag.RED if percent >= 10 else Rag.AMBER if percent >= 5 else Rag.GREEN)
    assert ("over" in said) == (forecast > awarded)


def test_what_cannot_be_rated_says_so() -> None:
    assert rating(None).words == "Not rated"
    assert why_rated(Figures()) == "Nothing is awarded"
    assert "nothing is awarded" in why_rated(Figures(forecast_pence=5))
