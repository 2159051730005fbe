"""A study from tender to finding."""
