"""Checkpoints, pickles and weights: recognised and skipped, since reading a pickle would run its code."""

from logminer.core.parsed import ParsedLog, Resume
from logminer.formats._probe import Match, Probe

NAMES = (
    "*.pkl", "*.pickle", "*.pt", "*.pth", "*.ckpt", "*.bin", "*.joblib", "*.h5", "*.hdf5", "*.keras", "*.safetensors",
    "*.onnx", "*.pb", "*.tflite", "*.msgpack", "*.npy", "*.index", "*.data-?????-of-?????",
)  # fmt: skip


def sniff(probe: Probe) -> Match:
    """Anything with the suffix of weights or pickles that is binary; a text with such a name is not."""
    head = probe.head[:512]
    return Match.PARTS if b"\0" in head or head[:1] == b"\x80" else Match.NO


def read(probe: Probe, _resume: Resume) -> ParsedLog:
    """Nothing is read.

    Raises:
        ValueError: always; only a pickle or weights are in it.
    """
    raise ValueError(f"{probe.name} holds weights or a pickle, which is never opened")
