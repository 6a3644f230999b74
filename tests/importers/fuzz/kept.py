"""The file of a failing example, kept to be opened: the last one of a test is its smallest."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pprint import pformat

from hypothesis import note

from tests.importers.fuzz.model import Sent

FOLDER = Path(".hypothesis", "returns")


@contextmanager
def kept(name: str, data: bytes, sent: Sent) -> Iterator[None]:
    """Keeps the file and what it was held against where the block fails, and says where."""
    try:
        yield
    except AssertionError:
        FOLDER.mkdir(parents=True, exist_ok=True)
        path = FOLDER / f"{name}.{sent.form}"
        path.write_bytes(data)
        path.with_suffix(".txt").write_text(pformat(sent.context) + "\n", encoding="utf-8")
        note(f"The file is {path}; its award is beside it.")
        raise
