"""The model against plain loops: pooling, pointers, pointed targets, padding, masks."""

from __future__ import annotations

import pytest
import torch

from training.examples import IGNORE, POINTED
from training.loss import head_losses, total
from training.model import NEVER, POINTED_TOKENS, StanceModel, best_spans

ROWS = torch.tensor([[0, 1, 4], [0, 4, 9], [1, 1, 6]])
HEADS = ("mention", "attributed", "target", "claim_type", "stance", "names", "naming", "aiming")


def batch() -> dict[str, torch.Tensor]:
    """Two passages of 10 and 7 tokens with two sentences and one, all undecided, two stance pairs."""
    generator = torch.Generator().manual_seed(3)
    mask = torch.ones(2, 10, dtype=torch.long)
    mask[1, 7:] = 0
    ids = torch.randint(5, 90, (2, 10), generator=generator) * mask
    return {
        "ids": ids,
        "shapes": torch.randint(0, 16, (2, 10), generator=generator) * mask,
        "mask": mask,
        "rows": ROWS,
        "pairs": torch.tensor([[0, -1, -1, 2, 3, 1], [2, 2, 4, POINTED, POINTED, 0]]),
        "mention": torch.full((3, 2), IGNORE),
        "target": torch.full((3, 2), IGNORE),
        "attributed": torch.full((3,), IGNORE),
        "claim_type": torch.full((3,), IGNORE),
        "stance": torch.full((2,), IGNORE),
        "names": torch.full((2, 10), IGNORE),
        "naming": torch.full((3, 10), IGNORE),
        "aiming": torch.full((3, 10), IGNORE),
    }


