"""Returns against the ones before them, over HTTP and PostgreSQL: only the recipient's own accepted lines count."""

from typing import Any
from uuid import UUID

import pytest

from grants.domain.earlier_returns import EarlierReturn
from grants.domain.periods import parse_period
from grants.store.earlier_returns import KnownBefore, known_before
from grants.store.transaction import Db
from tests.database import looking
from tests.grants.web.test_returns import CERTIFICATE
from tests.importers.making import Typed, as_csv
from tests.importers.test_doors import workbook
from tests.service import LEEDS_POLICE, OLDHAM, Service

Q3 = {"period": "2025-26-Q3"}


async def _accept(service: Service, view: dict[str, Any]) -> None:
    if reasons := [{"problem": one["number"], "reason": "Agreed"} for one in view["problems"]]:
        await service.post("officer", f"/returns/{view['id']}/explanations", {"reasons": reasons}, 200)
    await service.post("certifier", f"/returns/{view['id']}/certify", CERTIFICATE, 200)
    await service.post("lead", f"/returns/{view['id']}/accept", {}, 200)


def _codes(view: dict[str, Any]) -> set[str]:
    return {problem["code"] for problem in view["problems"]}


async def test_a_line_is_claimed_once_in_any_period_of_the_award(due: Service) -> None:
    first = (await due.upload(workbook(Typed(accrual="Yes"), Typed(reference="INV-2")))).json()
    await _accept(due, first)
    await due.open_round("2025-26-Q3")
    again = as_csv([Typed(accrual="Yes"), Typed(reference="INV-3", accrual="Yes")])
    second = (await due.upload(again, **Q3)).json()
    claimed = [one for one in second["problems"] if one["code"] == "claimed_before"]
    assert [(one["cell"], "Quarter 2, July to September 2025" in one["message"]) for one in claimed] == [("A2", True)]
    same = (await due.upload(as_csv([Typed(reference="INV-2"), Typed(accrual="Yes")]), **Q3)).json()
    assert "unchanged_lines" in _codes(same)
    await due.post("other_lead", f"/returns/{first['id']}/reopen", {"message": "A line was wrong"}, 200)
    third = (await due.upload(as_csv([Typed(accrual="Yes")]), **Q3)).json()
    assert not _codes(third) & {"claimed_before", "unchanged_lines"}


async def test_a_file_without_a_forecast_keeps_the_accepted_one_for_the_quarters_left(due: Service) -> None:
    first = (await due.upload(workbook(Typed()))).json()
    await _accept(due, first)
    expected = [one for one in first["forecasts"] if one["quarter"] == "2025-26-Q4"]
    assert expected
    assert any(one["quarter"] == "2025-26-Q3" for one in first["forecasts"])
    await due.open_round("2025-26-Q3")
    view = (await due.upload(as_csv([Typed(reference="INV-2", accrual="Yes")]), **Q3)).json()
    assert view["forecasts"] == [{**one, "cell": ""} for one in expected]
    assert [one["code"] for one in view["notices"]] == ["read_as_csv"]
    assert view["notices"][0]["message"].startswith("This CSV was read as")


@pytest.mark.parametrize("recipient", [OLDHAM, LEEDS_POLICE])
async def test_another_award_counts_if_it_is_the_same_recipients(service: Service, recipient: str) -> None:
    await service.award("LI-OTHER-01", recipient)
    await service.award()
    await service.open_round()
    who = "officer" if recipient == OLDHAM else "foreign_officer"
    certifier = "certifier" if recipient == OLDHAM else "foreign_certifier"
    other = (await service.upload(as_csv([Typed()]), "LI-OTHER-01", who=who)).json()
    reasons = [{"problem": one["number"], "reason": "Agreed"} for one in other["problems"]]
    await service.post(who, f"/returns/{other['id']}/explanations", {"reasons": reasons}, 200)
    await service.post(certifier, f"/returns/{other['id']}/certify", CERTIFICATE, 200)
    await service.post("lead", f"/returns/{other['id']}/accept", {}, 200)
    view = (await service.upload(as_csv([Typed(), Typed(reference="INV-2")]))).json()
    told = [one["message"] for one in view["problems"] if one["code"] == "claimed_before"]
    assert ["of award LI-OTHER-01" in message for message in told] == ([True] if recipient == OLDHAM else [])
    assert (LEEDS_POLICE in str(view), "LI-OTHER-01" in str(view)) == (False, recipient == OLDHAM)


async def _known(db: Db, recipient: str, own: UUID | None = None) -> KnownBefore:
    return await known_before(db, "LI-OLDHAM-01", recipient, parse_period("2025-26-Q3"), own, is_example=False)


async def test_every_file_that_was_sent_counts_but_only_accepted_lines(due: Service) -> None:
    first = (await due.upload(workbook(Typed()))).json()
    second = (await due.upload(workbook(Typed(), Typed(reference="INV-2")))).json()
    files = tuple(sorted(version["sha256"] for version in second["versions"]))
    async with looking(due.gate) as db:
        assert (await _known(db, OLDHAM)).returns == (EarlierReturn("LI-OLDHAM-01", "2025-26-Q2", files),)
        assert (await _known(db, LEEDS_POLICE)).returns == ()
    await _accept(due, second)
    async with looking(due.gate) as db:
        (kept,) = (await _known(db, OLDHAM)).returns
        own = await db.fetchval("SELECT id FROM spend_return")
        assert (kept.files, len(kept.lines)) == (files, 16)
        assert (await _known(db, OLDHAM, own)).returns == ()
    assert first["id"] == second["id"]
