"""What those say and ask who look after an installation."""
