"""Commands for agreements."""
