"""What a real service gives to an auditor, proved away from it: all of it holds, and no bit of it can be changed unnoticed."""

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from grants.domain.checkpoints import Signer
from tests.database import Database
from tests.reports.offline.verifier import FILE, run, said
from tests.service import PEOPLE, Service

HOSTILE = 'Needed "now" \\ é £ 😀 \u2028 \x7f \x1b[2J and\ta tab\nand a line'


@dataclass
class Taken:
    """What the auditor has taken away, in a folder."""

    service: Service
    folder: Path
    key: str

    async def take(self, name: str, path: str) -> Path:
        answer = await self.service.ask("auditor", "GET", path)
        assert answer.status_code == 200, answer.text
        file = self.folder / name
        file.write_bytes(answer.content)
        return file

    async def note(self, name: str) -> Path:
        """The journal's head now, as a file."""
        file = self.folder / name
        file.write_text(
            (await self.service.get("auditor", "/journal/checkpoint"))["note"], encoding="utf-8", newline=""
        )
        return file

    async def more(self, reason: str = "Needed") -> Any:
        """One more deed: a proposal, whose reason somebody has typed."""
        body = {"year": "2025-26", "pence": 100, "reason": reason}
        return await self.service.post("lead", "/funding-lines/CAID/allocations", body, 201)


@pytest.fixture
async def taken(service: Service, tmp_path: Path) -> Taken:
    """An auditor with the public key, and a journal in which somebody has typed what could break a file or a terminal."""
    folder = tmp_path / "auditor"
    folder.mkdir()
    found = Taken(service, folder, (await service.get("auditor", "/journal/checkpoint"))["key"])
    await found.more(HOSTILE)
    return found


async def newest(taken: Taken) -> int:
    size: int = (await taken.service.get("auditor", "/journal/checkpoint"))["size"]
    return size


async def test_a_record_with_its_words_is_proved_by_a_process_that_has_nothing_of_the_project(taken: Taken) -> None:
    number = await newest(taken)
    extract = await taken.take("extract.json", f"/journal/extract?record={number}")
    answer = run(taken.folder, extract.name, "--key", taken.key)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert f"Record {number} is in the journal" in answer.stdout
    assert "programme_lead" in answer.stdout
    assert answer.stdout.endswith("All of it holds.\n")
    assert 'reason: Needed "now" \\ é £ 😀' in answer.stdout
    assert "\x1b" not in answer.stdout, "words steer no terminal"


async def test_an_entry_is_proved_with_its_pence(taken: Taken) -> None:
    newest_entry = (await taken.service.get("auditor", "/journal/checkpoint"))["entry_no"]
    for entry in (1, newest_entry):
        extract = await taken.take("extract.json", f"/journal/extract?entry={entry}")
        code, told = said(extract, "--key", taken.key)
        assert code == 0, told
        assert f"entry {entry}: " in told
        assert "pence " in told


async def test_all_records_of_a_subject_are_proved(taken: Taken) -> None:
    proposed = await taken.more()
    approve = f"/decisions/{proposed['id']}/approve"
    await taken.service.post("approver", approve, {"reason": "Agreed"}, 200)
    extract = await taken.take("extract.json", f"/journal/extract?subject={proposed['id']}")
    code, told = said(extract, "--key", taken.key)
    assert code == 0, told
    assert told.count("is in the journal of that checkpoint") == len(json.loads(extract.read_text())["records"]) == 2


async def test_every_leaf_is_proved_and_names_nobody(taken: Taken) -> None:
    earlier = await taken.note("earlier.txt")
    await taken.more()
    leaves = await taken.take("leaves.ndjson", "/journal/leaves")
    answer = run(taken.folder, leaves.name, "--key", taken.key, "--checkpoint", earlier.name)
    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.count("leaves and their entries are those of") == 2
    assert "Needed" not in leaves.read_text(encoding="utf-8")


