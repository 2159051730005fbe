"""Commands for payments."""
