"""What every test may ask for."""

import gc
import os
import sys

from hypothesis import settings

pytest_plugins = ("tests.database", "tests.service", "tests.grants.store.data_folders", "tests.provider.lying")

# Many tests start processes, and each would compile the whole project again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A busy machine is slow now and then: that is no wrong answer.
settings.register_profile("tallystick", deadline=None, print_blob=True)
settings.load_profile("tallystick")


def pytest_collection_finish() -> None:
    """What was imported stays to the end: the garbage collector need not walk through all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
