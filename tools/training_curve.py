"""Draw the log of a training run: `python tools/training_curve.py RUN [-o RUN/curves.png]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.atomic import write_bytes
from siamtrack.evaluation.render.pictures import png
from siamtrack.training.curves import curves_figure, read_curves


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="its folder")
    parser.add_argument("-o", "--out", type=Path, help="default: curves.png in it")
    args = parser.parse_args()
    out = args.out or args.run / "curves.png"
    write_bytes(out, png(curves_figure(read_curves(args.run / "log.jsonl"))))
    print(out)


if __name__ == "__main__":
    main()
