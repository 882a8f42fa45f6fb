"""Published deviations, each by its name, and their absence from presets of our own."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from siamtrack.geometry.boxes import xywh_to_cxcywh
from siamtrack.geometry.crop import Frames
from siamtrack.geometry.regions import Convention, Region, snap
from siamtrack.tracking.config import PenaltySelect, TrackConfig
from siamtrack.tracking.quirks import clip_center, pad_color, reported_box, size_rate
from siamtrack.tracking.tracker import Tracker
from siamtrack.zoo.presets import PRESETS

from .blob_net import blob_net

_CPU = torch.device("cpu")
_STILL_SIZE = PenaltySelect(penalty_k=0.1, window_influence=0.3, size_lr=0.0)


@pytest.mark.parametrize("rule", ["pysot", "dasiamrpn"])
def test_pysot_half_pixel(rule: Convention) -> None:
    """pysot reads centre = x + (w - 1) / 2 and writes x = centre - w / 2: half a pixel left and up, size kept."""
    x, y, w, h = 30.0, 40.0, 21.0, 14.0
    center, size = xywh_to_cxcywh(torch.tensor([[x, y, w, h]])).split(2, -1)
    pysot_center = (x + (w - 1) / 2, y + (h - 1) / 2)
    expected = [[pysot_center[0] - w / 2, pysot_center[1] - h / 2, w, h]]
    assert expected == [[29.5, 39.5, w, h]]
    assert reported_box(center, size, rule).tolist() == expected


def test_lighttrack_shares_pysots_half_pixel_bounds_and_padding() -> None:
    center, size = torch.tensor([[-50.0, 500.0]]), torch.tensor([[20.0, 30.0]])
    frame, mean = torch.tensor([[100.0, 80.0]]), torch.tensor([[9.9, 10.5, 11.1]])
    assert reported_box(center, size, "lighttrack").equal(reported_box(center, size, "pysot"))
    assert clip_center(center, frame, "lighttrack").equal(clip_center(center, frame, "pysot"))
    assert pad_color(mean, "lighttrack").tolist() == [[9, 10, 11]]


def test_lighttrack_rounds_sides_as_python_2_and_corners_as_python_3_did() -> None:
    """Halves: sides upwards, corners to the even number; pysot rounds sides to even and corners upwards."""
    for side, expected in ((40.5, 41), (41.5, 42), (40.4, 40)):
        window, mapping = snap(Region(torch.tensor([[100.0, 100.0]]), torch.tensor([side])), "lighttrack")
        assert window.side_N.item() == expected
        assert mapping.side_N.item() == pytest.approx(side)  # maps back as if nothing had been rounded
    # Side 40, so that the published corner is round(centre - 0.5 - 20.5).
    corners = {}
    for rule in ("lighttrack", "pysot"):
        window, _ = snap(Region(torch.tensor([[50.5, 51.5], [50.6, 51.4]]), torch.tensor([40.0, 40.0])), rule)
        corners[rule] = (window.center_N2 - 20).tolist()
    assert corners == {"lighttrack": [[30, 30], [30, 30]], "pysot": [[30, 31], [30, 30]]}


def test_lighttrack_mixes_the_size_in_twice() -> None:
    """Published: w = w_new lr + w_old (1 - lr), then w = w_old (1 - lr) + lr w."""
    old, new, lr = torch.tensor([[40.0, 40.0]]), torch.tensor([[60.0, 30.0]]), torch.tensor([0.4])
    mixed = new * lr + (1 - lr) * old
    published = old * (1 - lr) + lr * mixed
    torch.testing.assert_close(torch.lerp(old, new, size_rate(lr, "lighttrack")), published)
    torch.testing.assert_close(torch.lerp(old, new, size_rate(lr, "pysot")), mixed)


@pytest.mark.parametrize("rule", ["exact", "siamfc", "siamfcpp"])
def test_other_rules_report_the_state_as_it_is(rule: str) -> None:
    center, size = xywh_to_cxcywh(torch.tensor([[30.0, 40.0, 21.0, 14.0]])).split(2, -1)
    assert reported_box(center, size, rule).tolist() == [[30, 40, 21, 14]]  # type: ignore[arg-type]


def test_dasiamrpn_rounds_halves_to_even_where_pysot_rounds_up() -> None:
    """A window of 10 pixels round a centre clipped to the border, 0 in coordinates that name pixel centres."""
    corners = {0.5: (-5, -6), 1.5: (-4, -4), 1.25: (-5, -5)}  # of the centre: pysot's, DaSiamRPN's
    for center, expected in corners.items():
        region = Region(torch.full((1, 2), center), torch.tensor([10.0]))
        windows = [snap(region, rule)[0] for rule in ("pysot", "dasiamrpn")]
        assert tuple(int(window.center_N2[0, 0] - 5) for window in windows) == expected


@pytest.mark.parametrize("rule", ["pysot", "dasiamrpn", "siamfcpp"])
def test_pysot_clips_centres_in_coordinates_that_name_pixel_centres(rule: Convention) -> None:
    far, frame = torch.tensor([[-50.0, 500.0]]), torch.tensor([[100.0, 80.0]])
    assert clip_center(far, frame, rule).tolist() == [[0.5, 80.5]]
    assert clip_center(far, frame, "exact").tolist() == [[0, 80]]
    inside = torch.tensor([[33.25, 44.75]])
    assert clip_center(inside, frame, rule).equal(inside)


@pytest.mark.parametrize("rule", ["pysot", "dasiamrpn", "siamfcpp"])
def test_pysot_truncates_the_padding_colour(rule: Convention) -> None:
    image = np.zeros((10, 10, 3), np.uint8)
    image[:9] = 11  # mean 9.9
    frames = Frames.from_image(image, _CPU)
    assert pad_color(frames.mean_color_B3(), rule).tolist() == [[9, 9, 9]]
    assert pad_color(frames.mean_color_B3(), "exact").round().tolist() == [[10, 10, 10]]


def test_padding_colour_is_taken_once(random_tracker) -> None:  # type: ignore[no-untyped-def]
    """A target in the corner sees the padding; what later frames' means are must not matter to it."""
    tracker = random_tracker("siamtrack-s")
    dark = np.full((48, 64, 3), 20, np.uint8)
    tracker.start(dark, (0, 0, 12, 12))
    before = tracker.state.pad_N3.clone()
    tracker.track(dark + np.uint8(200))
    assert tracker.state.pad_N3.equal(before)


