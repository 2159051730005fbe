"""What we claim about speed, as a command: `python -m bench`. Not part of the tests."""
