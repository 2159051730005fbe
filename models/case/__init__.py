"""What every case has: messages, rules of approval, the record. Pure."""
