"""What goes over the wire: packed, encrypted, sealed."""
