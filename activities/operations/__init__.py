"""What is on record of operations."""