async def test_leaves_that_are_cut_changed_moved_or_too_few_do_not_hold(taken: Taken) -> None:
    leaves = await taken.take("leaves.ndjson", "/journal/leaves")
    await taken.more()
    later = await taken.note("later.txt")
    lines = leaves.read_bytes().splitlines(keepends=True)
    assert said(leaves, "--key", taken.key, "--checkpoint", later)[0] == 1, "the later checkpoint has one more"
    for wrong in (
        lines[:-1],
        [lines[0], *lines[2:]],
        [lines[0], lines[2], lines[1], *lines[3:]],
        [*lines, lines[-1]],
        [*lines[:-1], lines[-1][:-1]],
        [*lines[:2], lines[2].replace(b"ACTION", b"ACTIOM").replace(b"deed", b"dead"), *lines[3:]],
    ):
        leaves.write_bytes(b"".join(wrong))
        code, told = said(leaves, "--key", taken.key)
        assert code == 1, told


async def test_two_checkpoints_are_joined_by_a_proof_and_by_nothing_else(taken: Taken) -> None:
    older = await taken.note("older.txt")
    size = await newest(taken)
    for _ in range(5):
        await taken.more()
    newer = await taken.note("newer.txt")
    proof = await taken.take("proof.json", f"/journal/consistency?from={size}")
    answer = run(taken.folder, "--key", taken.key, "--checkpoint", older.name, newer.name, "--consistency", proof.name)
    assert answer.returncode == 0, answer.stdout
    assert f"The journal of {size + 5} records begins with that of {size}, unchanged" in answer.stdout
    assert said("--key", taken.key, "--checkpoint", older, newer)[0] == 2
    other = await taken.take("other.json", f"/journal/consistency?from={size}&to={size + 4}")
    assert said("--key", taken.key, "--checkpoint", older, newer, "--consistency", other)[0] == 1
    same = await taken.take("same.json", f"/journal/consistency?from={size}&to={size}")
    assert said("--key", taken.key, "--checkpoint", older, newer, "--consistency", same)[0] == 1
    assert said("--key", taken.key, "--checkpoint", older, "--consistency", same)[0] == 0


async def test_an_extract_is_held_against_a_checkpoint_that_was_kept_before(taken: Taken) -> None:
    kept, size = await taken.note("kept.txt"), await newest(taken)
    await taken.more()
    extract = await taken.take("extract.json", "/journal/extract?record=1")
    assert said(extract, "--key", taken.key, "--checkpoint", kept)[0] == 2, "nothing joins the two"
    proof = await taken.take("proof.json", f"/journal/consistency?from={size}")
    assert said(extract, "--key", taken.key, "--checkpoint", kept, "--consistency", proof)[0] == 0


