"""The record and what every case writes through it."""
