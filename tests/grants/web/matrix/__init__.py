"""The matrix: every route, every role, own and foreign objects, computed from the routes themselves and the table of access."""
