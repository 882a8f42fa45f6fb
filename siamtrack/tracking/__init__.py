"""Following targets: one state, one step, and the numpy face of both. Never touches files or data sets."""
