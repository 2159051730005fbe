"""Cohorts in the database."""
