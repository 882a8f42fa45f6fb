"""Sequences, training pairs and their augmentation."""
