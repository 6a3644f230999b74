"""Mail: what takes letters to people, and who hands them over."""
