"""A model as bytes: the same for the same past, and read back without trust."""

import numpy as np
import pytest

from logminer.core.errors import UsageError
from logminer.curves.model import CurveModel

from .conftest import cut


def test_the_same_past_gives_the_same_model(past, model):
    """Fitting twice gives equal bytes."""
    again = CurveModel().fit(past.drop(columns="rate"))
    assert again.to_bytes() == model.to_bytes()


def test_a_model_survives_its_bytes(model, fresh):
    """Packed and unpacked it answers as before, and packs to the same bytes."""
    part = cut(fresh, 0.3)
    data = model.to_bytes()
    back = CurveModel.from_bytes(data)
    np.testing.assert_allclose(back.predict(part).losses, model.predict(part).losses, rtol=1e-5)
    assert back.to_bytes() == data
    assert len(data) < 10e6


def test_hyperparameters_survive_the_bytes(past):
    """Peers keep what they were trained with."""
    model = CurveModel().fit(past.assign(optimizer="adam", nesterov=True, decay=None))
    back = CurveModel.from_bytes(model.to_bytes())
    assert back.peers.params["nesterov"].tolist() == [True] * len(back.peers.run)
    assert back.peers.params["rate"].tolist() == pytest.approx(model.peers.params["rate"].tolist())


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nonsense", b"\x80\x04\x95"])
def test_other_bytes_are_refused(data):
    """Nothing is executed and the error says what is wrong."""
    with pytest.raises(UsageError, match="not a curve model"):
        CurveModel.from_bytes(data)
