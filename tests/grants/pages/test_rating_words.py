"""Words that pages say: a rating and the share beside it never contradict each other, and every state has its own."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from grants.domain.awards import AwardState
from grants.domain.plan import Rag
from grants.domain.plan_figures import Figures
from grants.domain.returns import ReturnState
from grants.pages.rating_words import rating, why_rated
from grants.pages.state_words import AWARD_STATES, RETURN_STATES

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


def test_every_state_has_words() -> None:
    assert set(AWARD_STATES) == set(AwardState)
    assert set(RETURN_STATES) == set(ReturnState)
