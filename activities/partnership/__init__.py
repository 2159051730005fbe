"""Partnerships and programmes in the database."""
