"""Presets, their weights, and published checkpoint layouts."""
