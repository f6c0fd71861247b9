"""A streaming zipformer transducer (k2) on onnxruntime: sound in, one row for each 40 ms out.

sherpa-onnx decodes the same files, but tells one path only; what an answer means is decided on
several (see `beam_search`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import kaldi_native_fbank
import numpy as np
import numpy.typing as npt
import onnxruntime

from tts_asr.audio import RECOGNITION_RATE, Samples

Row = npt.NDArray[np.float32]
"""What the encoder makes of 40 ms."""
ROW_S = 0.04

_MELS = 80
_MEL_TOP_HZ = -400.0
"""Below half the sampling rate, as in training."""
_CONTEXTS_KEPT = 8192
"""Of 1.3 KB each."""


class Zipformer:
    """The three networks in `folder` with their tokens; one for all threads. Raises ValueError
    when the files are no streaming zipformer with two tokens of context."""

    def __init__(self, folder: Path) -> None:
        self.encoder = _network(folder, "encoder")
        self._decoder = _network(folder, "decoder")
        self._joiner = _network(folder, "joiner")
        shape = self.encoder.get_modelmeta().custom_metadata_map
        context = self._decoder.get_modelmeta().custom_metadata_map.get("context_size")
        if context != "2" or "decode_chunk_len" not in shape:
            raise ValueError(f"{folder.name} is no streaming zipformer with two tokens of context")
        self.frames_in = int(shape["T"])
        """Frames of 10 ms the encoder looks at …"""
        self.frames_on = int(shape["decode_chunk_len"])
        """… and moves on by."""
        lines = (folder / "tokens.txt").read_text(encoding="utf-8").splitlines()
        self.tokens = tuple(line.split()[0] for line in lines)
        self._after = lru_cache(maxsize=_CONTEXTS_KEPT)(self._predict)

    def log_probs(self, row: Row, contexts: Sequence[tuple[int, int]]) -> Row:
        """Return the natural logarithms of the tokens' probabilities after each context, as
        (contexts, tokens); token 0 is the blank."""
        (logits,) = self._joiner.run(
            None,
            {
                "encoder_out": np.repeat(row[np.newaxis], len(contexts), axis=0),
                "decoder_out": np.stack([self._after(*context) for context in contexts]),
            },
        )
        shifted = logits - logits.max(axis=1, keepdims=True)
        return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))

    def _predict(self, first: int, second: int) -> Row:
        (predicted,) = self._decoder.run(None, {"y": np.array([[first, second]], dtype=np.int64)})
        return np.asarray(predicted[0])


class Listener:
    """The encoder's state for one utterance. Not for several threads at once."""

    def __init__(self, model: Zipformer) -> None:
        self._model = model
        self._features = kaldi_native_fbank.OnlineFbank(_feature_options())
        self._at = 0
        self._state = {each.name: _zeros(each) for each in model.encoder.get_inputs()[1:]}
        self._kept = [each.name.removeprefix("new_") for each in model.encoder.get_outputs()[1:]]

    def accept(self, samples: Samples) -> Iterator[Row]:
        """Take samples at 16 kHz; yield the rows that are new."""
        self._features.accept_waveform(RECOGNITION_RATE, samples)
        size = self._model.frames_in
        while self._features.num_frames_ready - self._at >= size:
            frames = np.stack([self._features.get_frame(self._at + at) for at in range(size)])
            rows, *state = self._model.encoder.run(
                None, {"x": frames[np.newaxis].astype(np.float32), **self._state}
            )
            self._state = dict(zip(self._kept, state, strict=True))
            self._features.pop(self._model.frames_on)
            self._at += self._model.frames_on
            yield from rows[0]


def _zeros(field: onnxruntime.NodeArg) -> npt.NDArray[np.generic]:
    shape = [size if isinstance(size, int) else 1 for size in field.shape]
    return np.zeros(shape, dtype=np.int64 if "int64" in field.type else np.float32)


def _feature_options() -> kaldi_native_fbank.FbankOptions:
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = False
    options.frame_opts.samp_freq = RECOGNITION_RATE
    options.mel_opts.num_bins = _MELS
    options.mel_opts.high_freq = _MEL_TOP_HZ
    return options


def _network(folder: Path, part: str) -> onnxruntime.InferenceSession:
    path = next(iter(sorted(folder.glob(f"{part}-*.onnx"))))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
