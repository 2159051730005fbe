"""Proposals, one or a file of them."""
