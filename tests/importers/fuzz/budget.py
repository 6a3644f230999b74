"""How many returns are made up: some two thousand in all, or as many as the environment says."""

import os
from typing import Final

EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "15"))
"""Of each fault, alone or beside others."""
