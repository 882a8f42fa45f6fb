import json
import resource
from contextlib import contextmanager

import pytest

from siamtrack.training.log import RunLog


def read(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


@contextmanager
def disk_of(size):
    """Files cannot grow beyond so many bytes."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def test_later_lines_and_half_lines_are_dropped_when_a_run_goes_on(tmp_path):
    (tmp_path / "log.jsonl").write_text('{"step": 5, "a": 1}\n{"step": 6, "a": 2}\n{"step": 7, "a"')
    log = RunLog(tmp_path, 5, print)
    log.scalars(6, "train", {"a": 1 / 3})
    log.close()
    assert read(tmp_path) == [{"step": 5, "a": 1}, {"step": 6, "a": 0.3333333}]


def test_lines_wait_for_a_full_disk(tmp_path):
    said = []
    log = RunLog(tmp_path, 0, said.append)
    log.event(1, "x" * 300)
    with disk_of(400):
        log.event(2, "y" * 300)
    assert [line["step"] for line in read(tmp_path)] == [1]  # and no half line
    assert "cannot be written" in said[-1]
    log.event(3, "z")
    log.close()
    assert [line["step"] for line in read(tmp_path)] == [1, 2, 3]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # TensorBoard's own thread
def test_a_full_disk_under_the_board_ends_nothing(tmp_path):
    said = []
    log = RunLog(tmp_path, 0, said.append)
    with disk_of(200):
        for step in range(100):
            log.scalars(step, "train", {"a": step})
        log.close()
    assert any("TensorBoard's file cannot be written" in text for text in said)


def test_a_reason_is_told_once(tmp_path):
    said = []
    log = RunLog(tmp_path, 0, said.append)
    log.skipped(1, ["a is broken", "b is broken", "a is broken"])
    log.skipped(2, ["b is broken", "c is broken"])
    assert said == [f"skipped: {name} is broken" for name in "abc"]


def test_a_folder_takes_one_run_at_a_time(tmp_path):
    first = RunLog(tmp_path, 0, print)
    first.event(1, "a")
    with pytest.raises(ValueError, match=f"another run writes into {tmp_path}"):
        RunLog(tmp_path, 0, print)
    assert [line["event"] for line in read(tmp_path)] == ["a"]
    first.close()
    RunLog(tmp_path, 1, print).close()
