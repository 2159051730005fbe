"""The directory in the database."""
