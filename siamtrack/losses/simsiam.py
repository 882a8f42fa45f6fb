"""Learning from two views of the same thing without negatives (Chen and He, "SimSiam", CVPR 2021).

Shape legend: N rows, D dimensions.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def simsiam_loss(
    predicted_a_ND: Tensor,
    predicted_b_ND: Tensor,
    projected_a_ND: Tensor,
    projected_b_ND: Tensor,
    *,
    stop_gradient: bool = True,
) -> Tensor:
    """The mean of -cos(p_a, z_b) and -cos(p_b, z_a), z taken as constant (eq. 2 and 4): from -1, the best, to 1.

    Args:
        predicted_a_ND, predicted_b_ND: p, what the predictor makes of each view.
        projected_a_ND, projected_b_ND: z, what it should have foreseen of the other view.
        stop_gradient: z is constant. Without it (section 4.1) every view soon looks the same; see `output_spread`.

    Raises:
        ValueError: the four differ in shape.
    """
    shapes = [tuple(x.shape) for x in (predicted_a_ND, predicted_b_ND, projected_a_ND, projected_b_ND)]
    if len(set(shapes)) > 1:
        raise ValueError(f"predictions and projections have shapes {', '.join(map(str, shapes))}, expected one shape")
    if stop_gradient:
        projected_a_ND, projected_b_ND = projected_a_ND.detach(), projected_b_ND.detach()
    forwards = functional.cosine_similarity(predicted_a_ND, projected_b_ND, dim=1).mean()
    backwards = functional.cosine_similarity(predicted_b_ND, projected_a_ND, dim=1).mean()
    return -(forwards + backwards) / 2


def output_spread(output_ND: Tensor) -> Tensor:
    """Scalar: standard deviation of the outputs at length 1, the mean over the channels (section 4.1, figure 2).

    1 / sqrt(D) where outputs point everywhere, as those of a zero-mean Gaussian do; 0 where all are the same: the
    network has collapsed, whatever the loss says.

    Raises:
        ValueError: fewer than two rows, which have no spread.
    """
    if len(output_ND) < 2:
        raise ValueError(f"{len(output_ND)} rows have no spread, expected two or more")
    return functional.normalize(output_ND, dim=1).std(0).mean()
