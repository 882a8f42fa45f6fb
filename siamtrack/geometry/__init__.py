"""Boxes, search regions, crops, grids and masks: pure functions that know nothing of networks or trackers."""
