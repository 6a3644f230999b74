"""The pages' tests sign people in: with hashes that cost nothing."""

from tests.grants.web.conftest import cheap_hashes

__all__ = ["cheap_hashes"]
