"""Notices that failed, or may have arrived, go again because an administrator says so, once each time, and never by themselves."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from grants.actions.people import SCHEDULER
from grants.domain.access import Role
from grants.domain.errors import TallystickError
from grants.store.people import actor_by_email
from tests.database import Database
from tests.grants.mail.post import Post, rows
from tests.grants.mail.servers import mail_server, notify_server
from tests.grants.mail.test_postman import to_mail_server, to_notify
from tests.grants.test_cli import Run, in_process  # noqa: F401  a fixture
from tests.grants.web.joining import join, person
from tests.importers.test_doors import workbook
from tests.service import Clock, Service


@pytest.fixture
def clock() -> Clock:
    """The day on which the second quarter's round opens."""
    return Clock(datetime(2025, 10, 1, 9, tzinfo=UTC))


@pytest.fixture
async def post(service: Service, tmp_path: Path) -> Post:
    """The post of a service whose one letter may have arrived, and nobody knows."""
    await service.award()
    await service.open_round()
    found = Post(service.gate, tmp_path / "letters")
    with mail_server(tmp_path / "box", "cut") as box:
        await to_mail_server(found, box.port).look()
        assert len(box.arrived()) == 1
    return found


async def _listed(service: Service, state: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await service.get("administrator", f"/outbox?state={state}"))["items"]
    return found


async def test_an_uncertain_notice_goes_again_once_and_is_on_the_record(service: Service, post: Post) -> None:
    [stuck] = await _listed(service, "uncertain")
    again = f"/outbox/{stuck['id']}/send-again"
    for who in ("lead", "auditor", "officer", "certifier", "approver"):
        await service.post(who, again, status=403)
    waiting = await service.post("administrator", again, status=200)
    assert (waiting["state"], waiting["again"], waiting["attempts"], waiting["to"]) == ("waiting", 1, 0, None)
    assert (await service.post("administrator", again, status=409))["code"] == "notice_state"
    assert await post.new() == [("return_due-2", "officer")]
    assert await post.new() == []
    assert (await service.post("administrator", again, status=409))["code"] == "notice_state"
    recorded = (await service.get("auditor", f"/journal?subject={stuck['id']}"))["items"]
    assert [(one["deed"], one["before"], one["after"]) for one in recorded] == [
        ("manage_people", {"state": "uncertain"}, {"what": "return_due", "again": 1})
    ]


async def test_a_notice_that_goes_again_by_notify_is_another_letter_to_it(service: Service, post: Post) -> None:
    with notify_server() as server:
        notify = to_notify(post, server.address)
        for _ in range(2):
            async with service.gate.deed(SCHEDULER) as tx:
                await tx.db.execute("UPDATE outbox SET state = 'failed', ended_at = coalesce(ended_at, $1)", tx.now)
            [failed] = await _listed(service, "failed")
            await service.post("administrator", f"/outbox/{failed['id']}/send-again", status=200)
            assert await notify.look() == 1
        assert list(server.arrived.values()) == [1, 1]
        await notify.more["notify"].close()


async def test_what_is_no_longer_true_does_not_go_again(service: Service, post: Post) -> None:
    [stuck] = await _listed(service, "uncertain")
    await service.upload(workbook())
    found = (await service.get("lead", "/returns"))["items"][0]["id"]
    certificate = {"name": "A. Treasurer", "role": "Section 151 officer", "declaration": True}
    await service.post("certifier", f"/returns/{found}/certify", certificate, 200)
    await service.post("administrator", f"/outbox/{stuck['id']}/send-again", status=200)
    assert not [what for what, _ in await post.new() if what.startswith("return_due")]
    assert [one["state"] for one in await rows(post.gate, "what = 'return_due'")] == ["dropped"]


async def test_an_invitation_is_made_anew_and_a_strangers_notice_is_not_there(service: Service, post: Post) -> None:
    someone = await person(service, "officer")
    await service.post("administrator", f"/people/{someone['id']}/invitations", {"purpose": "join"}, 201)
    async with service.gate.deed(SCHEDULER) as tx:
        await tx.db.execute("UPDATE outbox SET state = 'failed', ended_at = $1, sealed = NULL", tx.now)
    [invitation] = [one for one in await _listed(service, "failed") if one["what"] == "invitation"]
    refused = await service.post("administrator", f"/outbox/{invitation['id']}/send-again", status=409)
    assert refused["code"] == "invitation"
    await service.post("administrator", f"/outbox/{someone['id']}/send-again", status=404)
    await join(service, "pretender", (Role.ADMINISTRATOR, None), is_example=True)
    [real] = [one for one in await _listed(service, "failed") if one["what"] == "return_due"]
    assert (await service.post("pretender", f"/outbox/{real['id']}/send-again", status=403))["code"] == "example_person"


async def test_postgresql_lets_administrators_alone_send_again(service: Service, post: Post) -> None:
    [stuck] = await rows(post.gate)
    async with service.gate.reading(SCHEDULER) as view:
        lead = await actor_by_email(view.db, "lead@example.org")
    assert lead is not None
    with pytest.raises((asyncpg.PostgresError, TallystickError)):
        async with service.gate.deed(lead) as tx:
            await tx.db.fetchval("SELECT send_again($1, now())", stuck["id"])
    assert [row["state"] for row in await rows(post.gate)] == ["uncertain"]


def test_from_the_operators_terminal(
    fresh_database: Database,
    in_process: Run,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    service: Service,
    post: Post,
) -> None:
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", fresh_database.service_dsn)
    told = in_process("outbox", "list", "--state", "uncertain")
    [line] = told.stdout.splitlines()
    assert "uncertain  return_due  officer@example.org" in line
    sent = in_process("outbox", "send-again", line.split()[0])
    assert (sent.returncode, sent.stdout) == (0, "")
    assert in_process("outbox", "list", "--state", "uncertain").stdout == ""
    again = in_process("outbox", "send-again", line.split()[0])
    assert again.returncode == 1
    assert again.stderr.startswith("Only a notice that failed")
