"""Commands for funds."""
