"""Each criterion on small maps of a real head, parts worked by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor, nn

from siamtrack.data.pairs import PairBatch
from siamtrack.geometry.boxes import xyxy_to_cxcywh
from siamtrack.geometry.grids import anchor_grid, point_grid
from siamtrack.nets.heads.base import Head
from siamtrack.nets.heads.fc import FullyConvolutional
from siamtrack.nets.heads.light import LightHead
from siamtrack.nets.heads.mask import MaskRPN
from siamtrack.nets.heads.rpn import DepthwiseRPN
from siamtrack.nets.neck import Neck
from siamtrack.nets.siamese import SiameseNet
from siamtrack.nets.types import Candidates, HeadOutput, NetSpec
from siamtrack.nets.verifier import EmbeddedPairs
from siamtrack.training.criteria import CRITERIA, Criterion, Losses, make_criterion
from siamtrack.training.criterion_config import CriterionConfig

_CELLS = 9
_RATIOS = (0.33, 0.5, 1.0, 2.0, 3.0)
_KINDS = ["logistic", "triplet", "anchor", "anchor_mask", "ban", "centerness", "focal", "point"]
_RANKED: list[dict[str, object]] = [{"kind": kind, "ranking": {}} for kind in ("anchor", "ban")]


class DistanceHead(Head):
    """Distances to the four sides in crop pixels: what the heads of SiamBAN, SiamCAR and SiamFC++ decode."""

    def decode(self, raw: HeadOutput) -> Candidates:
        assert raw.loc_NCHW is not None
        point_HW2 = point_grid(raw.cls_NCHW.shape[-1], 8, raw.cls_NCHW.device)
        before, after = raw.loc_NCHW.float().permute(0, 2, 3, 1).split(2, -1)
        box_NHW4 = xyxy_to_cxcywh(torch.cat((point_HW2 - before, point_HW2 + after), -1))
        return Candidates(raw.cls_NCHW.float().softmax(1)[:, -1:], box_NHW4[:, None])


def net_of(kind: str) -> SiameseNet:
    heads = {
        "logistic": FullyConvolutional,
        "triplet": FullyConvolutional,
        "anchor": lambda: DepthwiseRPN(1),
        "anchor_mask": lambda: DepthwiseRPN(1),
        "point": lambda: LightHead(1, 8, 8),
    }
    return SiameseNet(nn.Identity(), heads.get(kind, DistanceHead)(), NetSpec(127, 191, 8))


def maps_of(kind: str, pairs: int, dtype: torch.dtype = torch.float32) -> HeadOutput:
    """Leaf tensors of the channels that the kind's head gives, reproducible; distances are positive."""
    rng = torch.Generator().manual_seed(1)
    cls, loc, center, mask = {
        "logistic": (1, 0, 0, 0),
        "triplet": (1, 0, 0, 0),
        "anchor": (10, 20, 0, 0),
        "anchor_mask": (10, 20, 0, 63 * 63),
        "ban": (2, 4, 0, 0),
        "centerness": (2, 4, 1, 0),
        "focal": (1, 4, 1, 0),
        "point": (1, 4, 0, 0),
    }[kind]

    def leaf(channels: int, positive: bool = False) -> Tensor | None:
        if channels == 0:
            return None
        maps = torch.randn(pairs, channels, _CELLS, _CELLS, generator=rng)
        return (maps.exp() * 20 if positive else maps).to(dtype).requires_grad_()

    cls_NCHW = leaf(cls)
    assert cls_NCHW is not None
    return HeadOutput(cls_NCHW, leaf(loc, kind in ("ban", "centerness", "focal")), leaf(center), leaf(mask))


def batch_of(*positive: bool, mask: Tensor | None = None, side: float = 64) -> PairBatch:
    pairs = len(positive)
    crop = torch.zeros(pairs, 3, 1, 1, dtype=torch.uint8)
    box = torch.tensor([[4.0, -6, side, side]]).expand(pairs, 4)
    return PairBatch(crop, box, crop, box, torch.tensor(positive), mask)


def whole_mask(pairs: int) -> Tensor:
    mask = torch.zeros(pairs, 1, 191, 191, dtype=torch.uint8)
    mask[:, :, 60:130, 60:130] = 1
    return mask


def criterion_of(seed: int = 0, **config: object) -> Criterion:
    parsed: CriterionConfig = TypeAdapter(CriterionConfig).validate_python(config)
    return make_criterion(parsed, torch.Generator().manual_seed(seed))


