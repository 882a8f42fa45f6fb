"""The `siamtrack` command."""
