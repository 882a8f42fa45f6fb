"""`siamtrack evaluate` from a checkout: `python tools/evaluate.py DATASET --root DIR ...`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.cli.main import app

app(["evaluate", *sys.argv[1:]], prog_name="tools/evaluate.py")
