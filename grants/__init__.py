"""The plan, the ledger, awards, payments and returns: the ground floor that the wings stand on."""

__version__ = "0.6.0"
