"""What every test may ask for."""

from hypothesis import settings

pytest_plugins = ("tests.database", "tests.service", "tests.grants.store.data_folders", "tests.provider.lying")

# A busy machine is slow now and then: that is no wrong answer.
settings.register_profile("tallystick", deadline=None, print_blob=True)
settings.load_profile("tallystick")
