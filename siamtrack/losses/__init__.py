"""Labels and losses on the batch."""