def test_published_presets_alone_have_quirks() -> None:
    rules = {name: preset.config.convention for name, preset in PRESETS.items()}
    assert rules["siamtrack-s"] == "exact"
    assert (rules["siamfc"], rules["siamrpn"], rules["siamrpn_alex_dwxcorr"]) == ("siamfc", "dasiamrpn", "pysot")
    assert (rules["nanotrack_v1"], rules["lighttrack_m"]) == ("pysot", "lighttrack")


def bright_rectangle(x: int, y: int, w: int, h: int) -> np.ndarray:
    image = np.zeros((400, 400, 3), np.uint8)  # so large that no search region leaves it
    image[y : y + h, x : x + w] = 255
    return image


@pytest.mark.parametrize("box", [(180, 160, 41, 40), (201, 177, 35, 52), (220, 190, 30, 27)], ids=str)
def test_exact_rule_keeps_a_still_target_where_it_is(box: tuple[int, ...]) -> None:
    tracker = Tracker(blob_net(), TrackConfig(_STILL_SIZE, "exact"), _CPU)
    frame = bright_rectangle(*box)
    tracker.start(frame, box)
    for _ in range(20):
        result = tracker.track(frame)
    np.testing.assert_allclose(result.boxes[0], box, atol=0.1)  # what resizing to 256 does


@pytest.mark.parametrize(
    ("rule", "bound"), [("exact", 0.1), ("siamfc", 0.55), ("siamfcpp", 0.55), ("pysot", 1.05), ("dasiamrpn", 1.05)]
)
def test_a_moving_target_is_followed_within_what_the_rule_rounds_away(rule: str, bound: float) -> None:
    """The published rules forget how they rounded the window; the error stays bounded and does not add up."""
    tracker = Tracker(blob_net(), TrackConfig(_STILL_SIZE, rule), _CPU)  # type: ignore[arg-type]
    tracker.start(bright_rectangle(160, 140, 36, 31), (160, 140, 36, 31))
    for step in range(1, 20):
        box = (160 + 3 * step, 140 + 2 * step, 36, 31)
        result = tracker.track(bright_rectangle(*box))
        np.testing.assert_allclose(result.boxes[0], box, atol=bound)
