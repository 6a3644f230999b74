"""The README as it is tested: its blocks of commands, its tables of cells, and a hand that does what they say."""

import argparse
import json
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import httpx
from openpyxl import load_workbook

from tests.patience import SECONDS

_FILE: Final = Path(__file__).resolve().parent.parent / "README.md"
_CURL: Final = argparse.ArgumentParser(exit_on_error=False)
_CURL.add_argument("-s", action="store_true")
for option in ("-H", "-F"):
    _CURL.add_argument(option, action="append", default=[])
for option in ("-o", "-d"):
    _CURL.add_argument(option)
_CURL.add_argument("url")


@dataclass(frozen=True)
class Step:
    """A command, a table of cells to type into, or what a command is said to print, as the README shows it."""

    kind: str
    text: str


def section(heading: str) -> list[Step]:
    """What a section of the README shows, in its order."""
    text = _FILE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    text = "\n".join(line.removeprefix("   ") for line in text.split("\n"))
    steps = []
    for kind, block, rows in re.findall(r"^```(\w*)\n(.*?)^```$|((?:^\|[^\n]*\n)+)", text, re.MULTILINE | re.DOTALL):
        if rows:
            steps.append(Step("table", rows))
        elif kind:
            steps.append(Step(kind, block))
        else:
            # A command goes on after a backslash, and within quotes; what stands after a hash is for the reader.
            commands = re.findall(r"((?:'[^']*'|\\\n|[^\n'])+)\n", re.sub(r" +# .*", "", block))
            steps += [Step("command", command) for command in commands]
    return steps


def typed_into(workbook: bytes, table: str) -> bytes:
    """The workbook after the cells of a table were typed into."""
    book = load_workbook(BytesIO(workbook))
    for line in table.splitlines()[2:]:
        sheet, area, words = (cell.strip() for cell in line.strip("|").split("|"))
        found = book[sheet][area]
        rows = found if isinstance(found, tuple) else ((found,),)
        values = words.split(" · ")
        for row in rows:
            for at, cell in enumerate(row):
                value = values[at if len(values) > 1 else 0]
                cell.value = None if value == "(nothing)" else int(value) if value.isdecimal() else value
    out = BytesIO()
    book.save(out)
    return out.getvalue()


@dataclass
class Hand:
    """Gives the README's commands in a folder, for the service at `address`. `names` are those of the shell."""

    folder: Path
    address: str
    names: dict[str, str] = field(default_factory=dict)

    def give(self, command: str) -> Any:
        """What a command answers: what it printed, the JSON that came, or None where it was saved or names something."""
        words = shlex.split(command.replace("\\\n", " "))
        if words[0] == "curl":
            return self._curl(words[1:])
        if words[0] == ".venv/bin/tallystick":
            done = subprocess.run(
                [sys.executable, "-m", "grants", *words[1:]],
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
            assert not done.stderr
            return done.stdout
        name, equals, value = command.strip().partition("=")
        assert equals, f"the README gives an unknown command: {command}"
        if value != "...":
            self.names[name] = value.replace("http://127.0.0.1:8000", self.address)
        assert self.names.get(name), f"nothing is known of {name} yet"
        return None

    def _curl(self, words: list[str]) -> Any:
        asked = _CURL.parse_args([re.sub(r"\$(\w+)", lambda name: self.names[name[1]], word) for word in words])
        files = {}
        for form in asked.F:
            name, _, path = form.partition("=@")
            files[name] = (path, (self.folder / path).read_bytes())
        answer = httpx.request(
            "POST" if asked.d or files else "GET",
            asked.url,
            headers=dict(header.split(": ", 1) for header in asked.H),
            files=files or None,
            content=asked.d,
            timeout=SECONDS,
        )
        assert answer.is_success, answer.text
        if not asked.o:
            return json.loads(answer.content)
        (self.folder / asked.o).write_bytes(answer.content)
        return None
