"""Doubles that ship, because demonstration and tests talk to them."""
