"""The recipient's own workbook back: its parts edited where a problem is marked, and every other byte as it came."""
