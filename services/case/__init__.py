"""Messages to cases."""
