"""Results as text files, written line by line while tracking goes on.

A file grows under the name `NAME.part` and gets its own name when it is closed, after an error too; a run that was
killed leaves what it had in the part file. No frames, no file: a run that fails at once replaces nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

from siamtrack.tracking.tracker import TrackResult

Format = Callable[[TrackResult], Iterable[str]]


def jsonl_lines(result: TrackResult) -> list[str]:
    """A JSON object a target: frame, timestamp (seconds or null), id, box [x, y, w, h] 0-based, score, state.

    From trackers with masks also polygon, [[x, y], ...], the corners of the rotated box.
    """
    objects: list[dict[str, object]] = [
        {
            "frame": result.frame,
            "timestamp": None if result.timestamp is None else round(result.timestamp, 6),
            "id": target,
            "box": [round(float(v), 3) for v in box],
            "score": round(float(score), 4),
            "state": state,
        }
        for target, box, score, state in zip(result.ids, result.boxes, result.scores, result.states, strict=True)
    ]
    if result.polygons is not None:
        for one, polygon in zip(objects, result.polygons, strict=True):
            one["polygon"] = [[round(float(x), 3), round(float(y), 3)] for x, y in polygon]
    return [json.dumps(one) for one in objects]


CSV_HEADER = "frame,timestamp,id,x,y,w,h,score,state"


def csv_lines(result: TrackResult) -> list[str]:
    """Columns of `CSV_HEADER`; boxes are 0-based pixels, the timestamp is empty where the source gives none."""
    time = "" if result.timestamp is None else f"{result.timestamp:.6f}"
    return [
        f"{result.frame},{time},{target},{_numbers(box)},{score:.4f},{state}"
        for target, box, score, state in zip(result.ids, result.boxes, result.scores, result.states, strict=True)
    ]


def mot_lines(result: TrackResult) -> list[str]:
    """MOTChallenge: frame,id,left,top,width,height,conf,-1,-1,-1 with frames *and* pixels counted from 1.

    Lost targets are left out, as that format has no word for them.
    """
    return [
        f"{result.frame + 1},{target},{box[0] + 1:.3f},{box[1] + 1:.3f},{box[2]:.3f},{box[3]:.3f},{score:.4f},-1,-1,-1"
        for target, box, score, state in zip(result.ids, result.boxes, result.scores, result.states, strict=True)
        if state == "tracking"
    ]


def got10k_lines(result: TrackResult) -> list[str]:
    """GOT-10k: x,y,w,h a frame, three decimals, the given box first; the format holds one target.

    Raises:
        ValueError: there are several targets.
    """
    if len(result.ids) > 1:
        raise ValueError(f"the got10k format holds one target a file, there are {len(result.ids)}")
    return [_numbers(box) for box in result.boxes]


def _numbers(box: Iterable[float]) -> str:
    return ",".join(f"{v:.3f}" for v in box)


class ResultWriter:
    """A text file of results; a context manager.

    Args:
        path: final name; missing folders are made.
        lines: the format, one of the functions above.
        header: first line, none if empty.
    """

    def __init__(self, path: str | Path, lines: Format, header: str = "") -> None:
        self.path, self._lines = Path(path), lines
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._part = self.path.with_name(self.path.name + ".part")
        self._file = self._part.open("w")
        self._frames = 0
        if header:
            self._file.write(header + "\n")

    def write(self, result: TrackResult) -> None:
        """Append one frame; it is on disk when this returns."""
        self._file.writelines(line + "\n" for line in self._lines(result))
        self._file.flush()
        self._frames += 1

    def close(self) -> None:
        """Give the file its name. May be called again."""
        if self._file.closed:
            return
        self._file.close()
        if self._frames:
            os.replace(self._part, self.path)
        else:
            self._part.unlink()

    def __enter__(self) -> ResultWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
