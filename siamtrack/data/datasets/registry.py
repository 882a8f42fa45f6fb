"""Every data set by name: `DATASETS` to evaluate on, `TRAINING_SETS` to train on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from siamtrack.data.datasets import (
    coco,
    davis,
    dtb70,
    folder,
    got10k,
    imagenet,
    lasot,
    nfs,
    otb,
    pack,
    pysot_crops,
    tc128,
    tlp,
    trackingnet,
    uav123,
    vot,
    youtube_bb,
    youtube_vos,
)
from siamtrack.data.datasets.faults import Faults, collect_faults
from siamtrack.data.sequence import Sequence
from siamtrack.naming import known_names

Protocol = Literal["one-pass", "got10k", "reset", "anchor", "long-term"]


@dataclass(frozen=True)
class Dataset:
    """A data set.

    Attributes:
        summary: one line for people, with the paper.
        load: from the root folder to the sequences that are there.
        protocol: how trackers are run on it; of no account for a training set.
        sequences: how many there should be; 0 if that is open.
        origin: what its files call the first pixel.
        track: what tells the sequences of one video apart at the end of their names, a regular expression.
        footage: from the root folder to the footage of each video, for sets whose names do not tell.
        photos: folder in the root with photographs without boxes; empty for none.
        cut_out: each image was cut out round the object, so that it stands still in them.
    """

    summary: str
    load: Callable[[Path], list[Sequence]]
    protocol: Protocol = "one-pass"
    sequences: int = 0
    origin: float = 0.0
    track: str = r"\.[^.]+$"
    footage: Callable[[Path], dict[str, str]] | None = None
    photos: str = ""
    cut_out: bool = False

    def load_sound(self, root: Path) -> tuple[list[Sequence], Faults]:
        """The sequences that can be loaded, maybe none, and what is wrong with the others, by name.

        Raises:
            FileNotFoundError: there is neither.
            ValueError: something is wrong with the data set as a whole.
        """
        with collect_faults() as faults:
            try:
                return self.load(root), faults
            except FileNotFoundError:  # no sequence is left
                if not faults:
                    raise
                return [], faults

    def sources(self, root: Path, sequences: list[Sequence]) -> dict[str, str]:
        """Name of each video -> of the footage that it shares with others; stills have none.

        Raises:
            FileNotFoundError, ValueError: a file of the data set that names the footage is not there, or wrong.
        """
        if self.footage is not None:
            return self.footage(root)
        return {video.name: re.sub(self.track, "", video.name) for video in sequences if len(video) > 1}


DATASETS: dict[str, Dataset] = {
    "otb100": Dataset("OTB-100 (Wu et al. 2015)", otb.load_100, sequences=100, origin=otb.ORIGIN),
    "otb50": Dataset("OTB-50, half of OTB-100 (Wu et al. 2015)", otb.load_50, sequences=50, origin=otb.ORIGIN),
    "otb2013": Dataset("OTB-2013 (Wu et al. 2013)", otb.load_2013, sequences=51, origin=otb.ORIGIN),
    "vot2013": Dataset("VOT2013 (Kristan et al. 2013)", vot.load, "reset", 16),
    "vot2014": Dataset("VOT2014 (Kristan et al. 2014)", vot.load, "reset", 25),
    "vot2015": Dataset("VOT2015 (Kristan et al. 2015)", vot.load, "reset", 60),
    "vot2016": Dataset("VOT2016 (Kristan et al. 2016)", vot.load, "reset", 60),
    "vot2017": Dataset("VOT2017 (Kristan et al. 2017)", vot.load, "reset", 60),
    "vot2018": Dataset("VOT2018 short-term (Kristan et al. 2018)", vot.load, "reset", 60),
    "vot2019": Dataset("VOT2019 short-term (Kristan et al. 2019)", vot.load, "reset", 60),
    "vot2020": Dataset("VOT2020 short-term (Kristan et al. 2020)", vot.load, "anchor", 60),
    "vot2021": Dataset("VOT2021 short-term (Kristan et al. 2021)", vot.load, "anchor", 60),
    "vot2022": Dataset("VOT2022 short-term, segmentation (Kristan et al. 2022)", vot.load, "anchor", 62),
    "vot2018-lt": Dataset("VOT2018 long-term, LTB35 (Lukezic et al. 2018)", vot.load, "long-term", 35),
    "vot2019-lt": Dataset("VOT2019 long-term, LTB50 (Kristan et al. 2019)", vot.load, "long-term", 50),
    "vot2020-lt": Dataset("VOT2020 long-term, LTB50 (Kristan et al. 2020)", vot.load, "long-term", 50),
    "vot2021-lt": Dataset("VOT2021 long-term, LTB50 (Kristan et al. 2021)", vot.load, "long-term", 50),
    "vot2022-lt": Dataset("VOT2022 long-term (Kristan et al. 2022)", vot.load, "long-term", 50),
    "got10k-train": Dataset("GOT-10k training set (Huang et al. 2019)", got10k.load_train, "got10k", 9335),
    "got10k-val": Dataset("GOT-10k validation set (Huang et al. 2019)", got10k.load_val, "got10k", 180),
    "got10k-test": Dataset("GOT-10k test set, first boxes only (Huang et al. 2019)", got10k.load_test, "got10k", 180),
    "lasot": Dataset("LaSOT test set (Fan et al. 2019)", lasot.load_test, sequences=280, origin=lasot.ORIGIN),
    "lasot-train": Dataset(
        "LaSOT training set (Fan et al. 2019)", lasot.load_train, sequences=1120, origin=lasot.ORIGIN
    ),
    "lasot-ext": Dataset("LaSOText (Fan et al. 2021)", lasot.load_extension, sequences=150, origin=lasot.ORIGIN),
    "uav123": Dataset("UAV123 (Mueller et al. 2016)", uav123.load_123, sequences=123, origin=uav123.ORIGIN),
    "uav20l": Dataset("UAV20L, long videos (Mueller et al. 2016)", uav123.load_20l, sequences=20, origin=uav123.ORIGIN),
    "nfs30": Dataset("Need for Speed at 30 frames/s (Kiani Galoogahi et al. 2017)", nfs.load_30, sequences=100),
    "nfs240": Dataset("Need for Speed at 240 frames/s (Kiani Galoogahi et al. 2017)", nfs.load_240, sequences=100),
    "tc128": Dataset("Temple-Color 128 (Liang et al. 2015)", tc128.load, sequences=129, origin=tc128.ORIGIN),
    "dtb70": Dataset("DTB70, drone videos (Li & Yeung 2017)", dtb70.load, sequences=70, origin=dtb70.ORIGIN),
    "trackingnet-train": Dataset(
        "TrackingNet training set (Mueller et al. 2018)", trackingnet.load_train, sequences=30132, track=r"_\d+$"
    ),
    "trackingnet-test": Dataset(
        "TrackingNet test set, first boxes only (Mueller et al. 2018)", trackingnet.load_test, sequences=511
    ),
    "tlp": Dataset("TLP, long videos (Moudgil & Gandhi 2018)", tlp.load, sequences=50),
    "folder": Dataset("your own images or videos with boxes in text files", folder.load),
}


# Those that are no benchmarks too hold stills, or a box every second; what of them is there may be any part.
TRAINING_SETS: dict[str, Dataset] = {
    **{name: DATASETS[name] for name in ("got10k-train", "lasot-train", "trackingnet-train", "folder")},
    "imagenet-vid-train": Dataset("ImageNet VID training set (Russakovsky et al. 2015)", imagenet.load_vid_train),
    "imagenet-vid-val": Dataset("ImageNet VID validation set (Russakovsky et al. 2015)", imagenet.load_vid_val),
    "imagenet-det-train": Dataset("ImageNet DET training set (Russakovsky et al. 2015)", imagenet.load_det_train),
    "coco-train": Dataset("COCO 2017 training set (Lin et al. 2014)", coco.load_train),
    "coco-val": Dataset("COCO 2017 validation set (Lin et al. 2014)", coco.load_val),
    "youtube-bb-train": Dataset(
        "YouTube-BoundingBoxes training set (Real et al. 2017)", youtube_bb.load_train, track=r"(_\d+){2}$"
    ),
    "youtube-vos-train": Dataset("YouTube-VOS training set (Xu et al. 2018)", youtube_vos.load_train),
    "davis-train": Dataset("DAVIS 2017 training set (Pont-Tuset et al. 2017)", davis.load_train),
    "pysot-crops": Dataset("crops that pysot's recipes made of VID, DET, COCO ...", pysot_crops.load, cut_out=True),
    "pack": Dataset(
        "a training pack: crops listed in an index.tsv",
        pack.load_pack,
        footage=pack.video_sources,
        photos="photos",
        cut_out=True,
    ),
}


def get_dataset(name: str) -> Dataset:
    """The data set of that name to evaluate on.

    Raises:
        ValueError: there is none; names the nearest.
    """
    return _get(name, DATASETS, "data set")


def get_training_set(name: str) -> Dataset:
    """The data set of that name to train on.

    Raises:
        ValueError: there is none; names the nearest.
    """
    return _get(name, TRAINING_SETS, "training set")


def get_validation_set(name: str) -> Dataset:
    """The data set of that name to validate on while training: any.

    Raises:
        ValueError: there is none; names the nearest.
    """
    return _get(name, TRAINING_SETS | DATASETS, "data set")


def _get(name: str, known: dict[str, Dataset], what: str) -> Dataset:
    if name not in known:
        raise ValueError(f"no {what} is called {name!r}; {known_names(name, known)}")
    return known[name]
