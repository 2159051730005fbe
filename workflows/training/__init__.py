"""Invitational training."""
