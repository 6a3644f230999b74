"""The outbox: each notice once, whoever sends it and however often; failures tried again ever later, and told; nothing kept too long."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from structlog.testing import capture_logs

from grants.actions.invitations import invite
from grants.actions.notices import LEASE, MAX_ATTEMPTS, delay_after
from grants.actions.people import OPERATOR, SCHEDULER, add_person
from grants.domain.access import Role
from grants.domain.errors import TallystickError
from grants.mail.notify import Notify
from grants.mail.smtp import MailServer, Security, Server
from grants.store.people import actor_by_email
from tests.database import Database
from tests.grants.mail.post import SENDER, Post, rows
from tests.grants.mail.servers import NOTIFY_KEY, TEMPLATE, mail_server, notify_server
from tests.grants.web.joining import join, person
from tests.server import free_port
from tests.service import ADDRESS, LEEDS_POLICE, OLDHAM, Clock, Service


@pytest.fixture
def clock() -> Clock:
    """The day on which the second quarter's round opens."""
    return Clock(datetime(2025, 10, 1, 9, tzinfo=UTC))


@pytest.fixture
async def post(service: Service, tmp_path: Path) -> Post:
    """The post of a service that has told one officer of one return."""
    await service.award()
    await service.open_round()
    return Post(service.gate, tmp_path / "letters")


def to_mail_server(post: Post, port: int) -> Post:
    """The same post by a mail server."""
    transport = MailServer(Server("127.0.0.1", port, Security.NONE), SENDER)
    return Post(post.gate, post.folder, usual="smtp", more={"smtp": transport})


def to_notify(post: Post, address: str) -> Post:
    """The same post by GOV.UK Notify."""
    return Post(post.gate, post.folder, usual="notify", more={"notify": Notify(NOTIFY_KEY, TEMPLATE, address)})


async def test_many_postmen_send_each_notice_once(service: Service, post: Post) -> None:
    async with service.gate.deed(OPERATOR) as tx:
        for number in range(20):
            await add_person(tx, f"officer{number}@example.org", "", [(Role.FINANCE_OFFICER, [OLDHAM])])
    service.clock.now = datetime(2025, 10, 14, 9, tzinfo=UTC)
    with notify_server() as server:
        posts = [to_notify(post, server.address) for _ in range(3)]
        counts = await asyncio.gather(*(one.look() for one in posts))
        assert sum(counts) == 22  # the first officer's of 1 October, too
        assert set(server.arrived.values()) == {1}
        assert len(server.arrived) == 22
        for one in posts:
            await one.more["notify"].close()


async def test_a_failure_is_tried_again_ever_later_and_in_the_end_told(service: Service, post: Post) -> None:
    away = to_mail_server(post, free_port())
    service.clock.now = datetime(2025, 10, 1, 9, tzinfo=UTC)
    waited, row = timedelta(), (await rows(post.gate))[0]
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with capture_logs() as logs:
            await away.look()
            await away.look()
        [log] = [entry for entry in logs if entry["event"] == "notice_not_sent"]
        assert "@" not in str(log)
        [row] = await rows(post.gate, "what = 'return_due'")
        assert row["attempts"] == attempt
        if attempt < MAX_ATTEMPTS:
            assert (row["state"], row["not_before"] - service.clock.now) == ("waiting", delay_after(attempt))
            waited += delay_after(attempt)
            service.clock.now = row["not_before"]
    assert timedelta(days=3) < waited < timedelta(days=7)
    assert (row["state"], row["ended_at"]) == ("failed", service.clock.now)
    service.clock.forward(days=1)
    await away.look()
    shown = await service.get("administrator", "/outbox?state=failed")
    assert [(one["what"], one["attempts"], one["to"]) for one in shown["items"]] == [
        ("return_due", MAX_ATTEMPTS, "officer@example.org")
    ]
    assert "given up after 12 attempts" in shown["items"][0]["failure"]


async def test_an_address_that_is_refused_is_not_tried_again(post: Post, tmp_path: Path) -> None:
    with mail_server(tmp_path / "box", "rcpt=550") as box:
        await to_mail_server(post, box.port).look()
    [row] = await rows(post.gate)
    assert (row["state"], row["attempts"]) == ("failed", 1)
    assert "550" in row["failure"]
    assert "officer" not in row["failure"]


