"""Logs: what a recipient typed is in none of them, whoever writes."""

import json
import subprocess
import sys

_PROGRAM = """
import logging
from grants.web.logs import set_up_logs
set_up_logs("debug")
try:
    raise ValueError("Jane Doe, born 1 April 2010")
except ValueError:
    logging.getLogger("asyncio").exception("Task failed: %s", "Jane Doe")
"""


def test_a_library_s_error_is_named_and_not_quoted() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    assert json.loads(done.stderr) == {"logger": "asyncio", "level": "error", "error": "ValueError"}
