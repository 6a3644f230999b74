"""What every test may ask for."""

import gc
import os
import sys

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ("tests.database", "tests.service", "tests.grants.store.data_folders", "tests.provider.lying")

# Many tests start processes, and each would compile the whole project again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_configure(config: pytest.Config) -> None:
    """A busy machine is slow now and then: that is no wrong answer. Examples are new ones where a seed is given, as `make fuzz` does."""
    settings.register_profile(
        "tallystick",
        deadline=None,
        derandomize=config.getoption("--hypothesis-seed") is None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("tallystick")


def pytest_collection_finish() -> None:
    """What was imported stays to the end: the garbage collector need not walk through all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
