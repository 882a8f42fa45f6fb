"""Feature extractors: (N, 3, H, W) -> Features."""
