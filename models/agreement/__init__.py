"""The agreement."""
