"""What takes letters: a real mail server, a server that speaks GOV.UK Notify's API, a folder; and what each says when it does not."""

import ssl
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.errors import Invalid
from grants.domain.letters import Letter, key_of
from grants.domain.notices import Notice
from grants.mail.folder import Folder
from grants.mail.message import message_of
from grants.mail.notify import Notify
from grants.mail.smtp import MailServer, Security, Server
from grants.mail.transport import Answer, Outcome
from tests.grants.mail.post import read
from tests.grants.mail.servers import NOTIFY_KEY, SECRET, TEMPLATE, mail_server, notify_server
from tests.server import free_port

LETTER = Letter("2025-11-03-reminder-1", "olive@council.example", "Spend return due", "Hello\n\n.\n..dots\nEnd\n")
SENDER = "no-reply@grants.example"


def soon() -> float:
    """In time."""
    return monotonic() + 60


def smtp(port: int, security: Security = Security.NONE, *who: str) -> MailServer:
    """A conversation partner."""
    return MailServer(Server("127.0.0.1", port, security, *who), SENDER)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this computer's address, and its key."""
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return folder


@pytest.fixture
def trusted(keys: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The certificate, which this process trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(keys / "cert.pem"))
    assert ssl.create_default_context().get_ca_certs()
    return keys


async def test_a_mail_server_takes_the_letter_as_it_is(tmp_path: Path) -> None:
    with mail_server(tmp_path) as box:
        answer = await smtp(box.port).hand_over(LETTER, soon())
        assert answer == Answer(Outcome.TAKEN)
        [taken] = box.arrived()
    envelope, _, content = taken.partition(b"\n")
    assert envelope == b"no-reply@grants.example -> olive@council.example tls=False"
    message = read(content)
    assert message.get_content().replace("\r\n", "\n") == LETTER.body
    assert (message["From"], message["To"]) == ("Tallystick <no-reply@grants.example>", LETTER.to)
    assert message["Subject"] == LETTER.subject
    assert message["Message-ID"] == "<2025-11-03-reminder-1@grants.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en-GB"
    assert not message.is_multipart()


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
async def test_a_conversation_is_private_and_signed_in(tmp_path: Path, trusted: Path, security: Security) -> None:
    with mail_server(tmp_path, f"{security}={trusted}", "auth=us:s3cret") as box:
        assert (await smtp(box.port, security, "us", "s3cret").hand_over(LETTER, soon())).outcome is Outcome.TAKEN
        assert box.arrived()[0].startswith(b"no-reply@grants.example -> olive@council.example tls=True\n")
        wrong = await smtp(box.port, security, "us", "wrong").hand_over(LETTER, soon())
        assert wrong.outcome is Outcome.NOT_TAKEN
        assert "535" in wrong.why
        assert len(box.arrived()) == 1


async def test_nothing_is_said_to_a_server_that_cannot_be_trusted(tmp_path: Path, keys: Path) -> None:
    with mail_server(tmp_path, f"starttls={keys}") as box:
        assert (await smtp(box.port, Security.STARTTLS).hand_over(LETTER, soon())).outcome is Outcome.NOT_TAKEN
        assert box.arrived() == []


async def test_a_server_that_offers_no_encryption_gets_no_letter(tmp_path: Path) -> None:
    with mail_server(tmp_path) as box:
        answer = await smtp(box.port, Security.STARTTLS, "us", "s3cret").hand_over(LETTER, soon())
        assert answer.outcome is Outcome.NOT_TAKEN
        assert box.arrived() == []


@pytest.mark.parametrize(
    ("option", "outcome", "code"),
    [
        ("rcpt=550", Outcome.REFUSED, "550"),
        ("rcpt=450", Outcome.NOT_TAKEN, "450"),
        ("data=554", Outcome.REFUSED, "554"),
        ("data=451", Outcome.NOT_TAKEN, "451"),
    ],
)
async def test_what_a_mail_server_refuses(tmp_path: Path, option: str, outcome: Outcome, code: str) -> None:
    """What it says is left out: it may hold the address."""
    with mail_server(tmp_path, option) as box:
        answer = await smtp(box.port).hand_over(LETTER, soon())
    assert answer.outcome is outcome
    assert code in answer.why
    assert "olive" not in answer.why


async def test_a_mail_server_that_takes_it_without_a_word_leaves_it_unclear(tmp_path: Path) -> None:
    with mail_server(tmp_path, "cut") as box:
        transport = smtp(box.port)
        assert (await transport.hand_over(LETTER, soon())).outcome is Outcome.UNCLEAR
        assert len(box.arrived()) == 1
        assert await transport.was_taken(LETTER.key) is None


async def test_a_mail_server_that_is_away_took_nothing(tmp_path: Path) -> None:
    answer = await smtp(free_port()).hand_over(LETTER, soon())
    assert answer.outcome is Outcome.NOT_TAKEN
    with mail_server(tmp_path) as box:
        assert (await smtp(box.port).hand_over(LETTER, monotonic() - 1)).outcome is Outcome.NOT_TAKEN
        assert box.arrived() == []


