"""Torch modules: backbones, heads, correlations. They know nothing of tracking state."""