def gradients(losses: Losses, raw: HeadOutput) -> list[Tensor]:
    used = [maps for maps in raw if maps is not None]
    return [
        torch.zeros_like(maps) if gradient is None else gradient
        for maps, gradient in zip(used, torch.autograd.grad(losses.total, used, allow_unused=True), strict=True)
    ]


def test_every_kind_has_a_config_and_a_criterion() -> None:
    configs = get_args(get_args(CriterionConfig)[0])
    assert [config().kind for config in configs] == list(CRITERIA)
    assert sorted(CRITERIA) == sorted([*_KINDS, "refined_mask", "batch_hard"])


def test_batch_hard_compares_crops_of_different_sequences() -> None:
    """Rows 0 and 1 are of one sequence, whose third crop is another object; row 2 is of another one."""
    angle = torch.tensor([0.0, 0.1, 1.0, 0.2, 0.3, 1.2])  # firsts, then seconds
    first, second = torch.stack((angle.cos(), angle.sin()), 1).chunk(2)
    batch = replace(batch_of(True, False, True), sequence_N=torch.tensor([7, 7, 8]))
    losses = criterion_of(kind="batch_hard", margin=0.2)(None, EmbeddedPairs(first, second), batch)

    def apart(one: float, other: float) -> float:
        return 2 * math.sin(abs(one - other) / 2)  # a chord of the unit circle

    hard = [
        apart(0.0, 0.2) - apart(0.0, 0.3) + 0.2,
        apart(0.1, 0.2) - apart(0.1, 0.3) + 0.2,
        apart(1.0, 1.2) - apart(1.0, 0.3) + 0.2,
        apart(0.2, 0.0) - apart(0.2, 0.3) + 0.2,
        apart(1.2, 1.0) - apart(1.2, 0.3) + 0.2,
    ]
    assert losses.total.item() == pytest.approx(sum(max(0, value) for value in hard) / 5, abs=1e-6)
    with pytest.raises(ValueError, match="which sequence"):
        criterion_of(kind="batch_hard")(None, EmbeddedPairs(first, second), batch_of(True, True, True))


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_finite_float32_and_every_map_learns(kind: str, dtype: torch.dtype) -> None:
    raw = maps_of(kind, 3, dtype)
    batch = batch_of(True, False, True, mask=whole_mask(3))
    losses = criterion_of(kind=kind)(net_of(kind), raw, batch)
    assert all(part.isfinite() and part.shape == () for part in losses._asdict().values())
    assert losses.total.dtype == torch.float32
    for gradient in gradients(losses, raw):
        assert gradient.isfinite().all()
        assert gradient.any()


@pytest.mark.parametrize("kind", _KINDS)
def test_negative_pairs_only(kind: str) -> None:
    raw = maps_of(kind, 2)
    losses = criterion_of(kind=kind)(net_of(kind), raw, batch_of(False, False, mask=whole_mask(2)))
    cls, *others = gradients(losses, raw)
    assert losses.total.isfinite()
    assert cls.isfinite().all()
    assert cls.any() or kind == "triplet"
    assert all(not other.any() for other in others)


@pytest.mark.parametrize("config", [{"kind": kind} for kind in _KINDS] + _RANKED)
def test_nothing_asks_the_device_for_a_value(config: dict[str, object]) -> None:
    """Tensors without values: whoever counts, branches on or moves one fails."""
    kind = str(config["kind"])
    raw = HeadOutput(*(None if maps is None else maps.to("meta") for maps in maps_of(kind, 3)))
    batch = batch_of(True, False, True, mask=whole_mask(3))
    losses = make_criterion(TypeAdapter(CriterionConfig).validate_python(config))(net_of(kind), raw, batch)
    assert all(part.is_meta and part.shape == () for part in losses._asdict().values())


@pytest.mark.parametrize("kind", ["anchor", "ban"])
def test_ranking_is_added_to_the_heads_own(kind: str) -> None:
    raw, batch, net = maps_of(kind, 3), batch_of(True, False, True), net_of(kind)
    own = criterion_of(kind=kind)(net, raw, batch)._asdict()
    both = criterion_of(kind=kind, ranking={"cls_weight": 2, "iou_weight": 3})(net, raw, batch)
    parts = both._asdict()
    assert (parts["cls"], parts["box"]) == (own["cls"], own["box"])
    ranking = 2 * parts["ranking_cls"] + 3 * (parts["ranking_score"] + parts["ranking_iou"])
    torch.testing.assert_close(both.total, own["total"] + ranking)
    assert all(parts[name] > 0 for name in ("ranking_cls", "ranking_score", "ranking_iou"))
    assert all(gradient.isfinite().all() for gradient in gradients(both, raw))


