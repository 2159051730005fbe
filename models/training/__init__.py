"""Invitational training: cohorts of officials."""
