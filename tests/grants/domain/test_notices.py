"""Notices: each state of a return has its own, and their words say what to do, where, and nothing of anybody."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.access import OF_RECIPIENTS
from grants.domain.errors import Conflict
from grants.domain.letters import Letterhead, words_of
from grants.domain.notices import (
    AFTER,
    OF_REPORTS,
    TOLD,
    AboutInvitation,
    AboutReturn,
    Notice,
    reminded,
    still_holds,
    which_version,
)
from grants.domain.reminders import DEFAULT, newest_reminder
from grants.domain.returns import SUBMITTED, ReturnDeed, ReturnState, move

HEAD = Letterhead("https://grants.example", "grants@home.example")
ABOUT = AboutReturn(
    award="LI-OLDHAM-01",
    recipient_name="Oldham Metropolitan Borough Council",
    period="2025-26-Q2",
    due_on=date(2025, 10, 28),
    opened_on=date(2025, 10, 1),
    ready_on=None,
    state=ReturnState.DUE,
    version=0,
    ever_submitted=False,
    collected=True,
    reminders=DEFAULT,
)
TODAY = date(2025, 10, 15)
STATES = st.sampled_from(ReturnState)
BY_VERSION = sorted(set(AFTER.values()) - {Notice.RETURN_DUE})


@given(
    state=STATES,
    version=st.integers(0, 9),
    ever=st.booleans(),
    collected=st.booleans(),
    today=st.dates(date(2025, 9, 1), date(2026, 3, 1)),
)
def test_nobody_who_has_submitted_is_reminded(
    state: ReturnState, version: int, ever: bool, collected: bool, today: date
) -> None:
    about = replace(ABOUT, state=state, version=version, ever_submitted=ever, collected=collected)
    for which in ("-10", "-5", "+1", "+6", "+61"):
        holds = still_holds(Notice.REMINDER, which, about, today)
        newest = newest_reminder(DEFAULT, about.due_on, about.opened_on, today)
        assert holds is (not ever and collected and which == newest)
    assert still_holds(Notice.RETURN_DUE, "", about, today) is (not ever and collected)


@pytest.mark.parametrize("notice", BY_VERSION)
@given(state=STATES, version=st.integers(1, 3), sent_for=st.integers(1, 3))
def test_a_notice_of_a_version_holds_while_that_version_stands_there(
    notice: Notice, state: ReturnState, version: int, sent_for: int
) -> None:
    step = next(step for step, after in AFTER.items() if after is notice)
    stands = {move(before, ReturnDeed(step)) for before in ReturnState if _may(before, ReturnDeed(step))}
    about = replace(ABOUT, state=state, version=version, ever_submitted=state in SUBMITTED)
    holds = still_holds(notice, which_version(notice, sent_for), about, TODAY)
    assert holds is ({state} == stands and version == sent_for)


def _may(state: ReturnState, deed: ReturnDeed) -> bool:
    with suppress(Conflict):
        move(state, deed)
        return True
    return False


def test_only_people_of_the_recipient_are_told() -> None:
    assert set(TOLD) == set(Notice) - {Notice.INVITATION, *OF_REPORTS}
    assert all(set(roles) <= OF_RECIPIENTS for roles in TOLD.values())
    assert all(set(reminded(state)) <= set(TOLD[Notice.REMINDER]) for state in ReturnState)


@pytest.mark.parametrize("notice", TOLD)
@pytest.mark.parametrize("today", [TODAY, ABOUT.due_on, date(2025, 11, 3)])
def test_words_name_the_return_and_lead_to_signing_in(notice: Notice, today: date) -> None:
    subject, body = words_of(notice, ABOUT, HEAD, today)
    assert "LI-OLDHAM-01, Quarter 2, July to September 2025" in subject
    assert "\n" not in subject
    for part in ("Hello\n\n", "Oldham Metropolitan Borough Council", "https://grants.example/sign-in\n", HEAD.contact):
        assert part in body
    assert "http" not in body.replace("https://grants.example/sign-in", "")
    named = words_of(notice, ABOUT, replace(HEAD, service="Grants for all"), today)
    assert named == (subject, body.replace("Tallystick", "Grants for all"))


@pytest.mark.parametrize(
    ("today", "subject", "text"),
    [
        (
            TODAY,
            "Reminder: spend return due 28 October 2025",
            "is due on 28 October 2025 and has not been submitted yet",
        ),
        (date(2025, 10, 28), "Reminder: spend return due 28 October 2025", "is due today"),
        (date(2025, 10, 29), "Spend return overdue", "was due on 28 October 2025 and has not been submitted."),
    ],
)
def test_a_reminder_says_how_late_it_is(today: date, subject: str, text: str) -> None:
    found = words_of(Notice.REMINDER, ABOUT, HEAD, today)
    assert found[0].startswith(f"{subject}: ")
    assert text in found[1]
    assert "must be uploaded" in found[1]
    waiting = words_of(Notice.REMINDER, replace(ABOUT, state=ReturnState.READY), HEAD, today)
    assert "waiting to be certified" in waiting[1]


@pytest.mark.parametrize("purpose", ["join", "password", "second_factor"])
def test_an_invitation_has_its_link_and_says_until_when(purpose: str) -> None:
    link = "https://grants.example/invitation/secret"
    about = AboutInvitation(purpose, link, datetime(2025, 11, 10, 9, 30, tzinfo=UTC))
    subject, body = words_of(Notice.INVITATION, about, HEAD, TODAY)
    assert "Tallystick" in subject
    assert f"\n{link}\n" in body
    assert "10 November 2025 at 09:30" in body