async def test_notify_takes_a_letter_and_knows_it_by_its_reference() -> None:
    with notify_server() as server:
        notify = Notify(NOTIFY_KEY, TEMPLATE, server.address)
        assert await notify.was_taken(LETTER.key) is False
        assert (await notify.hand_over(LETTER, soon())).outcome is Outcome.TAKEN
        assert await notify.was_taken(LETTER.key) is True
        assert await notify.was_taken("another") is False
        [taken] = server.taken
        assert (taken["email_address"], taken["personalisation"]) == (
            LETTER.to,
            {"subject": LETTER.subject, "body": LETTER.body},
        )
        await notify.close()


@pytest.mark.parametrize(
    ("does", "outcome", "count"),
    [
        (400, Outcome.NOT_TAKEN, 0),
        (403, Outcome.NOT_TAKEN, 0),
        (429, Outcome.NOT_TAKEN, 0),
        (500, Outcome.UNCLEAR, 0),
        (503, Outcome.UNCLEAR, 0),
        ("cut", Outcome.UNCLEAR, 1),
        ("slow", Outcome.TAKEN, 1),
    ],
)
async def test_what_notify_does_not_take(does: int | str, outcome: Outcome, count: int) -> None:
    with notify_server() as server:
        server.does = [does]
        notify = Notify(NOTIFY_KEY, TEMPLATE, server.address)
        answer = await notify.hand_over(LETTER, soon())
        assert answer.outcome is outcome
        assert "olive" not in answer.why
        assert await notify.was_taken(LETTER.key) is bool(count)
        server.finds = [500]
        assert await notify.was_taken(LETTER.key) is None
        await notify.close()


async def test_another_key_is_refused_by_notify_and_what_is_no_key_by_us() -> None:
    with notify_server() as server:
        other = Notify(NOTIFY_KEY.replace("3d844edf", "00000000"), TEMPLATE, server.address)
        assert (await other.hand_over(LETTER, soon())).outcome is Outcome.NOT_TAKEN
        assert server.taken == []
        assert await other.was_taken(LETTER.key) is None
        await other.close()
    for wrong in ("", "key", SECRET, NOTIFY_KEY[:-1]):
        with pytest.raises(Invalid):
            Notify(wrong, TEMPLATE, "https://notify.example")


async def test_notify_that_is_away_took_nothing() -> None:
    notify = Notify(NOTIFY_KEY, TEMPLATE, f"http://127.0.0.1:{free_port()}")
    assert (await notify.hand_over(LETTER, soon())).outcome is Outcome.NOT_TAKEN
    assert await notify.was_taken(LETTER.key) is None
    await notify.close()


async def test_a_folder_takes_a_letter_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    place = tmp_path / "some" / "where"
    folder = Folder(place, SENDER)
    assert await folder.was_taken(LETTER.key) is False
    assert (await folder.hand_over(LETTER, monotonic() - 1)).outcome is Outcome.NOT_TAKEN
    assert list(place.iterdir()) == []
    place.joinpath(f".{LETTER.key}.cut-off").write_text("half a letter")
    for _ in range(2):
        assert (await folder.hand_over(LETTER, soon())).outcome is Outcome.TAKEN
        assert await folder.was_taken(LETTER.key) is True
    [file] = place.iterdir()
    assert file.name == f"{LETTER.key}.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert read(file.read_bytes()).get_content().replace("\r\n", "\n") == LETTER.body


TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\0\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=300
)


@given(
    body=TEXT, subject=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=200)
)
def test_whatever_a_letter_says_arrives(body: str, subject: str) -> None:
    sent = Letter("k", "olive@council.example", subject, f"{body}\n")
    message = read(bytes(message_of(sent, SENDER)))
    assert message.get_content().replace("\r\n", "\n") == sent.body
    assert message["Subject"] == subject


@pytest.mark.parametrize("name", ["Grants", 'Grants, "new" & old – Côr', "x" * 60])
def test_the_service_s_name_is_who_a_letter_is_from(name: str) -> None:
    message = read(bytes(message_of(replace(LETTER, service=name), SENDER)))
    [sender] = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, SENDER)


@given(
    number=st.uuids(),
    notice=st.sampled_from(Notice),
    host=st.sampled_from(["a.b", "grants.example", "x" * 60 + ".example"]),
)
def test_an_identifier_stands_on_one_line(number: UUID, notice: Notice, host: str) -> None:
    key = key_of(notice, number, datetime(2025, 11, 3, tzinfo=UTC))
    message = bytes(message_of(Letter(key, "olive@council.example", "Due", "Hello\n"), f"no-reply@{host}"))
    assert f"\r\nMessage-ID: <{key}@{host}>\r\n".encode() in message


@pytest.mark.parametrize("end", ["\n", "\r\nBcc: eve@example.org", "\nTo: eve@example.org\n\nBoo"])
def test_a_subject_adds_no_header(end: str) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        message_of(Letter("k", "olive@council.example", f"Due{end}x", "Hello\n"), SENDER)
