"""The list of stolen passwords: every line of it is found, and nothing else."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.store.breached_passwords import NotAList, check, is_listed


def _line(password: str, count: int) -> bytes:
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    return f"{digest}:{count}".encode()


@given(
    listed=st.sets(st.text(min_size=1, max_size=8), min_size=1, max_size=40),
    others=st.sets(st.text(min_size=1, max_size=8), max_size=10),
    end=st.sampled_from([b"\n", b"\r\n"]),
    last=st.booleans(),
    counts=st.integers(1, 10**9),
)
def test_what_is_listed_is_found_and_nothing_else(
    tmp_path: Path, listed: set[str], others: set[str], end: bytes, last: bool, counts: int
) -> None:
    file = tmp_path / "listed.txt"
    lines = sorted(_line(password, counts % (number + 7)) for number, password in enumerate(listed))
    file.write_bytes(end.join(lines) + (end if last else b""))
    check(file)
    for password in listed:
        assert is_listed(file, password)
    for password in others - listed:
        assert not is_listed(file, password)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"0" * 32 + b":5\n", b"0" * 40 + b" 5\n", b"\x00" * 500])
def test_another_file_is_refused_at_the_start(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.txt"
    file.write_bytes(content)
    with pytest.raises(NotAList, match="no list of SHA-1 hashes"):
        check(file)
    with pytest.raises(NotAList, match="cannot be read"):
        check(tmp_path / "missing.txt")
