"""An encoder that ONNX Runtime runs in this process: text to the vectors of its tokens, and one for the whole."""

import ctypes
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # it carries no types
from numpy.typing import NDArray
from tokenizers import Tokenizer

from chatkit.search.encoding import Encoding

# Trained on texts of up to 256 tokens, the encoder loses by longer ones, and takes thrice as long for two of these.
WINDOW_TOKENS = 256
HEADING_TOKENS = 64
QUESTION_TOKENS = 128


class OnnxEncoder:
    """An encoder of the shape of BERT, loaded from its weights and its tokenizer.

    One text at a time: within a batch, 8-bit weights make of a text what depends on the others.
    """

    def __init__(self, model: str, weights: Path, tokenizer: Path) -> None:
        self.model = model
        options = onnxruntime.SessionOptions()
        # A question is too short to gain by more threads, and a reader must not wait for the encoding of pages.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
        self._inputs = [each.name for each in self._session.get_inputs()]
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        framed = self._tokenizer.encode("").ids
        self._opening, self._closing = framed[: len(framed) // 2], framed[len(framed) // 2 :]
        _return_free_memory()

    def encode_question(self, text: str) -> Encoding:
        """Return the vectors of a question, of a very long one those of its beginning."""
        found = self._tokenizer.encode(text, add_special_tokens=False)
        ids, offsets = found.ids[:QUESTION_TOKENS], found.offsets[:QUESTION_TOKENS]
        rows = self._run([*self._opening, *ids, *self._closing])
        starts = [-1] * len(self._opening) + [start for start, _ in offsets] + [-1] * len(self._closing)
        return Encoding(_unit(rows.mean(axis=0)), _unit(rows), tuple(starts))

    def encode_passage(self, heading: str, body: str) -> Encoding:
        """Return the vectors of a passage; a long one is read in windows, each under its heading."""
        above = self._tokenizer.encode(heading, add_special_tokens=False).ids[:HEADING_TOKENS]
        below = self._tokenizer.encode(body, add_special_tokens=False)
        lead = len(self._opening) + len(above)
        room = WINDOW_TOKENS - lead - len(self._closing)
        parts, means = list[NDArray[np.float32]](), list[NDArray[np.float32]]()
        for at in range(0, max(len(below.ids), 1), room):
            ids = below.ids[at : at + room]
            rows = self._run([*self._opening, *above, *ids, *self._closing])
            parts.append(rows[0 if at == 0 else lead : lead + len(ids)])
            means.append(rows.mean(axis=0))
        starts = [-1] * lead + [start for start, _ in below.offsets]
        return Encoding(_unit(np.mean(means, axis=0)), _unit(np.concatenate(parts)), tuple(starts))

    def _run(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """Return the vectors of tokens, a row each."""
        row = np.array([ids], np.int64)
        values = {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}
        (found,) = self._session.run(None, {name: values[name] for name in self._inputs})[:1]
        rows: NDArray[np.float32] = found[0]
        return rows


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors, in rows or a single one, at length 1."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit


def _return_free_memory() -> None:
    """Give back what loading took beside what it left, 66 MB: glibc would keep it for the process."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
