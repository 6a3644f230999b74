"""Checkpoints: the published format, and nothing that was changed, cut or signed by another passes."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from grants.domain.checkpoints import Head, NotSigned, Signer, Verifier

AT = datetime(2025, 11, 3, 9, 30, tzinfo=UTC)
SIGNER = Signer("tallystick/journal", bytes(range(32)))
NOTE = SIGNER.signed(Head(40, bytes(range(32)), AT, 812))

GO_KEY: Final = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
"""The public key of the example in the documentation of golang.org/x/mod/sumdb/note."""


def test_the_text_is_that_of_the_format() -> None:
    lines = NOTE.split("\n")
    assert lines[:5] == [
        "tallystick/journal",
        "40",
        base64.b64encode(bytes(range(32))).decode(),
        "time 2025-11-03T09:30:00.000000+00:00",
        "entry 812",
    ]
    assert lines[5] == lines[7] == ""
    assert lines[6].startswith("— tallystick/journal ")
    blob = base64.b64decode(lines[6].split(" ")[2])
    assert len(blob) == 68
    assert blob[:4] == SIGNER.verifier.key_id


def test_keys_are_written_as_others_write_them() -> None:
    assert Verifier.from_text(GO_KEY).text() == GO_KEY
    assert Verifier.from_text(GO_KEY + "\n").key_id.hex() == "c74f20a3"


def test_a_note_that_another_program_signed_is_read() -> None:
    """The example of the same documentation: its signature holds, and the text is then found to be no checkpoint."""
    note = (
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    with pytest.raises(NotSigned, match="no checkpoint"):
        Verifier.from_text(GO_KEY).opened(note)
    with pytest.raises(NotSigned, match="changed"):
        Verifier.from_text(GO_KEY).opened(note.replace("think", "thick"))


heads = st.builds(
    Head,
    st.integers(0, 10**17),
    st.binary(min_size=32, max_size=32),
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001
    st.integers(0, 10**17),
)


@given(heads, st.binary(min_size=32, max_size=32))
def test_what_was_signed_is_what_is_opened(head: Head, seed: bytes) -> None:
    signer = Signer("tallystick/journal", seed)
    assert Signer.from_text(signer.text()).verifier == Verifier.from_text(signer.verifier.text()) == signer.verifier
    assert signer.verifier.opened(signer.signed(head)) == head


@given(st.integers(0, len(NOTE) - 1), st.characters(exclude_categories=["Cs"]))
def test_no_letter_can_be_changed(place: int, letter: str) -> None:
    assume(NOTE[place] != letter)
    changed = NOTE[:place] + letter + NOTE[place + 1 :]
    try:
        assert SIGNER.verifier.opened(changed) == SIGNER.verifier.opened(NOTE)
        assert place > NOTE.index("— ")  # base64 has spare bits at its end: the text that was signed is the same
    except NotSigned:
        pass


@given(st.integers(0, len(NOTE) - 1))
def test_no_part_passes_for_the_whole(size: int) -> None:
    with pytest.raises(NotSigned):
        SIGNER.verifier.opened(NOTE[:size])


def test_another_key_signs_nothing_of_ours() -> None:
    other = Signer.new()
    with pytest.raises(NotSigned, match="another key"):
        SIGNER.verifier.opened(other.signed(Head(40, bytes(32), AT, 812)))
    namesake = Verifier(SIGNER.verifier.name, other.verifier.public)
    with pytest.raises(NotSigned, match="another key"):
        namesake.opened(NOTE)


def test_a_witness_may_sign_too() -> None:
    witnessed = NOTE + "— witness.example " + base64.b64encode(bytes(68)).decode() + "\n"
    assert SIGNER.verifier.opened(witnessed).size == 40


@pytest.mark.parametrize(
    "text", ["", "x", "a+b+c", GO_KEY[:-1], GO_KEY.replace("c74", "c75"), "a b+" + GO_KEY, "PRIVATE+KEY+" + GO_KEY]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(NotSigned, match="no"):
        Verifier.from_text(text)
    with pytest.raises(NotSigned, match="no"):
        Signer.from_text(text)


def test_a_secret_key_is_not_shown_by_accident() -> None:
    secret = SIGNER.text().split("+")[-1]
    assert secret not in repr(SIGNER)
    assert Signer.new().text() != Signer.new().text()


def test_a_time_elsewhere_is_the_same_moment() -> None:
    local = Head(1, bytes(32), AT.astimezone(datetime.now().astimezone().tzinfo) + timedelta(0), 0)
    assert SIGNER.verifier.opened(SIGNER.signed(local)).at == AT
