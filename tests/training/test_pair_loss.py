import torch

from siamtrack.training.pair_loss import PairLoss, search_with_neighbours, with_neighbours

from .tiny import tiny_net, tiny_sampler


def test_second_half_is_what_a_swapped_batch_gives(pack):
    net, batch = tiny_net().eval(), tiny_sampler(pack).batch(range(4))
    raw = search_with_neighbours(net, batch)
    own = net(batch.template_N3HW.float(), batch.template_box_N4, batch.search_N3HW.float())
    doubled = with_neighbours(batch)
    swapped = net(doubled.template_N3HW[4:].float(), doubled.template_box_N4[4:], doubled.search_N3HW[4:].float())
    torch.testing.assert_close(raw.cls_NCHW, torch.cat((own.cls_NCHW, swapped.cls_NCHW)))
    assert torch.equal(doubled.template_N3HW[4], batch.template_N3HW[1])
    assert torch.equal(doubled.search_N3HW[4], batch.search_N3HW[0])
    assert doubled.positive_N.tolist() == [*batch.positive_N.tolist(), *[False] * 4]
    assert torch.equal(doubled.box_N4, batch.box_N4.repeat(2, 1))


def test_the_criterion_gets_maps_and_batch_of_one_length(pack):
    seen = []
    net, batch = tiny_net(), tiny_sampler(pack).batch(range(2))
    for swap in (False, True):
        PairLoss(net, lambda net, raw, batch: seen.append((len(raw.cls_NCHW), len(batch.box_N4))), "none", swap)(batch)
    assert seen == [(2, 2), (4, 4)]
