"""Processes that are watched, started again and stopped in good order."""
