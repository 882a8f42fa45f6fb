"""Reading ahead, closing early, network streams and cameras."""

from __future__ import annotations

import gc
import itertools
import threading
import time
from collections.abc import Generator, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from siamtrack.video import VideoError, open_source
from siamtrack.video.read_ahead import ReadAhead

from .media import steady, write_video


def reader_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "siamtrack-read-ahead"]


def test_close_with_a_full_queue(tmp_path: Path) -> None:
    source = open_source(write_video(tmp_path / "a.mp4", steady(60)), read_ahead=2)
    next(source)
    time.sleep(0.1)  # the thread now waits for room
    assert len(reader_threads()) == 1
    began = time.perf_counter()
    source.close()
    source.close()
    assert time.perf_counter() - began < 1
    assert reader_threads() == []
    assert list(source) == []


def test_leaving_the_loop_and_the_context(tmp_path: Path) -> None:
    with open_source(write_video(tmp_path / "a.mp4", steady(60)), read_ahead=1) as source:
        for frame in source:
            if frame.index == 3:
                break
    assert reader_threads() == []


def test_a_dropped_source_stops_its_thread(tmp_path: Path) -> None:
    source = open_source(write_video(tmp_path / "a.mp4", steady(60)), read_ahead=1)
    next(source)
    del source
    gc.collect()
    assert reader_threads() == []


def test_read_ahead_is_bounded_and_ordered() -> None:
    made: list[int] = []

    ready = threading.Event()

    def numbers() -> Generator[int, None, None]:
        for number in range(20):
            made.append(number)
            if number == 3:
                ready.set()
            yield number

    ahead = ReadAhead(numbers(), 3)
    assert ready.wait(5)
    time.sleep(0.05)
    assert len(made) == 4  # three wait in the buffer, the fourth in the producer's hand
    assert list(ahead) == list(range(20))


def test_error_comes_in_its_place_and_once() -> None:
    def breaking() -> Generator[int, None, None]:
        yield from range(3)
        raise VideoError("broken")

    ahead = ReadAhead(breaking(), 8)
    assert [next(ahead) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(VideoError, match="broken"):
        next(ahead)
    assert list(ahead) == []


def test_drop_old_gives_a_slow_consumer_the_newest() -> None:
    sent, go_on = threading.Event(), threading.Event()

    def live() -> Generator[int, None, None]:
        yield from range(10)
        sent.set()
        go_on.wait(5)
        yield 10

    ahead = ReadAhead(live(), 1, drop_old=True)
    assert sent.wait(5)
    assert next(ahead) == 9
    go_on.set()
    assert list(ahead) == [10]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


@pytest.mark.parametrize(("name", "codec", "pix_fmt"), [("a.ts", "libx264", "yuv420p"), ("a.avi", "mjpeg", "yuvj420p")])
def test_http_stream(tmp_path: Path, server: str, name: str, codec: str, pix_fmt: str) -> None:
    write_video(tmp_path / name, steady(25), codec=codec, pix_fmt=pix_fmt)
    with open_source(f"{server}/{name}", start=5) as source:
        assert (source.frame_count, source.size) == (None, (64, 48))
        frames = list(source)
    assert frames[0].index == 5
    steps = [b.timestamp - a.timestamp for a, b in itertools.pairwise(frames)]
    assert steps == pytest.approx([1 / 30] * 19, abs=2e-3)


def test_missing_stream(server: str) -> None:
    with pytest.raises(VideoError, match="expected a video stream"):
        open_source(f"{server}/missing.ts")


@pytest.mark.parametrize("camera", [97, "97"])
def test_missing_camera(camera: int | str) -> None:
    with pytest.raises(VideoError, match="camera 97: expected a connected camera"):
        open_source(camera)
