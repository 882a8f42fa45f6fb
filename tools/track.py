"""`siamtrack track` from a checkout: `python tools/track.py SOURCE --box X,Y,W,H ...`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.cli.main import app

app(["track", *sys.argv[1:]], prog_name="tools/track.py")
