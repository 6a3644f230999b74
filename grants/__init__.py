"""The plan, the ledger, awards, payments and returns: the ground floor that the wings stand on."""
