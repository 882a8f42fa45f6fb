"""Pairs: a pure function of seed and index, positive and negative, from the sets that were asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from siamtrack.data.box_limits import BoxLimits
from siamtrack.data.images import Images
from siamtrack.data.pair_config import PairConfig
from siamtrack.data.pairs import PairBatch, PairSampler
from siamtrack.data.sequence import Sequence
from siamtrack.data.targets import NothingToFollow, Pool, Target, TargetSource

_BOX = np.array([40.0, 40, 30, 30])
_RICH = PairConfig(
    look_alike=0.5,
    negative_like=0.1,
    template_shift_px=2,
    search_shift_px=20,
    search_log_scale=0.2,
    flip=0.5,
    turn_search=0.2,
    blur=0.3,
    coarsen=0.2,
    occlude=0.2,
    hide=0.2,
    color=0.2,
    part=0.2,
    photo_region=0.1,
    new_surroundings=0.3,
    distractor=0.3,
)


class Drawn:
    """Images of one colour each, with the object brighter; `broken` ones cannot be read."""

    in_order = False
    size = (110, 110)

    def __init__(self, label: str, count: int, broken: tuple[int, ...] = ()) -> None:
        self.label, self.count, self.broken = label, count, broken

    def __len__(self) -> int:
        return self.count

    def name(self, index: int) -> str:
        return f"{self.label}-{index}"

    def read(self, index: int) -> np.ndarray:
        if index in self.broken:
            raise ValueError(f"{self.name(index)} is not a readable image")
        number = sum(map(ord, self.name(index)))
        image = np.full((110, 110, 3), (number * 37 % 100, number * 53 % 100, number * 71 % 100), np.uint8)
        image[40:70, 40:70] += 100
        return image

    def close(self) -> None:
        pass


def sequence(name: str, frames: int = 1, category: str = "thing") -> Sequence:
    return Sequence(name, Drawn(name, frames), np.stack([_BOX] * frames), category=category)


_VIDEOS = (sequence("video", 20), sequence("clip", 20))
_STILLS = tuple(sequence(f"still{n}", category="odd" if n % 2 else "even") for n in range(4))
_PHOTOS = Drawn("photo", 2)


def pool(*sequences: Sequence, name: str = "pool", weight: float = 1.0, gap: int = 12) -> Pool:
    return Pool(name, sequences, weight, gap)


_POOLS = (pool(*_VIDEOS, name="vid"), pool(*_STILLS, name="stills"))


def read(images: Images, index: int) -> np.ndarray:
    return images.read(index)


def sampler(*pools: Pool, seed: int = 0, config: PairConfig | None = None, **options: object) -> PairSampler:
    config = config or PairConfig(**options)  # type: ignore[arg-type]
    return PairSampler(TargetSource(pools or _POOLS, _PHOTOS, read), config, 64, 128, seed)


def rich(seed: int = 0) -> PairSampler:
    return sampler(seed=seed, config=_RICH)


def assert_equal(one: PairBatch, other: PairBatch) -> None:
    for field in ("template_N3HW", "search_N3HW", "box_N4", "positive_N"):
        assert getattr(one, field).equal(getattr(other, field))


def test_shapes_of_a_batch() -> None:
    batch = rich().batch(range(5))
    assert (batch.template_N3HW.shape, batch.template_N3HW.dtype) == ((5, 3, 64, 64), torch.uint8)
    assert (batch.search_N3HW.shape, batch.search_N3HW.dtype) == ((5, 3, 128, 128), torch.uint8)
    assert (batch.box_N4.shape, batch.box_N4.dtype) == ((5, 4), torch.float32)
    assert (batch.positive_N.shape, batch.positive_N.dtype) == ((5,), torch.bool)
    assert batch.mask_N1HW is None


def test_any_number_of_workers_gives_the_same_pairs() -> None:
    alone = rich().batch(range(40))
    for workers in (1, 2, 7):
        with ThreadPoolExecutor(workers) as threads:
            assert_equal(rich().batch(range(40), threads.map), alone)


def test_a_pair_does_not_depend_on_the_pairs_before() -> None:
    whole, later = rich().batch(range(10)), rich().batch(range(6, 10))
    for name in ("template_N3HW", "search_N3HW", "box_N4", "positive_N"):
        assert getattr(whole, name)[6:].equal(getattr(later, name))


def test_seed_and_index_both_matter() -> None:
    one = rich().batch([0, 1])
    assert not one.search_N3HW[0].equal(one.search_N3HW[1])
    assert not one.search_N3HW.equal(rich(seed=1).batch([0, 1]).search_N3HW)


@pytest.mark.parametrize("kind", ["negative_like", "negative_unlike"])
def test_negatives_come_at_their_rate_and_show_another_object_of_their_kind(kind: str) -> None:
    pairs = sampler(pool(*_STILLS), **{kind: 0.4})
    kinds = {colour(still.images.read(0)): still.category for still in _STILLS}
    seen = [(z, x, positive) for z, x, positive in map(pairs.pair, range(200))]
    assert 0.3 < np.mean([not positive for _, _, positive in seen]) < 0.5
    for z, x, positive in seen:
        template, shown = colour(z.image), colour(x.image)
        assert (template == shown) == positive
        if not positive:
            assert (kinds[template] == kinds[shown]) == (kind == "negative_like")


def test_negatives_of_any_kind_come_from_every_pool_as_often() -> None:
    few, many = (tuple(sequence(f"{name}{n}") for n in range(10)) for name in ("few", "many"))
    pairs = sampler(pool(*few, weight=0.1), pool(*many, name="many", weight=0.9), negative_any=0.5)
    colours = {colour(one.images.read(0)) for one in few}
    negatives = [(z, x) for z, x, positive in map(pairs.pair, range(400)) if not positive]
    assert 0.4 < len(negatives) / 400 < 0.6
    assert 0.4 < np.mean([colour(x.image) in colours for _, x in negatives]) < 0.6
    assert all(colour(z.image) != colour(x.image) for z, x in negatives)


def test_negatives_beside_show_another_object_of_the_frame_and_its_box() -> None:
    beside = replace(_TWO, others=(np.array([[5.0, 5, 14, 28]]),), boxes_T4=np.array([[80.0, 80, 14, 14]]))
    pairs = sampler(pool(beside, sequence("still")), negative_beside=0.5)
    seen = {(positive, round(float(x.box[3] / x.box[2]))) for _, x, positive in map(pairs.pair, range(40))}
    assert (False, 2) in seen and (True, 2) not in seen  # where no other is known, the pair is positive


def test_pairs_of_one_sequence_share_its_number() -> None:
    batch = sampler(pool(*_STILLS)).batch(range(30))
    assert batch.sequence_N is not None
    shown = [colour(crop.permute(1, 2, 0).numpy()) for crop in batch.template_N3HW]
    assert len(set(zip(shown, batch.sequence_N.tolist(), strict=True))) == len(set(shown)) == len(_STILLS)


def colour(image: np.ndarray) -> tuple[int, ...]:
    """Of the object in the middle of a crop or an image."""
    middle = len(image) // 2
    return tuple(int(value) for value in image[middle, middle])


def test_neighbours_are_different_objects() -> None:
    pairs = sampler(pool(*_STILLS), look_alike=1.0)
    kinds = {colour(still.images.read(0)): still.category for still in _STILLS}
    for index in range(0, 40, 2):
        one, other = (colour(pairs.pair(i)[0].image) for i in (index, index + 1))
        assert one != other
        assert kinds[one] == kinds[other]


@pytest.mark.parametrize("look_alike", [0.0, 1.0])
def test_neighbours_are_different_objects_where_one_had_to_be_drawn_again(look_alike: float) -> None:
    broken = Sequence("broken", Drawn("broken", 1, broken=(0,)), _BOX[None], category="even")
    pairs = sampler(pool(broken, *_STILLS), look_alike=look_alike)
    again = 0
    for index in range(0, 400, 2):
        before = pairs.skipped.total()
        one, other = (colour(pairs.pair(i)[0].image) for i in (index, index + 1))
        assert one != other
        again += pairs.skipped.total() > before
    assert again > 50


def test_weights_are_followed() -> None:
    """Weight 0 keeps a pool out."""
    only_video = sampler(pool(*_VIDEOS), pool(*_STILLS, name="stills", weight=0.0))
    colours = {colour(video.images.read(n)) for video in _VIDEOS for n in range(20)}
    assert all(colour(only_video.pair(index)[0].image) in colours for index in range(20))
    mixed = sampler(pool(*_VIDEOS, weight=3.0), pool(*_STILLS, name="stills"))
    share = np.mean([colour(mixed.pair(index)[0].image) in colours for index in range(0, 400, 2)])
    assert 0.65 < share < 0.85


def test_weights_are_followed_by_look_alikes_too() -> None:
    """Two pools of one category, one of weight 0.9 with two sequences, the other with 20."""
    few = tuple(sequence(f"few{n}") for n in range(2))
    many = tuple(sequence(f"many{n}") for n in range(20))
    pairs = sampler(pool(*few, weight=0.9), pool(*many, name="many", weight=0.1), look_alike=1.0)
    colours = {colour(one.images.read(0)) for one in few}
    share = np.mean([colour(pairs.pair(index)[0].image) in colours for index in range(1, 401, 2)])
    assert share > 0.7  # a little less than 0.9: the neighbour itself is never drawn


def test_frame_gap_bounds_the_distance() -> None:
    video = _VIDEOS[0]
    pairs = sampler(pool(video, sequence("other"), gap=2))
    number = {colour(video.images.read(n)): n for n in range(20)}
    assert len(number) == 20
    seen = [(colour(z.image), colour(x.image)) for z, x, _ in map(pairs.pair, range(200))]
    gaps = [number[z] - number[x] for z, x in seen if z in number]
    assert (min(gaps), max(gaps)) == (-2, 2)


def test_parts_of_stills_are_smaller_targets() -> None:
    """The object is 30 px, its part at most 0.8 of that: magnified to the same size, its surroundings are bright."""
    whole, part = sampler(pool(*_STILLS)), sampler(pool(*_STILLS), part=1.0)
    for index in range(20):
        assert bright_share(part.pair(index)[0].image) > bright_share(whole.pair(index)[0].image) + 0.05


def bright_share(image: np.ndarray) -> float:
    return float((image[..., 0] >= 100).mean())


def test_regions_of_photographs_as_targets() -> None:
    photos = sampler(photo_region=1.0)
    colours = {tuple(_PHOTOS.read(n)[at, at]) for n in (0, 1) for at in (5, 50)}
    for z, x, positive in map(photos.pair, range(20)):
        assert positive
        assert any(np.abs(z.image.astype(int) - colour).max(-1).min() <= 1 for colour in colours)
        assert (x.box[2:] > 0).all()


def test_redrawn_boxes_hold_the_same_share_of_the_object_in_both_crops() -> None:
    """Template and search crops are drawn to their boxes: what is bright fills as much of each."""
    pairs = sampler(pool(*_VIDEOS), redraw=1.0)
    shares = []
    for z, x, _ in map(pairs.pair, range(20)):
        both = []
        for view in (z, x):
            x0, y0, x1, y1 = [*(view.box[:2] - view.box[2:] / 2), *(view.box[:2] + view.box[2:] / 2)]
            middle = len(view.image) / 2
            inside = view.image[round(y0 + middle) : round(y1 + middle), round(x0 + middle) : round(x1 + middle), 0]
            both.append((inside >= 100).mean())
        assert both[0] == pytest.approx(both[1], abs=0.1)
        shares.append(both[0])
    assert min(shares) < 0.9 < max(shares)


def test_redrawing_by_hand() -> None:
    target = Target.of(_STILLS[0], pool(*_STILLS)).redrawn(np.array([0.1, 0.0]), np.array([2.0, 0.5]))
    assert target.boxes_R4.tolist() == [[55 + 3 - 30, 55 - 7.5, 60, 15]]


_TWO = replace(sequence("two", category="two"), others=(np.array([[80.0, 82, 20, 20], [-5, 0, 40, 40]]),))


@pytest.mark.parametrize(
    ("asked", "share"), [({}, 1 / 3), ({"template_blur": 0.0}, 0.0), ({"template_blur": 1.0}, 1.0)]
)
def test_templates_are_blurred_a_third_as_often_or_as_asked(asked: dict[str, float], share: float) -> None:
    plain, blurred = sampler(), sampler(blur=1.0, **asked)
    changed = []
    for index in range(60):
        (z, x, _), (blurred_z, blurred_x, _) = plain.pair(index), blurred.pair(index)
        changed.append((z.image != blurred_z.image).any())
        assert (x.image != blurred_x.image).any()
    assert np.mean(changed) == pytest.approx(share, abs=0.15 if 0 < share < 1 else 0)


def test_another_object_of_the_frame_as_target_and_as_centre() -> None:
    """Of the two others one is cut off by the border and so is never taken."""
    other = sampler(pool(_TWO, sequence("still")), other_target=1.0)
    background = tuple(int(value) for value in _TWO.images.read(0)[90, 90])
    assert colour(other.pair(0)[0].image) == background or colour(other.pair(1)[0].image) == background
    # Search squares are twice two object sizes wide, 120 px: 38.4 px to the left and above is still within it.
    distracted = sampler(pool(_TWO, sequence("still")), distracted=1.0)
    boxes = [
        x.box for z, x, positive in map(distracted.pair, range(20)) if colour(z.image) == colour(_TWO.images.read(0))
    ]
    assert boxes
    assert all(np.allclose(box, np.array([-35, -37, 30, 30]) * 128 / 120, atol=1e-3) for box in boxes)


def test_a_distracted_crop_without_the_target_is_negative() -> None:
    far = replace(_TWO, others=(np.array([[5.0, 5, 14, 14]]),), boxes_T4=np.array([[80.0, 80, 14, 14]]))
    pairs = sampler(pool(far, sequence("still")), distracted=1.0)
    seen = [positive for index in range(20) for z, x, positive in [pairs.pair(index)] if (np.abs(x.box[:2]) > 64).any()]
    assert seen and not any(seen)


def test_hidden_targets_are_gone_and_negative_and_as_often_a_place_beside_them_is_covered() -> None:
    plain, hidden = sampler(pool(*_STILLS)), sampler(pool(*_STILLS), hide=1.0)
    gone = []
    for index in range(80):
        (_, before, _), (_, after, positive) = plain.pair(index), hidden.pair(index)
        gone.append(colour(after.image) != colour(before.image))
        assert positive is not gone[-1]
    assert 25 < sum(gone) < 55


def test_masks_come_along() -> None:
    class Square:
        def read(self, index: int) -> np.ndarray:
            mask = np.zeros((110, 110), bool)
            mask[40:70, 40:70] = True
            return mask

    known = replace(sequence("known"), masks=Square())
    batch = sampler(pool(known, sequence("unknown")), search_shift_px=10, flip=0.5).batch(range(8))
    assert batch.mask_N1HW is not None
    assert (batch.mask_N1HW.shape, batch.mask_N1HW.dtype) == ((8, 1, 128, 128), torch.uint8)
    areas = batch.mask_N1HW.sum((1, 2, 3)).tolist()
    expected = (30 * 128 / 120) ** 2
    assert all(area == 0 or abs(area / expected - 1) < 0.1 for area in areas)
    assert 0 < sum(area > 0 for area in areas) < 8


def test_triplets_show_one_object_twice_and_another_once() -> None:
    pairs = sampler(pool(*_STILLS))
    for anchor, positive, negative in map(pairs.triplet, range(20)):
        assert colour(anchor.image) == colour(positive.image) != colour(negative.image)


def test_limits_do_not_bring_a_broken_image_back() -> None:
    """Where an image says how large it is: a pair whose neighbour drew a broken one is made all the same."""

    class Unreadable(Drawn):
        @property
        def size(self) -> tuple[int, int]:  # type: ignore[override]
            raise ValueError("broken-0 is not a readable image")

    broken = Sequence("broken", Unreadable("broken", 1), _BOX[None])
    limited = Pool("pool", (broken, *_STILLS, *_VIDEOS), 1.0, 12, BoxLimits(least_px=1))
    assert len(sampler(limited).batch(range(120)).positive_N) == 120


def test_triplets_do_without_what_cannot_be_read() -> None:
    broken = Sequence("broken", Drawn("broken", 1, broken=(0,)), _BOX[None])
    pairs = sampler(pool(broken, *_STILLS))
    assert len([pairs.triplet(index) for index in range(20)]) == 20
    assert set(pairs.skipped) == {"broken-0 is not a readable image"}


def test_what_cannot_be_read_is_replaced_counted_and_named() -> None:
    broken = Sequence("broken", Drawn("broken", 1, broken=(0,)), _BOX[None])
    pairs = sampler(pool(broken, *_STILLS))
    batch = pairs.batch(range(40))
    assert len(batch.positive_N) == 40
    assert set(pairs.skipped) == {"broken-0 is not a readable image"}
    assert pairs.skipped["broken-0 is not a readable image"] >= 3
    assert_equal(sampler(pool(broken, *_STILLS)).batch(range(40)), batch)


def test_a_run_goes_on_where_most_images_cannot_be_read() -> None:
    broken = [Sequence(f"broken{i}", Drawn(f"broken{i}", 1, broken=(0,)), _BOX[None]) for i in range(8)]
    assert len(sampler(pool(*broken, *_STILLS)).batch(range(60)).positive_N) == 60


def test_sequences_without_a_usable_box_are_replaced_and_named() -> None:
    empty = Sequence("empty", Drawn("empty", 2), np.array([[np.nan] * 4, [3, 3, 0, 5]]))
    outside = Sequence("outside", Drawn("outside", 1), np.array([[300.0, 5, 20, 20]]))
    pairs = sampler(pool(empty, outside, *_STILLS))
    pairs.batch(range(60))
    assert sorted(pairs.skipped) == [
        "empty: no frame has a box of positive size",
        "outside-0: box [300.0, 5.0, 20.0, 20.0] lies outside the image of 110 x 110",
    ]


def test_nothing_usable_is_an_error_that_names_the_last_fault() -> None:
    broken = [Sequence(name, Drawn(name, 1, broken=(0,)), _BOX[None]) for name in "ab"]
    with pytest.raises(ValueError, match=r"no pair could be made in 100 attempts.*-0 is not a readable image"):
        sampler(pool(*broken)).pair(0)


@pytest.mark.parametrize(("aspect", "varies"), [(0.0, False), (0.2, True)])
def test_templates_are_stretched_apart_from_their_scale(aspect: float, varies: bool) -> None:
    pairs = sampler(pool(*_STILLS), template_log_scale=0.1, template_log_aspect=aspect)
    sizes = np.stack([pairs.pair(index)[0].box[2:] for index in range(12)])
    assert np.ptp(sizes.prod(1)) > 1
    assert (np.ptp(sizes[:, 0] / sizes[:, 1]) > 0.05) == varies


def test_absent_frames_show_no_target() -> None:
    video = replace(_VIDEOS[0], absent_T=np.arange(20) != 7)
    assert Target.of(video, pool(video)).frame_R.tolist() == [7]
    with pytest.raises(NothingToFollow, match="video"):
        Target.of(replace(video, absent_T=np.ones(20, bool)), pool(video))


def test_unknown_options_are_an_error() -> None:
    with pytest.raises(ValidationError, match="negatives"):
        PairConfig(negatives=0.2)  # type: ignore[call-arg]


def test_more_negatives_than_pairs_are_an_error() -> None:
    with pytest.raises(ValidationError, match=r"negative_like': 0.7.*expected a sum of at most 1"):
        PairConfig(negative_like=0.7, negative_any=0.4)


def test_one_sequence_has_no_neighbour() -> None:
    with pytest.raises(ValueError, match="two sequences"):
        sampler(pool(_STILLS[0]))


def test_a_rare_second_sequence_is_found() -> None:
    """A pool of a single sequence that is drawn nearly always: another object exists and must be found."""
    pools = pool(_STILLS[0], name="big", weight=0.9999), pool(_STILLS[1], name="small", weight=0.0001)
    assert not sampler(*pools, negative_like=1.0).batch(range(10)).positive_N.any()