@pytest.mark.parametrize("kind", ["anchor", "ban"])
def test_the_generator_decides_what_is_drawn(kind: str) -> None:
    raw, batch, net = maps_of(kind, 2), batch_of(True, True, side=20), net_of(kind)  # small: more than 48 negatives
    first, again, other = (criterion_of(seed, kind=kind)(net, raw, batch).total for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_anchors_are_those_of_the_head() -> None:
    """Offsets that say the true box at every anchor, as encoded by hand: no box loss, wherever the positives are."""
    raw, batch = maps_of("anchor", 1), batch_of(True)
    anchor_AHW4 = anchor_grid(_CELLS, 8, _RATIOS, 8.0, torch.device("cpu"))
    center = (batch.box_N4[0, :2] - anchor_AHW4[..., :2]) / anchor_AHW4[..., 2:]
    size = (batch.box_N4[0, 2:] / anchor_AHW4[..., 2:]).log()
    loc = torch.cat((center, size), -1).permute(3, 0, 1, 2).flatten(0, 1)[None]
    losses = criterion_of(kind="anchor")(net_of("anchor"), raw._replace(loc_NCHW=loc), batch)._asdict()
    assert losses["box"].item() == pytest.approx(0, abs=1e-5)
    assert losses["total"].item() == pytest.approx(losses["cls"].item(), abs=1e-4)


@pytest.mark.parametrize("kind", ["ban", "centerness", "focal"])
def test_points_are_those_of_the_head(kind: str) -> None:
    raw, batch = maps_of(kind, 1), batch_of(True)
    to_point = point_grid(_CELLS, 8, torch.device("cpu")) - batch.box_N4[0, :2]
    half = batch.box_N4[0, 2:] / 2
    loc = torch.cat((half + to_point, half - to_point), -1).permute(2, 0, 1)[None]
    losses = criterion_of(kind=kind)(net_of(kind), raw._replace(loc_NCHW=loc), batch)._asdict()
    assert losses["box"].item() == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(
    ("kind", "positive"),
    [
        ("ban", lambda x, y: x * x + y * y < 16**2),  # a quarter of the box of 64 px
        ("centerness", lambda x, y: max(abs(x), abs(y)) < 0.4 * 32),
        ("focal", lambda x, y: max(abs(x), abs(y)) < 32),
    ],
)
def test_boxes_are_taught_where_the_object_is(kind: str, positive: Callable[[int, int], bool]) -> None:
    """x, y: from the object's centre at (4, -6), to cells at -32, -24, ... 32."""
    raw = maps_of(kind, 1)
    loc = gradients(criterion_of(kind=kind)(net_of(kind), raw, batch_of(True)), raw)[1]
    taught = {(8 * x - 32, 8 * y - 32) for y, x in loc[0].any(0).nonzero().tolist()}
    line = range(-32, 33, 8)
    assert taught == {(x, y) for x in line for y in line if positive(x - 4, y + 6)}


@pytest.mark.parametrize("kind", ["anchor", "ban"])
def test_ranking_sees_the_negatives(kind: str) -> None:
    """Absent object, every score 0.9: the negatives' expectation is 0.9 and should lie 0.5 below 1."""
    raw = maps_of(kind, 1)
    cls = torch.zeros_like(raw.cls_NCHW)
    cls[:, cls.shape[1] // 2 :] = math.log(9)
    losses = criterion_of(kind=kind, ranking={})(net_of(kind), raw._replace(cls_NCHW=cls), batch_of(False))
    assert losses._asdict()["ranking_cls"].item() == pytest.approx(math.log(1 + math.exp(4 * 0.4)) / 4, rel=1e-5)


@pytest.mark.parametrize("kind", ["logistic", "triplet"])
def test_a_response_worked_by_hand(kind: str) -> None:
    """Radius 8 px about (4, -6): cells at (0, -8) and (8, -8), 6 block px away, are positive; the next lie at 10."""
    cls = torch.zeros(1, 1, _CELLS, _CELLS)
    cls[0, 0, 3, 4] = cls[0, 0, 3, 5] = math.log(3)
    raw = HeadOutput(cls, None)
    losses = criterion_of(kind=kind, radius_px=8)(net_of(kind), raw, batch_of(True))
    hand = {"logistic": (math.log(4 / 3) + math.log(2)) / 2, "triplet": math.log(4 / 3)}
    assert losses.total.item() == pytest.approx(hand[kind], rel=1e-5)


def test_weights_of_the_mask_criterion() -> None:
    """A mask of zeros costs log 2 a pixel inside the crop; here every window lies inside it."""
    raw = maps_of("anchor_mask", 1)
    raw = raw._replace(mask_NCHW=torch.zeros_like(raw.mask_NCHW))
    losses = criterion_of(kind="anchor_mask")(net_of("anchor_mask"), raw, batch_of(True, mask=whole_mask(1)))
    parts = losses._asdict()
    assert parts["mask"].item() == pytest.approx(math.log(2), rel=1e-5)
    total = parts["cls"] + 1.2 * parts["box"] + 36 * parts["mask"]
    torch.testing.assert_close(losses.total, total)


def second_stage(pairs: int) -> tuple[SiameseNet, HeadOutput]:
    """SiamMask's head in training, on features of 143 px."""
    torch.manual_seed(0)
    head = MaskRPN(Neck((8,), (16,)))
    z, x = (
        tuple(torch.randn(pairs, c, s, s) for c, s in zip((64, 256, 512, 8), sides, strict=True))
        for sides in ((61, 31, 15, 15), (69, 35, 17, 17))
    )
    return SiameseNet(nn.Identity(), head, NetSpec(127, 255, 8)), head.search(head.kernels(z), x)


def left_half(pairs: int) -> Tensor:
    mask = torch.zeros(pairs, 1, 143, 143, dtype=torch.uint8)
    mask[..., :71] = 1
    return mask


def test_the_second_stage_teaches_sharp_masks_alone() -> None:
    net, raw = second_stage(2)
    assert raw.cls_NCHW.shape[-1] == 3
    losses = criterion_of(kind="refined_mask")(net, raw, batch_of(True, True, mask=left_half(2)))
    losses.total.backward()
    learnt = {name.split(".")[0] for name, weight in net.head.named_parameters() if weight.grad is not None}
    assert learnt == {"refine", "mask", "neck"}
    assert all(weight.grad is not None and weight.grad.any() for weight in net.head.refine.parameters())


def test_the_weight_of_the_second_stage() -> None:
    """A mask of zeros costs log 2 a pixel."""
    net, raw = second_stage(1)
    for weight in net.head.refine.post2.parameters():
        nn.init.zeros_(weight)
    parts = criterion_of(kind="refined_mask")(net, raw, batch_of(True, mask=left_half(1)))._asdict()
    assert parts["mask"].item() == pytest.approx(math.log(2), rel=1e-5)
    assert parts["total"].item() == pytest.approx(36 * math.log(2), rel=1e-5)
    unknown = criterion_of(kind="refined_mask")(net, raw, batch_of(True))
    assert unknown.total.item() == 0
    with pytest.raises(ValueError, match="refines masks"):
        criterion_of(kind="refined_mask")(net_of("anchor"), maps_of("anchor", 1), batch_of(True))


def test_pairs_without_a_mask_do_not_teach_masks() -> None:
    raw, net = maps_of("anchor_mask", 2), net_of("anchor_mask")
    mask = whole_mask(2)
    mask[0] = 0
    *_, known = gradients(criterion_of(kind="anchor_mask")(net, raw, batch_of(True, True, mask=mask)), raw)
    assert not known[0].any()
    assert known[1].any()
    losses = criterion_of(kind="anchor_mask")(net, raw, batch_of(True, True))
    assert losses._asdict()["mask"].item() == 0
    assert losses.total.item() == pytest.approx(
        criterion_of(kind="anchor")(net, raw, batch_of(True, True)).total.item(), rel=1e-6
    )


@pytest.mark.parametrize(("kind", "what"), [("anchor_mask", "masks"), ("centerness", "centre-ness"), ("ban", "boxes")])
def test_a_head_that_lacks_a_map_is_named(kind: str, what: str) -> None:
    raw = maps_of(kind, 1)._replace(center_N1HW=None, mask_NCHW=None)
    if kind == "ban":
        raw = raw._replace(loc_NCHW=None)
    with pytest.raises(ValueError, match=f"gives {what}"):
        criterion_of(kind=kind)(net_of(kind), raw, batch_of(True, mask=whole_mask(1)))


@pytest.mark.parametrize(
    "config", [{"kind": "ban", "box_wieght": 2}, {"kind": "bam"}, {"kind": "ban", "overlap": "ciou"}]
)
def test_unknown_keys_and_values_are_errors(config: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="box_wieght|bam|ciou"):
        TypeAdapter(CriterionConfig).validate_python(config)
