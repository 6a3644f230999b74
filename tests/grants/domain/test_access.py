"""Who may do what: the table is whole, scopes narrow, and what cannot be seen looks like what does not exist."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.access import (
    EVERYWHERE,
    MAY,
    OF_RECIPIENTS,
    OF_WHOEVER_IT_IS,
    READING,
    Actor,
    Deed,
    Grant,
    Role,
    Scope,
    deeds_named,
    may,
    narrowed_to,
    require,
    require_another,
    require_genuine,
    require_outsider,
    roles_for,
)
from grants.domain.errors import Invalid, NotAllowed, NotFound

FOR_ALL = {Deed.ANYONE, Deed.SIGN_IN, Deed.SIGNED_IN, Deed.MANAGE_OWN_ACCESS}
OF_PEOPLE = {Deed.SEE_PEOPLE, Deed.MANAGE_PEOPLE, Deed.APPLY_RETENTION}
OF_MONEY = set(Deed) - FOR_ALL - OF_PEOPLE
NAMES = st.sampled_from(["A", "B", "C"])
GRANTS = st.builds(Grant, st.sampled_from(Role), st.none() | st.frozensets(NAMES))
SCOPES = st.builds(Scope, st.none() | NAMES, st.none() | NAMES)


def actor(*grants: Grant) -> Actor:
    return Actor(uuid4(), "Somebody", grants)


ACTORS = st.lists(GRANTS, max_size=4).map(lambda grants: actor(*grants))


def test_every_deed_has_a_row_and_somebody_who_may_do_it() -> None:
    assert set(MAY) == set(Deed)
    assert all(MAY.values())


@pytest.mark.parametrize("deed", sorted(OF_MONEY))
def test_an_administrator_sees_no_money(deed: Deed) -> None:
    assert not may(actor(Grant(Role.ADMINISTRATOR)), deed)


@pytest.mark.parametrize("deed", sorted(set(Deed) - {Deed.ANYONE}))
def test_nobody_without_a_role_may_do_anything(deed: Deed) -> None:
    assert not may(actor(), deed)
    with pytest.raises(NotAllowed):
        require(actor(), deed)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_only_an_administrator_sees_and_manages_people(role: Role) -> None:
    assert not any(may(actor(Grant(role)), deed) for deed in OF_PEOPLE)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Deed.PROPOSE, Deed.DECIDE),
        (Deed.UPLOAD_RETURN, Deed.CERTIFY_RETURN),
        (Deed.CERTIFY_RETURN, Deed.REVIEW_RETURN),
        (Deed.UPLOAD_RETURN, Deed.REVIEW_RETURN),
        (Deed.MANAGE_PEOPLE, Deed.DECIDE),
    ],
)
def test_deeds_that_two_people_must_do_belong_to_no_one_role(first: Deed, second: Deed) -> None:
    assert not MAY[first] & MAY[second]


def test_an_auditor_changes_nothing_that_money_hangs_on() -> None:
    changing = {
        Deed.PROPOSE, Deed.DECIDE, Deed.LOAD_PLAN, Deed.ADD_RECIPIENT, Deed.MOVE_AWARD, Deed.MANAGE_ROUNDS,
        Deed.UPLOAD_RETURN, Deed.CERTIFY_RETURN, Deed.REVIEW_RETURN, Deed.MANAGE_PEOPLE,
    }  # fmt: skip
    assert not any(may(actor(Grant(Role.AUDITOR)), deed) for deed in changing)


@pytest.mark.parametrize("role", sorted(OF_RECIPIENTS))
def test_a_recipients_people_see_their_own_money_only(role: Role) -> None:
    mine, other = Scope("P", "ME"), Scope("P", "THEM")
    person = actor(Grant(role, frozenset({"ME"})))
    for deed in (Deed.SEE_AWARD, Deed.SEE_RETURN, Deed.SEE_RECIPIENTS):
        assert may(person, deed, mine)
        assert not may(person, deed, other)
    for deed in (Deed.SEE_PLAN, Deed.SEE_DECISIONS, Deed.SEE_REPORTS, Deed.SEE_JOURNAL, Deed.TRACE):
        assert not may(person, deed, mine)


@given(ACTORS, st.sampled_from(Deed), SCOPES)
def test_may_is_what_the_table_says(person: Actor, deed: Deed, scope: Scope) -> None:
    expected = False
    for grant in person.grants:
        named = scope.recipient if grant.role in (Role.FINANCE_OFFICER, Role.CERTIFIER) else scope.programme
        covered = grant.over is None or named is None or named in grant.over
        expected = expected or (grant.role in MAY[deed] and covered)
    assert may(person, deed, scope) is expected


@given(ACTORS, st.sampled_from(Deed), SCOPES, GRANTS)
def test_a_role_more_never_takes_a_right_away_and_a_scope_never_gives_one(
    person: Actor, deed: Deed, scope: Scope, grant: Grant
) -> None:
    if may(person, deed, scope):
        assert may(person, deed, EVERYWHERE)
        assert may(actor(*person.grants, grant), deed, scope)
    narrow = actor(*(Grant(held.role, frozenset()) for held in person.grants))
    assert not may(narrow, deed, Scope("A", "A"))


@given(ACTORS, st.sampled_from(Deed), NAMES, NAMES)
def test_a_list_shows_exactly_what_may_be_seen_one_by_one(
    person: Actor, deed: Deed, programme: str, recipient: str
) -> None:
    programmes, recipients = narrowed_to(person, deed)
    listed = programmes is None or programme in programmes or recipients is None or recipient in recipients
    assert listed is may(person, deed, Scope(programme, recipient))


@given(ACTORS, st.sampled_from(Deed), SCOPES)
def test_require_says_what_may_says(person: Actor, deed: Deed, scope: Scope) -> None:
    if may(person, deed, scope):
        require(person, deed, scope, sight=Deed.SEE_AWARD)
        return
    with pytest.raises((NotFound, NotAllowed)) as refused:
        require(person, deed, scope, sight=Deed.SEE_AWARD)
    assert isinstance(refused.value, NotAllowed if may(person, Deed.SEE_AWARD, scope) else NotFound)
    assert not refused.value.facts


def test_roles_for_leaves_out_roles_that_do_not_help() -> None:
    lead, officer = Grant(Role.PROGRAMME_LEAD), Grant(Role.FINANCE_OFFICER, frozenset({"ME"}))
    assert roles_for(actor(lead, officer), Deed.PROPOSE) == (lead,)
    assert roles_for(actor(lead, officer), Deed.SEE_RETURN) == (lead, officer)


def test_a_person_belongs_to_the_recipients_of_their_roles() -> None:
    person = actor(
        Grant(Role.FINANCE_OFFICER, frozenset({"A"})),
        Grant(Role.CERTIFIER, frozenset({"B"})),
        Grant(Role.AUDITOR, frozenset({"P"})),
        Grant(Role.CERTIFIER),
    )
    assert person.organisations == {"A", "B"}
    assert actor().organisations == frozenset()


@given(ACTORS, NAMES, st.sets(st.sampled_from(Deed)))
def test_nobody_judges_the_money_of_an_organisation_that_they_act_for(
    person: Actor, recipient: str, only: set[Deed]
) -> None:
    acts = any(
        grant.role in OF_RECIPIENTS and (grant.over is None or recipient in grant.over) for grant in person.grants
    )
    for who in (person, replace(person, only=frozenset(only))):
        require_outsider(who, Scope("P"))
        if acts:
            with pytest.raises(NotAllowed):
                require_outsider(who, Scope("P", recipient))
        else:
            require_outsider(who, Scope("P", recipient))


@given(ACTORS, st.sets(st.sampled_from(Deed)), st.sampled_from(Deed), SCOPES)
def test_a_token_never_gives_more_than_its_person_has(person: Actor, only: set[Deed], deed: Deed, scope: Scope) -> None:
    narrowed = replace(person, token_id=uuid4(), only=frozenset(only))
    assert may(narrowed, deed, scope) is (may(person, deed, scope) and (deed in only or deed in OF_WHOEVER_IT_IS))
    programmes, recipients = narrowed_to(narrowed, deed)
    if deed not in only | OF_WHOEVER_IT_IS:
        assert (programmes, recipients) == (frozenset(), frozenset())


def test_a_token_that_reads_changes_nothing() -> None:
    assert deeds_named(["read"]) == READING
    changing = {deed for deed in Deed if not deed.startswith("see_")} - OF_WHOEVER_IT_IS - {Deed.TRACE}
    assert changing == set(Deed) - READING - OF_WHOEVER_IT_IS
    assert {deed for deed in Deed if deed.startswith("see_")} <= READING


@given(st.sets(st.sampled_from(sorted(set(Deed) - OF_WHOEVER_IT_IS)), min_size=1))
def test_a_token_for_a_deed_shows_what_the_deed_shows_and_changes_nothing_else(names: set[Deed]) -> None:
    found = deeds_named(name.value for name in names)
    assert names <= found
    assert found - names <= READING


@pytest.mark.parametrize("names", [[], ["everything"], ["read", "READ"], ["anyone"], ["sign_in"], ["signed_in"], [""]])
def test_a_deed_that_is_none_is_refused(names: list[str]) -> None:
    with pytest.raises(Invalid):
        deeds_named(names)


@given(st.lists(st.none() | st.uuids(), max_size=4), st.uuids())
def test_another_person_is_another_person(others: list[UUID | None], mine: UUID) -> None:
    person = Actor(mine, "Somebody", ())
    if mine in others:
        with pytest.raises(NotAllowed):
            require_another(person, others, "Ask somebody else.")
    else:
        require_another(person, others, "Ask somebody else.")
    with pytest.raises(NotAllowed) as refused:
        require_another(person, [*others, mine], "Ask somebody else.")
    assert (refused.value.code, refused.value.message) == ("same_person", "Ask somebody else.")


def test_an_example_person_acts_on_example_data_only() -> None:
    person = Actor(uuid4(), "A lead (example)", (Grant(Role.PROGRAMME_LEAD),), is_example=True)
    require_genuine(person, is_example=True)
    with pytest.raises(NotAllowed):
        require_genuine(person, is_example=False)
    require_genuine(replace(person, is_example=False), is_example=True)
