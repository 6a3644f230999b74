"""Identity providers that tests sign in with: a real one in a process of its own, and one that lies."""
