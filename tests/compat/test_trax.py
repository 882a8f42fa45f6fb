"""Our TraX server, talked to by vot-trax's own client."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

import siamtrack
from siamtrack.compat.trax import require_trax

from ..tracking.shape_net import corner_distance, picture, tilted

trax = pytest.importorskip("trax")
client = pytest.importorskip("trax.client")

_SERVER = (
    "import siamtrack; from siamtrack.compat.trax import serve; "
    "serve(siamtrack.load('siamtrack-s', 'cpu'), 'siamtrack-s')"
)
_BOX = (334.02, 128.36, 51.67, 54.18)


_SHAPES = (
    "from tests.tracking.shape_net import shape_tracker; from siamtrack.compat.trax import serve; "
    "serve(shape_tracker(), 'shapes')"
)


@contextmanager
def connected(server=_SERVER):
    process = subprocess.Popen(
        [sys.executable, "-c", server],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        cwd=Path(__file__).parents[2],
    )
    # Without a logger this client cannot be made.
    yield client.Client((process.stdin.fileno(), process.stdout.fileno()), log=lambda line: None), process
    process.stdin.close()
    process.wait(20)


@pytest.fixture
def paths(shared):
    return sorted((shared / "data/eval/VOT2015/bag").glob("*.jpg"))[:6]


def image(path):
    return {"color": trax.FileImage.create(str(path))}


def box_of(answer):
    ((region, _),) = answer[0]
    return region.bounds()


def test_boxes_and_confidences_are_the_trackers_own(paths):
    ours = siamtrack.load("siamtrack-s", "cpu")
    with connected() as (there, process):
        assert there.tracker_name == "siamtrack-s"
        assert there.image_formats == ["path"] and there.channels == ["color"]
        for _ in range(2):  # a second initialisation begins anew
            ours.start(cv2.imread(str(paths[0])), _BOX)
            answer = there.initialize(image(paths[0]), [(trax.Rectangle.create(*_BOX), {})], {})
            np.testing.assert_allclose(box_of(answer), _BOX, atol=1e-3)
            for path in paths[1:]:
                answer = there.frame(image(path), {}, [])
                result = ours.track(cv2.imread(str(path)))
                np.testing.assert_allclose(box_of(answer), result.boxes[0], atol=1e-3)  # the protocol has 4 decimals
                assert float(answer[0][0][1]["confidence"]) == pytest.approx(result.scores[0], abs=1e-5)

        corners = [(10.25, 20.5), (60.0, 30.0), (50.0, 80.0), (5.5, 70.0)]
        answer = there.initialize(image(paths[0]), [(trax.Polygon.create(corners), {})], {})
        assert box_of(answer) == (5.5, 20.5, 54.5, 59.5)
        there.quit()
        assert process.wait(20) == 0


def test_polygons_of_a_tracker_with_masks_go_out(tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(2)]
    for number, path in enumerate(paths):
        cv2.imwrite(str(path), picture(tilted((90, 100), (70, 40), 20 + 15 * number)))
    with connected(_SHAPES) as (there, process):
        there.initialize(image(paths[0]), [(trax.Rectangle.create(58, 68, 64, 64), {})], {})
        ((region, _),) = there.frame(image(paths[1]), {}, [])[0]
        assert region.type == "polygon"
        assert corner_distance(np.array(list(region)), tilted((90, 100), (70, 40), 35)) < 1
        there.quit()
        assert process.wait(20) == 0


def test_an_empty_first_box_is_told_to_the_client(paths):
    with connected() as (there, process):
        with pytest.raises(trax.TraxException, match="has no area"):
            there.initialize(image(paths[0]), [(trax.Rectangle.create(10, 10, 0, 5), {})], {})
        assert process.wait(20) == 1


def test_an_unreadable_image_is_told_to_the_client(paths, tmp_path):
    with connected() as (there, process):
        there.initialize(image(paths[0]), [(trax.Rectangle.create(*_BOX), {})], {})
        with pytest.raises(trax.TraxException, match="nowhere.jpg is not a readable image"):
            there.frame(image(tmp_path / "nowhere.jpg"), {}, [])
        assert process.wait(20) == 1


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "trax", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'siamtrack\[eval\]'"):
        require_trax()