async def test_a_letter_that_a_mail_server_may_have_taken_is_not_sent_again_but_told(
    service: Service, post: Post, tmp_path: Path
) -> None:
    with mail_server(tmp_path / "box", "cut") as box:
        for _ in range(3):
            await to_mail_server(post, box.port).look()
            service.clock.forward(minutes=10)
        assert len(box.arrived()) == 1
    [shown] = (await service.get("administrator", "/outbox?state=uncertain"))["items"]
    assert "not sent again" in shown["failure"]


@pytest.mark.parametrize(("does", "arrives_at_once"), [("cut", True), (500, False)])
async def test_notify_is_asked_before_a_letter_is_sent_again(
    service: Service, post: Post, does: int | str, arrives_at_once: bool
) -> None:
    with notify_server() as server:
        server.does, server.finds = [does], [503, 200]
        notify = to_notify(post, server.address)
        assert await notify.look() == 0
        assert sum(server.arrived.values()) == arrives_at_once
        for _ in range(3):
            [row] = await rows(post.gate)
            assert row["state"] == "sending"
            await notify.look()
            service.clock.forward(minutes=3)
        service.clock.forward(minutes=6)
        await notify.look()
        [row] = await rows(post.gate)
        assert (row["state"], list(server.arrived.values())) == ("sent", [1])
        await notify.more["notify"].close()


async def test_what_a_stopped_sender_left_is_found_out_when_its_lease_ends(service: Service, post: Post) -> None:
    """By hand: claimed and not handed over; claimed and handed over; claimed so long ago that nobody knows any more."""
    async with service.gate.deed(SCHEDULER) as tx:
        await tx.db.execute(
            "UPDATE outbox SET state = 'sending', fence = 1, attempts = 1, transport = 'folder', handed_over_at = $1, lease_until = $2",
            tx.now,
            tx.now + LEASE,
        )
    assert await post.look() == 0
    service.clock.forward(minutes=5)
    assert await post.look() == 1
    [row] = await rows(post.gate)
    assert (row["state"], row["attempts"], row["fence"]) == ("sent", 2, 3)
    [file] = list(post.folder.iterdir())
    written = file.stat().st_mtime_ns
    for days, state in ((0, "sent"), (7, "uncertain")):
        async with service.gate.deed(SCHEDULER) as tx:
            await tx.db.execute(
                "UPDATE outbox SET state = 'sending', handed_over_at = $1, lease_until = $1, ended_at = NULL", tx.now
            )
        service.clock.forward(days=days)
        assert await post.look() == 0
        assert (await rows(post.gate, "what = 'return_due'"))[0]["state"] == state
    assert file.stat().st_mtime_ns == written


async def test_what_is_an_example_goes_to_the_folder_alone(service: Service, post: Post) -> None:
    genuine = {name: service.tokens[name] for name in ("lead", "approver")}
    for name, role in (("lead", Role.PROGRAMME_LEAD), ("approver", Role.APPROVER)):
        await join(service, f"example_{name}", (role, None), is_example=True)
        service.tokens[name] = service.tokens[f"example_{name}"]
    await join(service, "example_officer", (Role.FINANCE_OFFICER, [OLDHAM]), is_example=True)
    await service.award("LI-EXAMPLE-01")
    service.tokens |= genuine
    await to_mail_server(post, free_port()).look()
    assert post.told() == [("return_due", "example_officer"), ("return_due", "officer")]
    assert all("LI-EXAMPLE-01" in text for _, _, text in post.letters())
    found = [(row["transport"], row["state"], row["is_example"]) for row in await rows(post.gate)]
    assert sorted(found) == [("folder", "sent", True), ("folder", "sent", True), ("smtp", "waiting", False)]


async def test_an_invitation_is_sent_once_and_its_link_is_kept_sealed_until_then(
    service: Service, post: Post, fresh_database: Database
) -> None:
    site = service.client.app.state.site
    someone = await person(service, "officer")
    made = await service.post("administrator", f"/people/{someone['id']}/invitations", {"purpose": "join"}, 201)
    [row] = await rows(post.gate, "what = 'invitation'")
    secret = made["link"].rpartition("/")[2]
    assert row["sealed"] is not None
    assert secret.encode() not in row["sealed"]
    post.key = site.link_key
    await post.look()
    [text] = [text for what, to, text in post.letters() if (what, to) == ("invitation", someone["email"])]
    assert made["link"] in text
    [row] = await rows(post.gate, "what = 'invitation'")
    assert (row["state"], row["sealed"]) == ("sent", None)
    assert (await service.ask(None, "GET", f"/invitation/{secret}")).status_code == 200
    shown = (await service.ask("administrator", "GET", "/outbox")).text
    assert secret not in shown


