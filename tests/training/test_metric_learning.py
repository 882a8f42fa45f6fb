"""Contrastive and triplet networks taught on real crops: is this the same object, in another frame of its video?

Objects of one video share its background, so chance is not the only measure: what is learnt must also beat the network
before training, and the crops' own pixels.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from siamtrack.data.augment import Jitter, cut_view
from siamtrack.data.datasets.pack import load_pack, video_sources
from siamtrack.data.episodes import BalancedPairSampler, EpisodeSampler
from siamtrack.data.holdout import split_by_source
from siamtrack.data.sequence import Sequence
from siamtrack.evaluation.verification import (
    Interval,
    accuracy_at,
    few_shot_accuracy,
    mean_interval,
    operating_point,
    verification,
)
from siamtrack.losses.metric import batch_hard_triplet, contrastive_losses, euclidean
from siamtrack.nets.embedding import Twin, small_vgg

pytestmark = pytest.mark.slow

_SIDE = 32  # pixels
_FRAMES = 6  # of each object, evenly over its video
_OBJECTS = 250  # to learn from
_STEPS = 250


class Crops(NamedTuple):
    """(N, 3, 32, 32) float32, about -2 to 2, and the number of the object in each."""

    crop_N3HW: Tensor
    object_N: list[int]


class Scores(NamedTuple):
    """On objects of held-out videos; the threshold was chosen on those learnt from."""

    accuracy: float
    auc: float
    accepted_at_5_percent: float
    five_way_one_shot: Interval


@pytest.fixture(scope="module")
def learnt_and_held_out(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Crops, Crops]:
    """The objects of the pack's videos; a quarter of the videos is held out."""
    root = shared / "data/train"
    if not (root / "index.tsv").is_file():
        pytest.skip(f"no training pack at {root}")
    # The pack without its stills, of which there are many.
    videos = tmp_path_factory.mktemp("pack")
    head, *rows = (root / "index.tsv").read_text().splitlines()
    (videos / "index.tsv").write_text("\n".join([head, *(row for row in rows if "\tvid/" in row)]))
    for folder in filter(Path.is_dir, root.iterdir()):
        (videos / folder.name).symlink_to(folder)
    sequences = [sequence for sequence in load_pack(videos) if sequence.annotated_T.sum() >= _FRAMES]
    learnt, held_out = split_by_source(sequences, video_sources(root), 25)
    return cut(learnt[:_OBJECTS]), cut(held_out)


def cut(sequences: list[Sequence]) -> Crops:
    rng = np.random.default_rng(0)
    images, numbers = [], []
    for number, sequence in enumerate(sequences):
        frames = np.flatnonzero(sequence.annotated_T)
        for frame in frames[np.linspace(0, len(frames) - 1, _FRAMES).astype(int)]:
            image = sequence.images.read(frame)
            images.append(cut_view(image, sequence.boxes_T4[frame], _SIDE, _SIDE, Jitter(0, 0, 0), rng).image)
            numbers.append(number)
    return Crops(torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 64 - 2, numbers)


def pairs(crops: Crops, embed: nn.Module, count: int = 2000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores of balanced pairs, whether they are the same, and the embeddings of all crops."""
    with torch.no_grad():
        embedding_ND = torch.cat([embed(part) for part in crops.crop_N3HW.split(256)])
    sampler = BalancedPairSampler(crops.object_N, seed=7)
    first, second, same = zip(*(sampler.pair(index) for index in range(count)), strict=True)
    score = -euclidean(embedding_ND[list(first)], embedding_ND[list(second)])
    return score.numpy(), np.array(same), embedding_ND.numpy()


def judge(embed: nn.Module, learnt: Crops, held_out: Crops) -> Scores:
    embed.eval()
    score, same, _ = pairs(learnt, embed)
    threshold = verification(score, same).threshold
    score, same, embedding = pairs(held_out, embed)
    sampler = EpisodeSampler(held_out.object_N, ways=5, shots=1, queries=5, seed=3)
    episodes = [sampler.episode(index) for index in range(300)]
    return Scores(
        accuracy_at(score, same, threshold),
        verification(score, same).auc,
        operating_point(score, same, 0.05).true_accepts,
        mean_interval(np.array([few_shot_accuracy(embedding[s], embedding[q]) for s, q in episodes])),
    )


def learn_contrastive(net: nn.Module, learnt: Crops) -> None:
    sampler, twin = BalancedPairSampler(learnt.object_N, seed=1), Twin(net)
    optimiser = torch.optim.Adam(net.parameters(), 1e-3)
    for step in range(_STEPS):
        first, second, same = zip(*(sampler.pair(32 * step + n) for n in range(32)), strict=True)
        distance = euclidean(*twin(learnt.crop_N3HW[list(first)], learnt.crop_N3HW[list(second)]))
        loss = contrastive_losses(distance, torch.tensor(same), margin=1.0, similar=1).total
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def learn_triplets(net: nn.Module, learnt: Crops) -> None:
    """Batches of 16 objects and 4 crops of each."""
    sampler = EpisodeSampler(learnt.object_N, ways=16, shots=4, queries=0, seed=1)
    label = torch.arange(16).repeat_interleave(4)
    optimiser = torch.optim.Adam(net.parameters(), 1e-3)
    for step in range(_STEPS):
        items = sampler.episode(step).support_CK.ravel()
        loss = batch_hard_triplet(net(learnt.crop_N3HW[items]), label, margin=0.2).total
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


@pytest.mark.parametrize("learn", [learn_contrastive, learn_triplets])
def test_objects_of_new_videos_are_told_apart(learn, learnt_and_held_out, record_property) -> None:
    """Accuracy 0.35 above chance, 0.5, and better in every score than before training; a better area than pixels.

    Five-way one-shot accuracy is 0.2 by chance.
    """
    learnt, held_out = learnt_and_held_out
    torch.manual_seed(0)
    net = small_vgg(32, width=8, unit=True)
    before, pixels = judge(net, learnt, held_out), judge(nn.Flatten(), learnt, held_out)
    learn(net.train(), learnt)
    after = judge(net, learnt, held_out)
    for name, scores in (("pixels", pixels), ("untrained", before), (learn.__name__, after)):
        record_property(name, {field: str(value) for field, value in scores._asdict().items()})
        print(name, *(f"{field} {value}" for field, value in scores._asdict().items()), sep=", ")
    assert after.accuracy > 0.5 + 0.35
    assert after.accuracy > before.accuracy and after.auc > before.auc
    assert after.auc > pixels.auc + 0.02
    assert after.five_way_one_shot.mean - after.five_way_one_shot.half_width > max(
        before.five_way_one_shot.mean, pixels.five_way_one_shot.mean
    )
