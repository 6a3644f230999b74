"""The key of the checkpoints: made once, the same for all who share a folder, for its owner's eyes alone."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grants.domain.checkpoints import NotSigned, Signer
from grants.store.signing_key import FILE, signing_key


def test_it_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    first = signing_key(tmp_path)
    assert signing_key(tmp_path).text() == first.text()
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_two_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = {future.result().text() for future in [pool.submit(signing_key, tmp_path) for _ in range(8)]}
    assert len(made) == 1


def test_a_given_key_goes_before_the_folders(tmp_path: Path) -> None:
    given = Signer.new()
    assert signing_key(tmp_path, given.text()).text() == given.text()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(NotSigned, match="no private key"):
        signing_key(tmp_path, "a password")


@pytest.mark.parametrize("content", [b"", b"PRIVATE+KEY+", b"\xff\xfe"])
def test_a_spoilt_key_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(NotSigned, match="bring the file back"):
        signing_key(tmp_path)
    assert (tmp_path / FILE).read_bytes() == content
