"""What the sentences around say of a candidate, on three hand-made sentences."""

from __future__ import annotations

import numpy as np
import pytest

from stance.neighbours import NEIGHBOURS, Neighbourhood

CHOSEN = [[-1, 4], [-1, 7, 4], [-1, 7]]
SAID = np.array([[0.4, 0.6, 0], [0.1, 0.7, 0.2], [0.5, 0.5, 0]], np.float32)


@pytest.fixture
def around() -> Neighbourhood:
    return Neighbourhood.of(CHOSEN, np.array([0, 0, 1]))


def test_padding_is_no_candidate(around: Neighbourhood) -> None:
    assert around.candidates.tolist() == [[-1, 4, -2], [-1, 7, 4], [-1, 7, -2]]
    found = around.features(SAID)
    assert found.shape == (3, 3, NEIGHBOURS) and found.dtype == np.float32
    assert not found[~around.present].any() and (found[around.present][:, 0] == 1).all()


def test_a_candidate_is_found_wherever_it_stands_in_the_next_shortlist(around: Neighbourhood) -> None:
    found = around.features(SAID)
    before, after = found[..., 1], found[..., 2]
    assert before.tolist() == [[0, 0, 0], pytest.approx([0.4, 0, 0.6]), pytest.approx([0.1, 0.7, 0])]
    assert after.tolist() == [pytest.approx([0.1, 0.2, 0]), pytest.approx([0.5, 0.5, 0]), [0, 0, 0]]
    assert found[2, :, 3].tolist() == [0, 0, 0] and found[1, 2, 3] == pytest.approx(0.6), "within the paragraph"
    assert found[1, :, 4].tolist() == [0, 0, 0] and found[0, 1, 4] == pytest.approx(0.2)
    assert found[2, 1, 5] == pytest.approx(0.7 / 3) and found[0, 0, 6] == pytest.approx((0.1 + 0.5) / 3), "three away"


def test_nobody_and_means(around: Neighbourhood) -> None:
    found = around.features(SAID)
    assert found[1, :, 7] == pytest.approx([0.4] * 3) and found[1, :, 8] == pytest.approx([0.5] * 3)
    assert found[0, 1, 9] == pytest.approx(0.8 / 3) and found[2, 0, 9] == pytest.approx(1.0 / 3), "over the article"
    assert found[0, 1, 10] == pytest.approx(0.2) and found[2, 1, 10] == 0, "over the rest of the paragraph"
    assert found[0, 1, 11] == pytest.approx(0.8 / 2.0) and found[0, 0, 11] == 0, "of all that anybody says"
    assert found[1, 1, 12] == pytest.approx(0.7) and found[1, 1, 13] == pytest.approx(np.log(0.701) / 7)


def test_a_single_sentence() -> None:
    found = Neighbourhood.of([[-1]], np.array([0])).features(np.ones((1, 1), np.float32))
    assert np.isfinite(found).all() and found[0, 0, 1:9].tolist() == [0] * 8
