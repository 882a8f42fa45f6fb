"""Train a network: `siamtrack train` for people who work from a checkout, see there.

`python tools/train.py CONFIG [KEY=VALUE ...] --data pack=DIR --init FILE -o RUN`
"""

from __future__ import annotations

import sys
from pathlib import Path

import typer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.cli.train import train

if __name__ == "__main__":
    typer.run(train)