def losses_of(model: StanceModel, data: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    encoded, stance = model(*(data[key] for key in ("ids", "shapes", "mask", "rows", "pairs")))
    return head_losses(encoded, stance, data)


def test_pool_is_the_plain_mean(model: StanceModel) -> None:
    states = torch.randn(2, 10, 32)
    rows = torch.tensor([[0, 0, 1], [0, 3, 9], [1, 9, 10], [1, 0, 10], [1, 4, 4]])
    expected = [states[b, s:e].mean(0) if e > s else torch.zeros(32) for b, s, e in rows.tolist()]
    torch.testing.assert_close(model.pool(states, rows), torch.stack(expected), atol=1e-5, rtol=1e-5)


def test_pointers_choose_inside_the_sentence_or_none(model: StanceModel) -> None:
    data = batch()
    encoded = model.encode(data["ids"], data["shapes"], ROWS, data["mask"])
    for logits in (encoded.mention, encoded.target):
        assert logits.shape == (3, 2, 10)
        for row, (_, start, end) in zip(logits, ROWS.tolist(), strict=True):
            legal = {0, *range(start, end)}
            assert all((row[:, t] > NEVER / 2).all() == (t in legal) for t in range(10))


def test_naming_and_aiming_look_over_the_whole_passage_and_not_at_padding(model: StanceModel) -> None:
    data = batch()
    encoded = model.encode(data["ids"], data["shapes"], ROWS, data["mask"])
    for found in (encoded.naming, encoded.aiming):
        assert found.shape == (3, 10)
        assert (found[:2] > NEVER / 2).all() and (found[2, :7] > NEVER / 2).all() and (found[2, 7:] <= NEVER).all()
    assert not torch.equal(encoded.naming, encoded.aiming)


def test_the_likeliest_target_is_legal_and_short() -> None:
    logits = torch.full((2, 2, 40), -5.0)
    logits[0, 0, 0] = logits[0, 1, 0] = 9.0  # "none" is left out
    logits[0, 0, 6], logits[0, 1, 3], logits[0, 1, 8] = 2.0, 4.0, 1.0  # an end before the start is no end
    logits[1, 0, 20], logits[1, 1, 39], logits[1, 1, 25] = 2.0, 4.0, 1.0  # nor is one too far off
    logits[1, 0, 2] = 8.0  # nor a start in another sentence
    assert best_spans(logits, torch.tensor([[0, 2, 10], [0, 15, 40]])).tolist() == [[6, 9], [20, 26]]
    assert POINTED_TOKENS < 19


def test_padding_changes_nothing(model: StanceModel) -> None:
    data = batch()
    alone = model.encode(data["ids"][1:, :7], data["shapes"][1:, :7], torch.tensor([[0, 1, 6]]))
    padded = model.encode(data["ids"], data["shapes"], ROWS, data["mask"])
    torch.testing.assert_close(padded.states[1, :7], alone.states[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(padded.mention[2, :, :7], alone.mention[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(padded.claim_type[2], alone.claim_type[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(padded.attributed[2], alone.attributed[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(padded.naming[2, :7], alone.naming[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(padded.aiming[2, :7], alone.aiming[0], atol=1e-5, rtol=1e-4)


def test_an_undecided_pair_takes_the_pointed_target(model: StanceModel) -> None:
    data = batch()
    encoded, logits = model(*(data[key] for key in ("ids", "shapes", "mask", "rows", "pairs")))
    start, end = best_spans(encoded.target, ROWS)[2].tolist()
    spans = [torch.tensor([span]) for span in ([1, 1, 6], [1, 2, 4], [1, start, end])]
    labels = logits.shape[1]
    torch.testing.assert_close(logits[1:], model.stance(*(model.pool(encoded.states, span) for span in spans))[:, :labels])
    given = [torch.tensor([span]) for span in ([0, 1, 4], [0, -1, -1], [0, 2, 3])]
    assert not model.pool(encoded.states, given[1]).any()  # nobody speaks: zeros
    asked = model.stance(*(model.pool(encoded.states, span) for span in given))[:, labels:]
    torch.testing.assert_close(logits[:1], asked)


@pytest.mark.parametrize("decided", HEADS)
def test_one_decided_task_teaches_its_head_alone(model: StanceModel, decided: str) -> None:
    data = batch()
    data[decided] = torch.ones_like(data[decided]) if decided != "mention" else ROWS[:, 1:2].expand(3, 2).clone()
    if decided == "target":
        data[decided] = ROWS[:, 1:2].expand(3, 2).clone()
    if decided in ("naming", "aiming"):
        data[decided][:, 3:] = 0
    losses = losses_of(model, data)
    assert {name for name, loss in losses.items() if float(loss.detach()) != 0} == {decided}
    assert set(losses) == set(HEADS)
    total(losses, dict.fromkeys(HEADS, 1.0)).backward()
    own = {
        "mention": ("token_head", "sentence_head"),
        "target": ("token_head", "sentence_head"),
        "attributed": ("sentence_head",),
        "claim_type": ("claim_head", "attention"),
        "stance": ("stance_head", "asked_head"),
        "names": ("name_head",),
        "naming": ("naming_head", "key_head", "attention"),
        "aiming": ("aiming_head", "key_head", "attention"),
    }[decided]
    heads = {n.split(".")[0] for n, p in model.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}
    assert heads == {*own, "encoder", "shapes"}


def test_a_batch_that_decides_nothing_is_zero_and_teaches_nothing(model: StanceModel) -> None:
    data = batch()
    data["pairs"], data["stance"] = data["pairs"][:0], data["stance"][:0]
    loss = total(losses_of(model, data), dict.fromkeys(HEADS, 1.0))
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert all(p.grad is None or not p.grad.any() for p in model.parameters())


def test_batches_of_different_corpora_mix(model: StanceModel) -> None:
    """What one corpus leaves undecided does not thin out what the other decides: the mean is over decided labels."""
    data = batch()
    data["claim_type"] = torch.tensor([1, IGNORE, IGNORE])
    data["attributed"] = torch.tensor([IGNORE, 0, 1])
    mixed = losses_of(model, data)
    encoded, _ = model(*(data[key] for key in ("ids", "shapes", "mask", "rows", "pairs")))
    alone = torch.nn.functional.cross_entropy(encoded.claim_type[:1], torch.tensor([1]))
    both = torch.nn.functional.binary_cross_entropy_with_logits(encoded.attributed[1:], torch.tensor([0.0, 1.0]))
    torch.testing.assert_close(mixed["claim_type"], alone)
    torch.testing.assert_close(mixed["attributed"], both)


def test_fresh_shapes_leave_the_encoder_undisturbed(model: StanceModel) -> None:
    data = batch()
    states = model.encode(data["ids"], data["shapes"], ROWS, data["mask"]).states
    plain = model.encoder(input_ids=data["ids"], attention_mask=data["mask"]).last_hidden_state
    torch.testing.assert_close(states[0], plain[0], atol=1e-6, rtol=1e-5)
