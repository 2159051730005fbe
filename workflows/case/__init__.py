"""What every case can do: the parts a workflow is composed of."""
