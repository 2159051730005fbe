"""Partnerships in the database."""
