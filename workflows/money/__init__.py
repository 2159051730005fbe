"""Waiting for money; the nightly proof."""
