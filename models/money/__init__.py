"""Funds, transfers, waiting list, statements. Pure."""
