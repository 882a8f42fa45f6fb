"""`siamtrack verify`: do two images show the same object?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from siamtrack.cli.arguments import check_device
from siamtrack.cli.boxes import parse_box
from siamtrack.cli.errors import fail
from siamtrack.data.images import read_image
from siamtrack.tracking.verify import Verifier, score
from siamtrack.zoo.load import load_verifier

Box = tuple[float, float, float, float]


def verify(
    image_a: Annotated[Path, typer.Argument(help="An image.")],
    image_b: Annotated[Path, typer.Argument(help="Another one, or the same with another box.")],
    box_a: Annotated[
        str | None, typer.Option(help="The object in it, X,Y,W,H in pixels. \\[default: the whole image]")
    ] = None,
    box_b: Annotated[str | None, typer.Option(help="The object in the other.")] = None,
    false_accepts: Annotated[
        float, typer.Option(help="Wanted share of different objects that are taken for the same.")
    ] = 0.01,
    weights: Annotated[Path | None, typer.Option(help="Weights of the verifier, others than the bundled ones.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say whether two images, or boxes in them, show the same object.

    Prints the score (cosine of the angle between two embeddings, -1 to 1), the threshold for the wanted share of false
    accepts, as measured on held-out videos, and the decision.

    Exit status: 0 the same; 3 different; 1 something could not be read; 2 wrong arguments.
    """
    check_device(device)
    first, second = _parse(box_a, "--box-a"), _parse(box_b, "--box-b")
    try:
        verifier = load_verifier(device=device, weights=weights)
        threshold = verifier.threshold(false_accepts)
        alike = float(score(_embed(verifier, image_a, first), _embed(verifier, image_b, second)))
    except (ValueError, OSError) as error:
        fail(error)
    same = alike >= threshold
    if as_json:
        print(json.dumps({"score": alike, "threshold": threshold, "false_accepts": false_accepts, "same": same}))
    else:
        print(f"{'same' if same else 'different'}: score {alike:.3f}, threshold {threshold:.3f}")
    raise typer.Exit(0 if same else 3)


def _parse(text: str | None, option: str) -> Box | None:
    if text is None:
        return None
    first = parse_box(text, option)
    if first.frame is not None:
        raise typer.BadParameter(f"{option}: {text!r} has five numbers, expected x,y,w,h")
    return first.box


def _embed(verifier: Verifier, path: Path, box: Box | None) -> np.ndarray:
    """(D,) of the box, or of the whole image.

    Raises:
        ValueError: the image is unreadable, or the box lies outside; names the file.
    """
    image = read_image(path)
    try:
        embedding: np.ndarray = verifier.embed(image, box or (0, 0, image.shape[1], image.shape[0]))[0]
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return embedding
