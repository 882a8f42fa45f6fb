"""`python -m siamtrack.cli`: the same as `siamtrack`, for where a certain Python must run it."""

from siamtrack.cli.main import app

app()
