"""Commands for partnerships and programmes."""
