"""The partnership and its programme."""
