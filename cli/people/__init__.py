"""Commands for directory and delegation."""
