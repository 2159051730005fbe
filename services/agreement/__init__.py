"""Agreements, as people put them on the table."""
