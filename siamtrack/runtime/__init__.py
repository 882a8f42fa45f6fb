"""Making a network fast on a device without changing what it computes."""
