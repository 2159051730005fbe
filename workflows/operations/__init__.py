"""What the engine does by itself to care for an installation."""
