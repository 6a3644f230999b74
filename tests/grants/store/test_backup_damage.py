"""Backups that are damaged, forged or of another kind: refused in one sentence, and nothing changed."""

import hashlib
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from grants.store.backup import BackupError, restore
from grants.store.migrate import newest
from tests.database import Database
from tests.grants.full_record import contents


@contextmanager
def rewritten(source: Path, path: Path, change: Any) -> Iterator[Path]:
    """A copy of a backup, well formed as a zip, with some parts changed by `change(name, content)`; None drops a part."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    yield path


async def test_no_damage_changes_anything(full_backup: Path, fresh_database: Database, tmp_path: Path) -> None:
    whole = full_backup.read_bytes()
    before = await contents(fresh_database.owner_dsn)
    chance = random.Random(1)
    damaged = tmp_path / "damaged"
    with zipfile.ZipFile(full_backup) as file:
        inside = [(starts_at(whole, info.header_offset), info.compress_size) for info in file.infolist()]
    for _ in range(60):
        start, size = chance.choice(inside)
        at = start + chance.randrange(size)
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
        if not same_parts(full_backup, damaged):
            await refused(fresh_database, damaged)
    for size in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        damaged.write_bytes(whole[:size])
        await refused(fresh_database, damaged)
    assert await contents(fresh_database.owner_dsn) == before


def same_parts(one: Path, other: Path) -> bool:
    """Whether both hold the same: compressed data end with bits that mean nothing."""
    try:
        with zipfile.ZipFile(one) as first, zipfile.ZipFile(other) as second:
            return all(first.read(name) == second.read(name) for name in first.namelist())
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return False


def starts_at(whole: bytes, header: int) -> int:
    """Where a member's bytes begin: after its header, its name and what else the header brings."""
    name, extra = struct.unpack_from("<HH", whole, header + 26)
    return header + 30 + int(name) + int(extra)


async def refused(database: Database, path: Path) -> None:
    """Fails unless the file is refused, in one sentence that names it."""
    with pytest.raises(BackupError, match=path.name) as refusal:
        await restore(database.owner_dsn, path)
    assert "\n" not in str(refusal.value)


def forged(table: str, old: bytes, new: bytes) -> Any:
    """A change that a forger makes: the part and what the manifest says of it."""

    def change(name: str, content: bytes) -> bytes:
        if name == f"{table}.copy":
            assert old in content
            return content.replace(old, new, 1)
        return content

    return change


def agreeing(path: Path, made: Path) -> None:
    """Writes the manifest anew, so that only the rows themselves can tell."""
    with zipfile.ZipFile(path) as file:
        manifest = json.loads(file.read("manifest.json"))
        for part in manifest["parts"]:
            content = file.read(f"{part['table']}.copy")
            part |= {
                "sha256": hashlib.sha256(content).hexdigest(),
                "size_bytes": len(content),
                "rows": content.count(b"\n"),
            }

    def change(name: str, content: bytes) -> bytes:
        return json.dumps(manifest).encode() if name == "manifest.json" else content

    with rewritten(path, made, change):
        pass


@pytest.mark.parametrize(
    ("table", "old", "new", "says"),
    [
        ("position", b"line:CAID:2025-26\trdel_programme\tline\tCAID\t2025-26\t5", b"line:CAID:2025-26\trdel_programme\tline\tCAID\t2025-26\t4", "line:CAID:2025-26"),
        ("award_cover", b"\t10000000\t", b"\t10000001\t", "LI-OLDHAM-01"),
        ("ledger_head", b"t\t", b"t\t1", "heads"),
        ("journal_head", b"t\t", b"t\t1", "heads"),
        ("entry", b"source\tline:CAID:2025-26\t5", b"source\tline:CAID:2025-26\t6", "line:CAID:2025-26"),
        ("entry", b"source\tline:CAID:2025-26", b"source\tline:CAID:2026-27", "refused"),
        ("person", b"\n", b"\tone too many\n", "refused"),
    ],
)  # fmt: skip
async def test_figures_that_do_not_add_up_are_not_kept(
    full_backup: Path, fresh_database: Database, tmp_path: Path, table: str, old: bytes, new: bytes, says: str
) -> None:
    before = await contents(fresh_database.owner_dsn)
    with rewritten(full_backup, tmp_path / "forged", forged(table, old, new)):
        agreeing(tmp_path / "forged", tmp_path / "agreeing")
    with pytest.raises(BackupError, match=says):
        await restore(fresh_database.owner_dsn, tmp_path / "agreeing")
    assert await contents(fresh_database.owner_dsn) == before


async def test_a_part_too_few_or_a_promise_not_kept_is_refused(
    full_backup: Path, fresh_database: Database, tmp_path: Path
) -> None:
    def without(name: str, content: bytes) -> bytes | None:
        return None if name == "entry.copy" else content

    with rewritten(full_backup, tmp_path / "fewer", without) as path:
        await refused(fresh_database, path)

    def fewer_promised(name: str, content: bytes) -> bytes:
        if name != "manifest.json":
            return content
        manifest = json.loads(content)
        manifest["parts"].pop()
        return json.dumps(manifest).encode()

    with (
        rewritten(full_backup, tmp_path / "promised", fewer_promised) as path,
        pytest.raises(BackupError, match="tables"),
    ):
        await restore(fresh_database.owner_dsn, path)

    def from_tomorrow(name: str, content: bytes) -> bytes:
        return b'{"format": "tallystick-backup 9"}' if name == "manifest.json" else content

    with (
        rewritten(full_backup, tmp_path / "tomorrow", from_tomorrow) as path,
        pytest.raises(BackupError, match="backup 9"),
    ):
        await restore(fresh_database.owner_dsn, path)


async def test_a_backup_of_another_schema_is_refused(
    full_backup: Path, fresh_database: Database, tmp_path: Path
) -> None:
    def older(name: str, content: bytes) -> bytes:
        return content.replace(f'"schema": "{newest()}"'.encode(), b'"schema": "0000"')

    with rewritten(full_backup, tmp_path / "older", older) as path, pytest.raises(BackupError, match="0000"):
        await restore(fresh_database.owner_dsn, path)
