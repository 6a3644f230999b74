"""Where people are offered to go: nowhere that they would be refused."""

from uuid import UUID

from grants.domain.access import Actor, Grant, Role
from grants.pages.navigation import navigation


def _offered(*grants: Grant) -> list[object]:
    somebody = Actor(id=UUID(int=1), name="Somebody", grants=grants)
    return [part["text"] for part in navigation(somebody, "/")]


def test_the_journal_is_offered_to_auditors_of_everything_alone() -> None:
    assert "Journal" in _offered(Grant(Role.AUDITOR, None))
    assert "Journal" not in _offered(Grant(Role.AUDITOR, frozenset({"ACTION-PLAN"})))
    assert "Journal" not in _offered(Grant(Role.PROGRAMME_LEAD, None))
    assert "Reports" in _offered(Grant(Role.AUDITOR, frozenset({"ACTION-PLAN"})))
