"""How alike two sentences are: a recurrent network reads both, and the Manhattan distance of its last states decides.

Mueller and Thyagarajan, "Siamese Recurrent Architectures for Learning Sentence Similarity", AAAI 2016.

Shape legend: N sentences, T words of the longest, E dimensions of a word vector, D of the state.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

Cell = Literal["lstm", "gru"]
_CELLS: dict[Cell, type[nn.LSTM] | type[nn.GRU]] = {"lstm": nn.LSTM, "gru": nn.GRU}

# The paper's training details: 50 dimensions of the state, and a forget gate that starts open, with a bias of 2.5.
_STATE = 50
_FORGET_BIAS = 2.5
# SICK's annotators gave 1 (unrelated) to 5 (equivalent); the similarity lies between 0 and 1.
_LEAST, _MOST = 1.0, 5.0


class SentenceEncoder(nn.Module):
    """The state after the last word; what is masked leaves the state as it is, wherever in the row it stands.

    Args:
        vectors: word vectors, whose `padding_idx` is masked. Freeze them (`from_pretrained`) where they were learnt
            elsewhere, as in the paper.
        cell: "lstm" as in the paper, or "gru", a third lighter.
        dims: D.

    Raises:
        ValueError: the vectors have no `padding_idx`, or the cell is neither; names it.
    """

    def __init__(self, vectors: nn.Embedding, cell: Cell = "lstm", dims: int = _STATE) -> None:
        super().__init__()
        if vectors.padding_idx is None:
            raise ValueError("the word vectors have no padding_idx, expected the number that stands for no word")
        if cell not in _CELLS:
            raise ValueError(f"cell is {cell!r}, expected one of {', '.join(_CELLS)}")
        self.vectors = vectors
        self.padding = vectors.padding_idx
        self.cell = _CELLS[cell](vectors.embedding_dim, dims, batch_first=True)
        if isinstance(self.cell, nn.LSTM):
            _open_forget_gate(self.cell)

    def forward(self, word_NT: Tensor) -> Tensor:
        """(N, D) of int64 word numbers; zeros for a row without a word.

        Raises:
            ValueError: there is not a single column.
        """
        if word_NT.ndim != 2 or not word_NT.shape[1]:
            raise ValueError(f"words have shape {tuple(word_NT.shape)}, expected sentences x words, one word or more")
        masked_NT = word_NT == self.padding
        # Words move to the front in their order: the state after the last of them has seen no padding.
        front_NT = word_NT.gather(1, masked_NT.int().argsort(dim=1, stable=True))
        state_NTD, _ = self.cell(self.vectors(front_NT))
        length_N = (~masked_NT).sum(1)
        last_ND = state_NTD[torch.arange(len(word_NT), device=word_NT.device), (length_N - 1).clamp_min(0)]
        return torch.where(length_N[:, None] > 0, last_ND, 0)


class MaLstm(nn.Module):
    """Similarity of two sentences, 0 to 1; both are read by the same encoder."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, first_NT: Tensor, second_NT: Tensor) -> Tensor:
        """(N,), to be taught with the squared error from `relatedness_target`; the sentences may differ in length."""
        return manhattan_similarity(self.encoder(first_NT), self.encoder(second_NT))


def manhattan_similarity(first_ND: Tensor, second_ND: Tensor) -> Tensor:
    """(N,) exp(-|h1 - h2|), the L1 norm: 1 for equal states, towards 0 for far ones."""
    return (-(first_ND - second_ND).abs().sum(1)).exp()


def relatedness_target(rating_N: Tensor) -> Tensor:
    """Ratings from 1 to 5 as similarities: (t - 1) / 4.

    Raises:
        ValueError: a rating lies outside.
    """
    wrong = rating_N[(rating_N < _LEAST) | (rating_N > _MOST) | rating_N.isnan()]
    if len(wrong):
        raise ValueError(f"a rating is {wrong[0].item():g}, expected {_LEAST:g} to {_MOST:g}")
    return (rating_N - _LEAST) / (_MOST - _LEAST)


@torch.no_grad()
def _open_forget_gate(lstm: nn.LSTM) -> None:
    """PyTorch's gates are in the order input, forget, cell, output, and each has two biases that are added."""
    forget = slice(lstm.hidden_size, 2 * lstm.hidden_size)
    lstm.get_parameter("bias_ih_l0")[forget] = _FORGET_BIAS
    lstm.get_parameter("bias_hh_l0")[forget] = 0.0
