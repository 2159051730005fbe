"""Funds and statements."""
