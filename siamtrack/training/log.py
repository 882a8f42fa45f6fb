"""What a run tells: `log.jsonl`, one object a line, and the same numbers for TensorBoard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from siamtrack.atomic import write_text

_SKIPPED = "skipped: "
_NO_BOARD = "TensorBoard's file cannot be written ({error}); log.jsonl has everything"


class RunLog:
    """The log of the run in a folder.

    A full disk does not end the run: lines are kept until they can be written, TensorBoard goes without. Until it is
    closed no other run can have the folder.

    Args:
        out: of the run.
        step: the run goes on from there; lines of later steps, which will be made again, are dropped.
        say: is told events, and what went wrong.

    Raises:
        ModuleNotFoundError: TensorBoard is not installed.
        ValueError: another run writes into the folder.
    """

    def __init__(self, out: Path, step: int, say: Callable[[str], None]) -> None:
        self._path, self._say = out / "log.jsonl", say
        self._unwritten = ""
        self._lock = _claim(out)
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        lines = [line for line in lines if _step_of(line) <= step]
        write_text(self._path, "".join(line + "\n" for line in lines))
        events = (json.loads(line).get("event", "") for line in lines)
        self._told = {event.removeprefix(_SKIPPED) for event in events if event.startswith(_SKIPPED)}
        self._board: Any = _summary_writer(out / "tensorboard", step)

    def scalars(self, step: int, group: str, values: Mapping[str, float]) -> None:
        """A line of numbers; on the board they are GROUP/NAME."""
        self._write({"step": step} | {name: float(f"{value:.7g}") for name, value in values.items()})
        try:
            for name, value in values.items():
                if self._board is not None:
                    self._board.add_scalar(f"{group}/{name}", value, step)
        except OSError as error:
            self._board = None
            self._say(_NO_BOARD.format(error=error))

    def event(self, step: int, text: str) -> None:
        """A line of words."""
        self._say(text)
        self._write({"step": step, "event": text})

    def skipped(self, step: int, reasons: Iterable[str]) -> None:
        """A line of words for each reason that is new."""
        for reason in dict.fromkeys(reasons):
            if reason not in self._told:
                self._told.add(reason)
                self.event(step, f"{_SKIPPED}{reason}")

    def close(self) -> None:
        """Finish the files."""
        self._flush()
        try:
            if self._board is not None:
                self._board.close()
        except OSError as error:
            self._say(_NO_BOARD.format(error=error))
        self._lock.release()

    def _write(self, line: dict[str, Any]) -> None:
        self._unwritten += json.dumps(line) + "\n"
        self._flush()

    def _flush(self) -> None:
        end = self._path.stat().st_size
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(self._unwritten)
            self._unwritten = ""
        except OSError as error:
            with self._path.open("r+b") as file:
                file.truncate(end)  # half a line may have got in
            self._say(f"{self._path} cannot be written ({error}); its lines are kept for later")


def _claim(out: Path) -> FileLock:
    """A lock that goes with the process, however it ends; not held where the disk is full or knows no locks."""
    lock = FileLock(out / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ValueError(f"another run writes into {out}; wait for its end or choose another folder") from None
    except (OSError, NotImplementedError):
        pass
    return lock


def _step_of(line: str) -> float:
    """Infinity for half a line, which a killed run may leave."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")


def check_board() -> None:
    """So that its lack is said before data is loaded.

    Raises:
        ModuleNotFoundError: TensorBoard is not installed.
    """
    try:
        import torch.utils.tensorboard  # noqa: F401
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("training logs to TensorBoard: pip install 'siamtrack[train]'") from error


def _summary_writer(folder: Path, step: int) -> Any:
    check_board()
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), purge_step=step + 1)
