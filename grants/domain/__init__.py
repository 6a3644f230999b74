"""Pure rules of public grants: no SQL, no HTTP, no spreadsheet library."""
