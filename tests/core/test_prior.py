"""The prior: places of past trials, and an identity by content."""

from dataclasses import replace

import numpy as np

from logminer.core.prior import NO_PRIOR, PastTask, Prior

CONFIGS = ({"lr": 0.1}, {"lr": 0.2}, {"lr": 0.3})
TASK = PastTask("digits", CONFIGS, np.array([0.3, 0.1, 0.1]), ("a", "b", "c"))


def test_equal_losses_share_the_better_place():
    """Two winners are both first, and the next one is third."""
    assert TASK.places.tolist() == [3, 1, 1]
    assert len(TASK) == 3


def test_seeds_of_one_config_share_a_place():
    """A winner run with three seeds takes the first place, not the first three; its mean is what counts."""
    configs = ({"lr": 0.1}, {"lr": 0.1}, {"lr": 0.2}, {"lr": 0.1})
    task = PastTask("digits", configs, np.array([0.1, 0.2, 0.25, 0.3]), ("a", "b", "c", "d"))
    assert task.places.tolist() == [1, 1, 2, 1]
    assert task.distinct == 2


def test_equal_content_has_one_identity():
    """Priors read twice from the same trials share what was mined from them."""
    other = PastTask("digits", ({"lr": 0.1}, {"lr": 0.2}, {"lr": 0.3}), TASK.losses.copy(), ())
    assert Prior((TASK,)).digest == Prior((other,)).digest


def test_other_content_has_another_identity():
    """A changed name, config, loss or number of tasks is another past."""
    changed = [
        NO_PRIOR,
        Prior((TASK, TASK)),
        Prior((replace(TASK, name="wine"),)),
        Prior((replace(TASK, configs=({"lr": 0.1}, {"lr": 0.2}, {"lr": 0.4})),)),
        Prior((replace(TASK, losses=np.array([0.3, 0.1, 0.2])),)),
    ]
    digests = {prior.digest for prior in [Prior((TASK,)), *changed]}
    assert len(digests) == len(changed) + 1
