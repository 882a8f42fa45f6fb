"""Judge a verifier by the objects of held-out videos of a training pack, beside what it must beat.

`python tools/judge_verifier.py --pack PACK [--weights FILE] > RECORD.json`; `package_weights.py` takes the record.

pixels      the crop's middle, 16x16 pixels, less its mean
trunk       the trunk of siamtrack-s, its last level averaged over the crop; it was taught most of these objects
verifier    the weights
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from torch.nn import functional

from siamtrack.data.datasets.pack import held_out_videos, video_sources
from siamtrack.evaluation.identity import Views, judge_identity
from siamtrack.geometry.boxes import xywh_to_cxcywh
from siamtrack.geometry.crop import Frames, crop
from siamtrack.geometry.regions import Region, context_side, snap
from siamtrack.zoo.load import load, load_verifier


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--percent", type=int, default=20, help="of its sources that were held out")
    parser.add_argument("--weights", type=Path, help="default: the bundled ones")
    args = parser.parse_args()
    torch.set_num_threads(1)
    sources = video_sources(args.pack)
    verifier, trunk = load_verifier(device="cpu", weights=args.weights), load(device="cpu").net
    seen: dict[str, list[np.ndarray]] = {"pixels": [], "trunk": [], "verifier": []}
    rows: list[tuple[str, str, str]] = []
    for video in held_out_videos(args.pack, args.percent):
        for frame in np.flatnonzero(video.annotated_T):
            image, box = video.images.read(frame), video.boxes_T4[frame]
            rows.append((video.name, video.category, sources[video.name]))
            seen["verifier"].append(verifier.embed(image, box)[0])
            crop_13HW = _cut(image, box, trunk.spec.template_px)
            seen["pixels"].append(_pixels(crop_13HW))
            with torch.inference_mode():
                (level_1CHW,) = trunk.embed(crop_13HW)
            seen["trunk"].append(level_1CHW.mean((2, 3))[0].numpy())
    views = Views(*(np.array(column) for column in zip(*rows, strict=True)))
    json.dump({name: judge_identity(np.stack(some), views) for name, some in seen.items()}, sys.stdout, indent=1)


def _cut(image: np.ndarray, box: np.ndarray, side: int) -> torch.Tensor:
    """The template crop, as `tracking.verify.embed_boxes` cuts it."""
    frames, box_14 = Frames.from_image(image, torch.device("cpu")), xywh_to_cxcywh(torch.tensor(box)[None].float())
    window, _ = snap(Region(box_14[:, :2], context_side(box_14[:, 2:])), "exact")
    return crop(frames, torch.zeros(1, dtype=torch.int64), window, frames.mean_color_B3(), side)


def _pixels(crop_13HW: torch.Tensor) -> np.ndarray:
    quarter = crop_13HW.shape[-1] // 4
    middle = functional.adaptive_avg_pool2d(crop_13HW[..., quarter:-quarter, quarter:-quarter], 16).flatten()
    pixels: np.ndarray = (middle - middle.mean()).numpy()
    return pixels


if __name__ == "__main__":
    main()
