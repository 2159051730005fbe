"""Commands for every case."""
