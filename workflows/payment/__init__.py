"""A payment from request to statement."""
