"""What operators do to the workflows of cases."""
