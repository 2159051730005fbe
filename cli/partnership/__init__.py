"""Commands for partnerships."""
