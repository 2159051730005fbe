"""Statements of banks held against payments."""