async def test_where_the_service_sends_mail_nobody_else_sees_a_link(service: Service, post: Post) -> None:
    object.__setattr__(service.client.app.state.site, "sends_mail", True)
    someone = await person(service, "officer")
    made = await service.post("administrator", f"/people/{someone['id']}/invitations", {"purpose": "join"}, 201)
    assert made == {"link": None}
    post.key = b"another key of the service's own"
    await post.look()
    [row] = await rows(post.gate, "what = 'invitation'")
    assert (row["state"], row["sealed"]) == ("dropped", None)


async def test_an_invitation_that_was_replaced_is_not_sent(service: Service, post: Post) -> None:
    someone = UUID((await person(service, "officer"))["id"])
    async with service.gate.deed(OPERATOR) as tx:
        links = [await invite(tx, someone, "join", ADDRESS, post.key) for _ in range(2)]
    await post.look()
    [text] = [text for what, _, text in post.letters() if what == "invitation"]
    assert links[1] in text
    assert links[0] not in text


async def test_addresses_are_forgotten_and_that_something_was_sent_is_not(service: Service, post: Post) -> None:
    await post.look()
    service.clock.forward(days=89)
    await post.look()
    [row] = await rows(post.gate, "what = 'return_due'")
    assert row["address"] == "officer@example.org"
    service.clock.forward(days=2)
    await post.look()
    [row] = await rows(post.gate, "what = 'return_due'")
    assert (row["state"], row["address"]) == ("sent", None)


async def test_administrators_page_through_the_outbox_and_others_do_not_see_it(service: Service, post: Post) -> None:
    async with service.gate.deed(OPERATOR) as tx:
        for number in range(4):
            await add_person(tx, f"officer{number}@example.org", "", [(Role.FINANCE_OFFICER, [OLDHAM])])
    service.clock.now = datetime(2025, 10, 14, 9, tzinfo=UTC)
    await post.look()
    found, after = [], ""
    while after is not None:
        page = await service.get("administrator", f"/outbox?limit=2{after and '&after=' + after}")
        found += [one["id"] for one in page["items"]]
        after = page["next"]
    assert len(found) == len(set(found)) == 6
    for who in ("lead", "auditor", "officer", "certifier", "approver"):
        await service.get(who, "/outbox", 403)
    await service.get("administrator", "/outbox?after=bm9uZQ", 400)


async def test_postgresql_takes_notices_only_from_their_own_functions(
    service: Service, post: Post, fresh_database: Database
) -> None:
    async with service.gate.reading(SCHEDULER) as view:
        stranger = await actor_by_email(view.db, "foreign_officer@example.org")
        administrator = await actor_by_email(view.db, "administrator@example.org")
        found = await view.db.fetchval("SELECT id FROM spend_return")
    assert stranger is not None
    assert administrator is not None
    queue = "SELECT queue_notices('accepted', ARRAY[$1::uuid], 'v1', ARRAY['finance_officer'], '{}', now())"
    for actor, attempt, values in (
        (stranger, queue, (found,)),
        (stranger, "SELECT queue_invitation($1, 'x', now())", (found,)),
        (OPERATOR, "INSERT INTO outbox (id) VALUES ($1)", (found,)),
        (SCHEDULER, "DELETE FROM outbox WHERE about = $1", (found,)),
    ):
        with pytest.raises((asyncpg.PostgresError, TallystickError)):
            async with service.gate.deed(actor) as tx:
                await tx.db.execute(attempt, *values)
    async with service.gate.deed(administrator) as tx:
        assert await tx.db.execute("UPDATE outbox SET address = 'eve@example.org'") == "UPDATE 0"
        assert not await tx.db.fetchval("SELECT is_told($1, $2, ARRAY['certifier'])", found, administrator.id)
    async with service.gate.deed(stranger) as tx:
        assert await tx.db.fetchval("SELECT count(*) FROM outbox") == 0
    assert len(await rows(post.gate)) == 1
    assert LEEDS_POLICE not in str(await rows(post.gate))
