"""MatConvNet networks: the parameters of a DagNN out of a MATLAB file, as PyTorch has them.

Shape legend: O outputs, I inputs, h w of a filter, C channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from siamtrack.zoo.builders import SIAMFC_EPS


def read_matconvnet(path: Path) -> dict[str, Tensor]:
    """The parameters `net.params` by their own names, but for the moments of batch norms.

    Filters are turned from hwIO to OIhw. A batch norm's parameter `...x` holds (C, 2) mean and sqrt(variance +
    epsilon) (`vl_nnbnorm`); it comes as `...x.mean` and `...x.variance`. The batch norm over CFNet's response,
    `fin_adjust_bn`, comes as the scale `adjust_f` and the bias `adjust_b` that it amounts to. Names and order of axes
    are as in `get_params_from_mat` of SiamFC-TensorFlow and, for CFNet, in siamfc-tf's `siamese.py`.

    Raises:
        ImportError: SciPy is missing.
        ValueError: there is no DagNN in the file.
    """
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise ImportError("MATLAB files need SciPy: pip install 'siamtrack[matlab]'") from error
    content = loadmat(path, variable_names=["net"])
    try:
        rows = content["net"]["params"][0, 0].ravel()
        values = {str(row["name"].item()): np.asarray(row["value"], np.float32) for row in rows}
    except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
        raise ValueError("expected a MatConvNet network, `net.params` with names and values") from error
    return _as_pytorch(values)


def _as_pytorch(values: Mapping[str, NDArray[np.float32]]) -> dict[str, Tensor]:
    state = _adjustment(values) if "fin_adjust_bnm" in values else {}
    for name, value in values.items():
        if name.startswith("fin_adjust_bn"):
            continue
        if name.endswith("f"):  # MATLAB drops axes of length 1 at the end
            state[name] = value.reshape(value.shape + (1,) * (4 - value.ndim)).transpose(3, 2, 0, 1)
        elif name.endswith("x"):
            state[f"{name}.mean"] = value[:, 0]
            state[f"{name}.variance"] = value[:, 1] ** 2 - SIAMFC_EPS
        else:
            state[name] = value.ravel()
    return {name: torch.from_numpy(value.copy()) for name, value in state.items()}


def _adjustment(values: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    gain, bias, moments = (values[f"fin_adjust_bn{part}"].ravel() for part in "mbx")
    scale = gain / moments[1]
    return {"adjust_f": scale.reshape(1, 1, 1, 1), "adjust_b": bias - scale * moments[0]}
