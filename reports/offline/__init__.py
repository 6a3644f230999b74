"""What auditors run on their own machines, away from the service."""
