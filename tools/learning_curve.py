"""Draw a learning curve: `python tools/learning_curve.py RECORDS.jsonl [-o docs/learning_curve.png]`.

The records are what `tools/judge.py --append` writes. Prints them as a table, with the gain of the next doubling by a
straight line of score against the logarithm of pairs through the last records (`siamtrack/evaluation/learning.py`).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from siamtrack.atomic import write_bytes
from siamtrack.evaluation.learning import markdown, read_records
from siamtrack.evaluation.render.learning import learning_figure
from siamtrack.evaluation.render.pictures import png


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=Path("docs/learning_curve.png"))
    args = parser.parse_args()
    records = read_records(args.records)
    write_bytes(args.out, png(learning_figure(records)))
    print(markdown(records))


if __name__ == "__main__":
    main()
