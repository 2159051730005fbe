"""An agreement from text to signatures."""
