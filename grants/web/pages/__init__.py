"""Pages: what people see of signing in and of their own account. They work without scripts."""