async def test_no_bit_of_what_was_taken_can_be_changed_unnoticed(taken: Taken) -> None:
    """Every bit of small files would take minutes: hundreds are drawn, and each place of each file may be drawn."""
    size = await newest(taken)
    older = await taken.note("older.txt")
    await taken.more()
    newer = await taken.note("newer.txt")
    extract = await taken.take("extract.json", f"/journal/extract?record={size}")
    leaves = await taken.take("leaves.ndjson", "/journal/leaves")
    proof = await taken.take("proof.json", f"/journal/consistency?from={size}")
    joined = ("--key", taken.key, "--checkpoint", older, newer, "--consistency", proof)
    for file, times, arguments in (
        (extract, 600, (extract, "--key", taken.key)),
        (leaves, 150, (leaves, "--key", taken.key)),
        (proof, 300, joined),
        (older, 200, joined),
    ):
        whole = file.read_bytes()
        assert said(*arguments)[0] == 0
        draw = random.Random(file.name)
        for bit in (draw.randrange(len(whole) * 8) for _ in range(times)):
            changed = bytearray(whole)
            changed[bit // 8] ^= 1 << bit % 8
            file.write_bytes(changed)
            assert said(*arguments)[0] != 0, (
                f"bit {bit} of {file.name}: {bytes(changed[bit // 8 - 20 : bit // 8 + 20])!r}"
            )
        file.write_bytes(whole)


async def test_another_key_and_files_that_are_none_are_told_apart(taken: Taken) -> None:
    extract = await taken.take("extract.json", "/journal/extract?record=1")
    other = "tallystick/journal+00000000+" + "A" * 44
    assert said(extract, "--key", other)[0] == 2
    another = Signer.new().verifier.text()
    assert "another key" in said(extract, "--key", another)[1]
    assert said(extract, "--key", another)[0] == 1
    key_file = taken.folder / "key.txt"
    key_file.write_text(taken.key + "\n")
    assert said(extract, "--key", key_file)[0] == 0
    for content in (
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"PK\x03\x04",
        b"[" * 100_000,
        b'{"kind":"tallystick journal extract 2"}',
    ):
        extract.write_bytes(content)
        code, told = said(extract, "--key", taken.key)
        assert code == 2, told
    assert said(taken.folder / "missing.json", "--key", taken.key)[0] == 2
    assert said("--key", taken.key)[0] == 2, "nothing was named"


async def test_words_that_belong_to_another_record_or_field_are_found(taken: Taken) -> None:
    """Whoever hands the file on might swap what is shown: the words are committed to, each in its own place."""
    size = await newest(taken)
    extract = await taken.take("extract.json", f"/journal/extract?record={size}")
    whole = json.loads(extract.read_text(encoding="utf-8"))
    (record,) = whole["records"]

    def told(**changed: object) -> tuple[int, str]:
        extract.write_text(
            json.dumps({**whole, **changed}, ensure_ascii=False, separators=(",", ":")), encoding="utf-8"
        )
        return said(extract, "--key", taken.key)

    assert told()[0] == 0
    revealed = record["revealed"]
    swapped = {**revealed, "reason": revealed["subject"], "subject": revealed["reason"]}
    assert told(records=[{**record, "revealed": swapped}])[0] == 1
    assert told(records=[{**record, "revealed": {**revealed, "why": revealed["reason"]}}])[0] == 1
    assert told(records=[{**record, "number": size - 1}])[0] == 1
    assert told(asked={"record": size - 1})[0] == 1
    assert told(asked={"subject": "another"})[0] == 1
    assert told(records=[])[0] == 2
    assert told(more="than there is")[0] == 2
    extract.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    assert "not written as the service writes it" in said(extract, "--key", taken.key)[1]


async def test_what_has_outlived_its_years_is_proved_without_its_words(taken: Taken, fresh_database: Database) -> None:
    """Retention takes the salt and words away; the leaf stays, and so does its proof."""
    proposed = await taken.more()
    size = await newest(taken)
    admin = await asyncpg.connect(fresh_database.admin_dsn)
    try:
        await admin.execute("SET session_replication_role = replica")
        await admin.execute(f"UPDATE journal SET salt = '', reason = NULL WHERE number = {size}")
    finally:
        await admin.close()
    extract = await taken.take("extract.json", f"/journal/extract?record={size}")
    code, told = said(extract, "--key", taken.key)
    assert code == 0, told
    assert json.loads(extract.read_text(encoding="utf-8"))["records"][0]["revealed"] == {}
    await taken.service.get("auditor", f"/journal/extract?subject={proposed['id']}", 404)


async def test_the_door_to_the_verifier_gives_the_file_to_anyone(taken: Taken) -> None:
    answer = await taken.service.ask(None, "GET", "/verifier")
    assert answer.status_code == 200
    assert answer.content == FILE.read_bytes()
    assert answer.headers["content-disposition"].startswith('attachment; filename="tallystick_verify.py"')


REFUSED = {
    "extract": (400, "choice"),
    "extract?entry=1&record=1": (400, "choice"),
    "extract?record=999999": (404, "not_found"),
    "extract?entry=9223372036854775807": (404, "not_found"),
    "extract?subject=nobody": (404, "not_found"),
    "extract?subject=%00": (400, "value"),
    "extract?record=0": (400, "invalid"),
    "consistency?from=1&to=999999": (400, "sizes"),
    "consistency?from=3&to=2": (400, "sizes"),
    "consistency?from=0": (400, "invalid"),
    "consistency": (400, "invalid"),
}


async def test_what_cannot_be_given_is_refused_with_a_sentence(service: Service) -> None:
    for path, (status, code) in REFUSED.items():
        answer = await service.get("auditor", f"/journal/{path}", status)
        assert answer["code"] == code, answer


async def test_only_an_auditor_takes_records_away(service: Service) -> None:
    for who in (None, *(name for name in PEOPLE if name != "auditor")):
        for path in ("extract?record=1", "leaves", "consistency?from=1"):
            answer = await service.ask(who, "GET", f"/journal/{path}")
            assert answer.status_code == (401 if who is None else 403), (who, path)
