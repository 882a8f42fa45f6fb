"""A sequence with ground truth: the one type that evaluation and training work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from siamtrack.data.images import ImageFiles, Images
from siamtrack.data.masks import Masks, PartOfMasks


@dataclass(frozen=True, slots=True)
class Sequence:
    """One target in one video, or in one still image: then T is 1. Shape legend: T frames, M objects.

    Data sets of stills have hundreds of thousands: one without its arrays takes 0.2 kB of memory, one of COCO with box,
    others and polygon 1.5 kB.

    Attributes:
        name: unique in its data set.
        images: T images; none where only annotations are at hand.
        boxes_T4: float64 xywh, pixels, 0-based whatever the files say. A row without a box, or whose box is not known
            (the later frames of withheld test sets), is NaN; a row that the annotators left empty keeps its zeros.
        origin: what the data set's own files call the first pixel, 0 or 1. Result files are written that way too.
        polygons_T8: float64 corners x1,y1..x4,y4, 0-based, where the data set has rotated regions; NaN as in boxes.
        absent_T: bool, the annotators say that the target cannot be seen; None where they say nothing.
        tags: per-frame labels, bool (T,) each, by name (VOT: occlusion, camera_motion ...).
        attributes: labels of the whole sequence (OTB: IV, OCC ...).
        category: kind of target where the data set balances kinds (GOT-10k, LaSOT), else "".
        size: width and height of the images where the annotations give them, else None.
        anchors_T: int, VOT 2020+: 1 a run starts here forwards, -1 backwards, 0 none; None elsewhere.
        others: the other annotated objects of each frame, (M, 4) float64 xywh each, M from 0; None where the data set
            has no others.
        masks: where the target is, pixel by pixel; None where the data set has boxes alone.
        subset: the part of the data set that it comes from, where sampling may weigh parts, else "".
    """

    name: str
    images: Images
    boxes_T4: np.ndarray
    origin: float = 0.0
    polygons_T8: np.ndarray | None = None
    absent_T: np.ndarray | None = None
    tags: Mapping[str, np.ndarray] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    category: str = ""
    size: tuple[int, int] | None = None
    anchors_T: np.ndarray | None = None
    others: tuple[np.ndarray, ...] | None = None
    masks: Masks | None = None
    subset: str = ""

    def __len__(self) -> int:
        return len(self.boxes_T4)

    def part(self, frames: slice | np.ndarray) -> Sequence:
        """Its annotations in some of the frames, or in another order; the images stay those of the whole."""
        frames_T = np.arange(len(self))[frames]
        return replace(
            self,
            boxes_T4=self.boxes_T4[frames],
            polygons_T8=None if self.polygons_T8 is None else self.polygons_T8[frames],
            absent_T=None if self.absent_T is None else self.absent_T[frames],
            tags={name: labels_T[frames] for name, labels_T in self.tags.items()},
            anchors_T=None,
            others=None if self.others is None else tuple(self.others[frame] for frame in frames_T),
            masks=None if self.masks is None else PartOfMasks(self.masks, frames_T),
        )

    def image_size(self) -> tuple[int, int]:
        """Width and height of its images: as the annotations give them, else of the first image.

        Raises:
            ValueError: the annotations do not give them and there are no images, or the first is unreadable.
        """
        if self.size is not None:
            return self.size
        if not len(self.images):
            raise ValueError(
                f"{self.name}: the size of its images is not known; "
                "expected width and height in the annotations, or the images"
            )
        return self.images.size

    @property
    def annotated_T(self) -> np.ndarray:
        """(T,) bool: there is a box of positive size."""
        return np.isfinite(self.boxes_T4).all(1) & (self.boxes_T4[:, 2:] > 0).all(1)

    @property
    def withheld(self) -> bool:
        """Only the first box is published."""
        return len(self) > 1 and bool(np.isnan(self.boxes_T4[1:]).all())


NO_IMAGES = ImageFiles()
