"""The single-file verifier as tests run it: loaded by its path, as nothing of the project imports it, or as a program."""

import contextlib
import importlib.util
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import reports.offline
from tests.patience import SECONDS

FILE = Path(reports.offline.__file__).with_name("tallystick_verify.py")


def loaded() -> Any:
    """The verifier as a module."""
    spec = importlib.util.spec_from_file_location("tallystick_verify", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


VERIFIER = loaded()


def said(*arguments: str | Path) -> tuple[int, str]:
    """Its exit code and all that it says, in this process."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = VERIFIER.main([str(argument) for argument in arguments])
    return code, out.getvalue()


def run(folder: Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Runs a copy of it as an auditor does: a process of its own, in a folder that has nothing else of the project."""
    copy = folder / FILE.name
    copy.write_bytes(FILE.read_bytes())
    return subprocess.run(
        [sys.executable, "-I", copy.name, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
