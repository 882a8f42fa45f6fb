"""How template and search features combine, and how raw maps become candidates."""
