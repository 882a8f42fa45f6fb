"""Boxes, search regions, crops and grids: pure functions of tensors that know nothing of networks or trackers."""
