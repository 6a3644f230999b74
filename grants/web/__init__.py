"""The doors: JSON under /api/v1, identity, and one mapping of errors to HTTP."""
