"""`python -m siamtrack.cli`: the same as `siamtrack`, for where a certain Python must run it."""

from siamtrack.cli.main import app

if __name__ == "__main__":  # processes that training starts import this module too
    app()
