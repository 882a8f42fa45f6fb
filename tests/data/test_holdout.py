"""What is held out: whole footage, by name alone."""

import numpy as np

from siamtrack.data.holdout import split_by_source
from siamtrack.data.images import ImageFiles
from siamtrack.data.sequence import Sequence


def stills(count):
    return [Sequence(f"still{n}", ImageFiles(), np.ones((1, 4))) for n in range(count)]


def test_no_source_is_on_both_sides():
    everything = stills(300)
    sources = {sequence.name: f"film{number // 3}" for number, sequence in enumerate(everything[:240])}
    training, held_out = split_by_source(everything, sources, 20)
    assert len(training) + len(held_out) == 300
    assert {sources.get(s.name, s.name) for s in training}.isdisjoint(sources[s.name] for s in held_out)
    assert {s.name for s in everything[240:]} <= {s.name for s in training}
    assert 0.1 < len(held_out) / 240 < 0.3


def test_the_split_is_stable_when_sequences_are_added():
    sources = {f"still{n}": f"film{n}" for n in range(200)}
    few = split_by_source(stills(100), {k: v for k, v in sources.items() if int(k[5:]) < 100}, 20)[1]
    many = split_by_source(stills(200), sources, 20)[1]
    assert {s.name for s in few} == {s.name for s in many if int(s.name[5:]) < 100}
    assert split_by_source(stills(50), sources, 0)[1] == []
    assert split_by_source(stills(50), sources, 100)[0] == []
