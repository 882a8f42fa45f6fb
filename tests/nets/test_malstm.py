"""Sentences: what is masked does not count, similarities by hand, and a small task of paraphrases that is learnt."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from siamtrack.evaluation.verification import pearson_r
from siamtrack.nets.malstm import MaLstm, SentenceEncoder, manhattan_similarity, relatedness_target
from siamtrack.training.checkpoint import load_checkpoint, save_checkpoint

sentences = st.lists(st.integers(1, 9), min_size=1, max_size=6)


def encoder(cell: str = "lstm", words: int = 10) -> SentenceEncoder:
    torch.manual_seed(0)
    return SentenceEncoder(nn.Embedding(words, 4, padding_idx=0), cell, 6)  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@given(words=sentences, gaps=st.lists(st.integers(0, 6), max_size=4))
def test_padding_leaves_the_state_as_it_is_wherever_it_stands(cell: str, words: list[int], gaps: list[int]) -> None:
    net = encoder(cell)
    padded = list(words)
    for gap in gaps:
        padded.insert(min(gap, len(padded)), 0)
    torch.testing.assert_close(net(torch.tensor([padded])), net(torch.tensor([words])))


@given(st.lists(sentences, min_size=2, max_size=4))
def test_a_batch_is_its_sentences_one_by_one(batch: list[list[int]]) -> None:
    net = encoder()
    rows = nn.utils.rnn.pad_sequence([torch.tensor(words) for words in batch], batch_first=True)
    alone = torch.cat([net.cell(net.vectors(torch.tensor([words])))[1][0][0] for words in batch])
    torch.testing.assert_close(net(rows), alone)


def test_rows_without_words_and_words_that_fit_no_sentence() -> None:
    assert encoder()(torch.zeros(1, 3, dtype=torch.int64)).tolist() == [[0] * 6]
    for shape in ((3,), (2, 0)):
        with pytest.raises(ValueError, match="expected sentences x words"):
            encoder()(torch.ones(shape, dtype=torch.int64))
    with pytest.raises(ValueError, match="padding_idx"):
        SentenceEncoder(nn.Embedding(3, 2))
    with pytest.raises(ValueError, match="'rnn', expected one of lstm, gru"):
        encoder("rnn")


def test_the_forget_gate_starts_open() -> None:
    """At a bias of 2.5, and input and output gates closed and weights zero, a state decays by sigmoid(2.5) a step."""
    cell = encoder().cell
    with torch.no_grad():
        for name, value in cell.named_parameters():
            if "weight" in name:
                value.zero_()
            else:
                value[:6] = value[12:18] = 0  # no candidate: nothing is added to the state
    state = torch.ones(1, 1, 6)
    _, (_, after) = cell(torch.zeros(1, 2, 4), (state, state))
    torch.testing.assert_close(after, torch.full_like(after, 1 / (1 + math.exp(-2.5))) ** 2)


def test_similarity_and_targets_by_hand() -> None:
    a, b = torch.tensor([[1.0, -2.0], [0.0, 0.0]]), torch.tensor([[0.5, -1.0], [0.0, 0.0]])
    assert manhattan_similarity(a, b).tolist() == pytest.approx([math.exp(-1.5), 1])
    assert relatedness_target(torch.tensor([1.0, 2.0, 3.5, 5.0])).tolist() == [0, 0.25, 0.625, 1]
    for wrong in (0.9, 5.5, math.nan):
        with pytest.raises(ValueError, match=f"a rating is {wrong:g}, expected 1 to 5"):
            relatedness_target(torch.tensor([3.0, wrong]))


@given(sentences, sentences)
def test_a_sentence_is_most_like_itself_and_order_does_not_count(first: list[int], second: list[int]) -> None:
    net = MaLstm(encoder())
    a, b = torch.tensor([first]), torch.tensor([second])
    assert net(a, a).item() == 1
    assert 0 < net(a, b).item() <= 1
    assert net(a, b).item() == net(b, a).item()


# A language of agents, actions and things, each with three names of its own; rated as SICK is.
_MEANINGS, _NAMES = 4, 3
_FILLERS = range(1 + 3 * _MEANINGS * _NAMES, 4 + 3 * _MEANINGS * _NAMES)


def paraphrases(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pairs of sentences of three roles in other words, fillers between, and their rating: 5 if all three roles mean
    the same, and 4/3 less for each that does not."""
    rng = torch.Generator().manual_seed(seed)

    def draw(high: int, *shape: int) -> torch.Tensor:
        return torch.randint(high, shape, generator=rng)

    def speak(meaning_N3: torch.Tensor) -> torch.Tensor:
        word_N3 = 1 + (torch.arange(3) * _MEANINGS + meaning_N3) * _NAMES + draw(_NAMES, count, 3)
        filler_N3 = torch.where(draw(2, count, 3) > 0, _FILLERS.start + draw(len(_FILLERS), count, 3), 0)
        return torch.stack((word_N3, filler_N3), 2).flatten(1)

    first_N3 = draw(_MEANINGS, count, 3)
    kept_N3 = torch.arange(3).expand(count, 3) < draw(4, count, 1)
    kept_N3 = kept_N3.gather(1, torch.rand(count, 3, generator=rng).argsort(1))
    second_N3 = torch.where(kept_N3, first_N3, (first_N3 + 1 + draw(_MEANINGS - 1, count, 3)) % _MEANINGS)
    return speak(first_N3), speak(second_N3), 5 - 4 / 3 * (~kept_N3).sum(1)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_paraphrases_are_learnt_and_the_best_is_kept(cell: str, tmp_path: Path, record_property) -> None:
    """Pearson's r on held-out pairs, above 0.9; before training it is below 0.5."""
    torch.manual_seed(0)
    net = MaLstm(SentenceEncoder(nn.Embedding(_FILLERS.stop, 16, padding_idx=0), cell, 24))  # type: ignore[arg-type]
    first, second, rating = paraphrases(512, seed=1)

    def validate() -> float:
        with torch.no_grad():
            return pearson_r(net(first, second).numpy(), rating.numpy())

    before, best, scores = validate(), -1.0, []
    optimiser = torch.optim.Adam(net.parameters(), 1e-2)
    for step in range(400):
        a, b, taught = paraphrases(64, seed=100 + step)
        loss = functional.mse_loss(net(a, b), relatedness_target(taught))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        if step % 40 == 39:
            scores.append(validate())
            if scores[-1] > best:
                best = scores[-1]
                save_checkpoint(tmp_path / "best.pt", {"net": net.state_dict(), "pearson_r": best})
    record_property("pearson r before and best", (before, best))
    print(f"{cell}: r {before:.3f} before, {[round(score, 3) for score in scores]}")
    kept = load_checkpoint(tmp_path / "best.pt")
    net.load_state_dict(kept["net"])
    assert validate() == pytest.approx(best) and best == max(scores) == kept["pearson_r"]
    assert before < 0.5 and best > 0.9
