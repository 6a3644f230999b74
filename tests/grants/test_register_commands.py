"""Registers and payment files from a terminal: what would be done, what is done, and what is told of the rest."""

import json
from pathlib import Path

from tests.grants.test_cli import PLAN, Run, in_process, run
from tests.importers.registers.books import award, awards_register, payment_file

__all__ = ["in_process", "run"]


def test_a_register_is_checked_then_loaded_and_a_payment_file_told(run: Run, tmp_path: Path) -> None:
    assert run("plan", "load", str(PLAN)).returncode == 0
    register = tmp_path / "awards.xlsx"
    register.write_bytes(
        awards_register(award(), award(reference="LI-2", amount="n/k"), award(reference="LI-3", recipient_id="GB-X-1"))
    )
    wrong = run("awards", "load", str(register))
    assert (wrong.returncode, wrong.stdout.splitlines()) == (
        1,
        [
            "Awards!J7: The amount must be an amount of money, like 1234.50",
            "Awards!C8: There is no recipient with that identifier. Add the recipient first.",
        ],
    )
    register.write_bytes(awards_register(award()))
    for _ in range(2):
        would = run("awards", "load", str(register), "--check")
        assert (would.returncode, would.stdout) == (0, "Awards!J6: LI-OLDHAM-01: Proposed. A new award.\n")
    done = run("awards", "load", str(register), "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["counts"], told["rows"][0]["outcome"]) == (0, {"proposed": 1}, "proposed")
    again = run("awards", "load", str(register))
    assert (again.returncode, again.stdout.split(". ")[0]) == (0, "Awards!J6: LI-OLDHAM-01: Waiting")
    payments = tmp_path / "payments.csv"
    payments.write_bytes(payment_file(("T1", "LI-OLDHAM-01", "02/04/2025", "12.34", "X1")))
    unmatched = run("payments", "match", str(payments))
    assert (unmatched.returncode, unmatched.stdout.splitlines()[0]) == (
        1, "CSV!D2: LI-OLDHAM-01: Unknown. No award that you can see has this reference."
    )  # fmt: skip
    payments.write_bytes(b"%PDF-1.7")
    none = run("payments", "match", str(payments))
    assert (none.returncode, none.stdout.startswith("The selected file must be an XLSX, ODS or CSV")) == (2, True)


def test_templates_are_written_and_what_cannot_be_opened_is_said(run: Run, tmp_path: Path) -> None:
    for group in ("awards", "payments"):
        assert run(group, "template", "--output", str(tmp_path / f"{group}.xlsx")).returncode == 0
        assert (tmp_path / f"{group}.xlsx").read_bytes()[:2] == b"PK"
    gone = run("awards", "load", str(tmp_path / "gone.xlsx"))
    assert (gone.returncode, gone.stderr.count("\n")) == (2, 1)
    assert "cannot be opened" in gone.stderr
