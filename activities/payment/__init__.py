"""Payments in the database, and the bank."""
