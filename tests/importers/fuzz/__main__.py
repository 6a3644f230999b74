"""Fuzzing for as long as one likes: rounds of new returns, until the time is up or one is answered wrongly."""

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

from tests.importers.fuzz.kept import FOLDER


def main(minutes: float) -> int:
    """Rounds as `make test` has them, each with a seed of its own. A failing return is printed, and its file is kept."""
    until = time.monotonic() + 60 * minutes
    rounds = 0
    while not rounds or time.monotonic() < until:
        seed = secrets.randbelow(2**32)
        _say(f"Round {rounds + 1}, seed {seed}")
        command = [sys.executable, "-m", "pytest", "-q", f"--hypothesis-seed={seed}", str(Path(__file__).parent)]
        if code := subprocess.run(command, env=os.environ, check=False).returncode:
            _say(f"A return was answered wrongly, or its file could not be made: see above, and the files in {FOLDER}.")
            return code
        rounds += 1
    _say(f"{rounds} rounds without a wrong answer.")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
