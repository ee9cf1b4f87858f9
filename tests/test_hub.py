"""Models of others: in torch where it is installed (extra `hub`), as an exported ONNX folder always."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from monitor import classifiers, sentiment
from monitor.classifiers import hub, runtime
from monitor.errors import ConfigError, ModelError
from monitor.types import JudgeRequest

HAS_TORCH = importlib.util.find_spec("torch") is not None
needs_torch = pytest.mark.skipif(not HAS_TORCH, reason="torch is not installed (extra hub)")
TEXTS = [
    JudgeRequest("Elendig service fra Lomvi i dag.", "Lomvi"),
    JudgeRequest("Takk til Lomvi for god hjelp!", "Lomvi", title="Ros"),
    JudgeRequest("Lomvi", "Lomvi"),
    JudgeRequest("", ""),
    JudgeRequest("\ud800 halv", "\ud800"),
    JudgeRequest("Lomvi er sen. " * 2_000, "Lomvi"),
    JudgeRequest("God hjelp.", "🙂" * 2_000),
]
WORDS = [
    "elendig",
    "service",
    "fra",
    "lomvi",
    "i",
    "dag",
    "takk",
    "til",
    "for",
    "god",
    "hjelp",
    "er",
    "sen",
    "ros",
    "!",
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled model as anybody's exported folder."""
    folder = tmp_path_factory.mktemp("exported") / "exported-model"
    folder.mkdir()
    for name in ("model.onnx", "tokenizer.json", "tokenizer_config.json", "config.json"):
        shutil.copy(runtime.MODELS / "sentiment" / name, folder)
    return folder


def small_model(folder: Path, labels: tuple[str, ...], **config: Any) -> Path:
    """A BERT of two thin layers with random weights and a small tokenizer, saved as people save models."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder.mkdir(parents=True, exist_ok=True)
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *"abcdefghijklmnopqrstuvwxyzæøå"]
    pieces += [f"##{c}" for c in "abcdefghijklmnopqrstuvwxyzæøå"]
    (folder / "vocab.txt").write_text("\n".join(dict.fromkeys(pieces)), encoding="utf-8")
    tokenizer = transformers.BertTokenizer(vocab=str(folder / "vocab.txt"), strip_accents=False)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(7)
    network = transformers.BertForSequenceClassification(
        transformers.BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=128,
            initializer_range=0.6,  # far from uniform, so that a wrong column or token shows
            id2label=dict(enumerate(labels)),
            label2id={label: i for i, label in enumerate(labels)},
            **config,
        )
    )
    network.save_pretrained(folder)
    return folder


def reference(folder: Path, text: str, target: str | None) -> np.ndarray:
    """What transformers' own pipeline says, by the model's output number."""
    import transformers

    pipe = transformers.pipeline("text-classification", model=str(folder), device="cpu", top_k=None)
    inputs = {"text": text} | ({"text_pair": target} if target else {})
    found = pipe(inputs, truncation="only_first" if target else True, max_length=126)
    label2id = pipe.model.config.label2id
    row = np.zeros(len(label2id))
    for item in found:
        row[label2id[item["label"]]] = item["score"]
    return row


@needs_torch
def test_torch_pair_agrees_with_the_pipeline_of_transformers(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "pair", ("positive", "negative", "neutral"))
    judge = hub.load(options={"model": str(folder)}, threads=1)
    rows = judge.probabilities(TEXTS)
    assert rows.shape == (len(TEXTS), 3) and rows.dtype == np.float32
    assert np.isfinite(rows).all() and np.allclose(rows.sum(1), 1, atol=1e-5)
    for i in (0, 2, 5):
        expected = reference(folder, TEXTS[i].text, TEXTS[i].target)[[1, 2, 0]]
        assert np.abs(rows[i] - expected).max() <= 1e-5, i
    assert np.ptp(rows, axis=0).max() > 0.05, "the texts are told apart"


@needs_torch
def test_torch_single_does_not_read_the_target(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "single", ("neg", "neu", "pos"))
    single = hub.load(options={"model": str(folder), "pair": False}, threads=1)
    one, other = (JudgeRequest("Takk til Lomvi for god hjelp!", t) for t in ("Lomvi", "Hjelp"))
    rows = single.probabilities([one, other])
    assert np.abs(rows[0] - rows[1]).max() <= 1e-6
    assert np.abs(rows[0] - reference(folder, one.text, None)).max() <= 1e-5
    pair = hub.load(options={"model": str(folder)}, threads=1).probabilities([one, other])
    assert np.abs(pair[0] - pair[1]).max() > 1e-4
    (verdict,) = sentiment.judge([one], single)
    assert verdict.model == single.name and verdict.status in ("judged", "unsure")


@needs_torch
def test_torch_judges_a_text_alike_in_any_company(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "m", ("neg", "neu", "pos"))
    judge = hub.load(options={"model": str(folder)}, threads=1)
    many = TEXTS * 6
    together = judge.probabilities(many)
    alone = np.vstack([judge.probabilities([t]) for t in TEXTS])
    assert np.abs(together - np.vstack([alone] * 6)).max() <= 1e-5


@needs_torch
def test_stars_are_added_up_and_labels_that_do_not_exclude_each_other_too(tmp_path: Path) -> None:
    stars = tuple(f"{n} star{'s' if n > 1 else ''}" for n in range(1, 6))
    labels = dict(zip(stars, ("negative", "negative", "neutral", "positive", "positive"), strict=True))
    folder = small_model(tmp_path / "stars", stars)
    with pytest.raises(ConfigError, match="5 stars"):
        hub.load(options={"model": str(folder)})
    row = hub.load(options={"model": str(folder), "labels": labels}).probabilities(TEXTS[:1])[0]
    p = reference(folder, TEXTS[0].text, TEXTS[0].target)
    assert np.allclose(row, [p[0] + p[1], p[2], p[3] + p[4]], atol=1e-5)

    moods = small_model(
        tmp_path / "moods", ("anger", "calm", "joy"), problem_type="multi_label_classification"
    )
    labels = {"anger": "negative", "calm": "neutral", "joy": "positive"}
    row = hub.load(options={"model": str(moods), "labels": labels}).probabilities(TEXTS[:1])[0]
    p = reference(moods, TEXTS[0].text, TEXTS[0].target)
    assert np.allclose(row, p / p.sum(), atol=1e-5)


@needs_torch
def test_what_changes_a_judgement_changes_the_name(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "m", ("neg", "neu", "pos"))
    names = [hub.load(options={"model": str(folder), **more}).name for more in ({}, {}, {"pair": False})]
    names.append(hub.load(options={"model": str(folder), "max_tokens": 64}).name)
    small_model(folder, ("neg", "neu", "pos"), hidden_act="relu")
    names.append(hub.load(options={"model": str(folder)}).name)
    assert names[0] == names[1] and len(set(names)) == 4
    assert all(name.startswith("hub:m@") for name in names)


@needs_torch
def test_devices_and_models_that_are_not_there(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "m", ("neg", "neu", "pos"))
    with pytest.raises(ModelError, match="device"):
        hub.load(options={"model": str(folder), "device": "no-such-device"})
    with pytest.raises(ConfigError, match="one output"):
        hub.load(options={"model": str(small_model(tmp_path / "score", ("score",)))})
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError, match="weights"):
        hub.load(options={"model": str(folder)})


@needs_torch
def test_code_that_comes_with_a_model_is_not_run(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "m", ("neg", "neu", "pos"))
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "other", "auto_map": {"AutoConfig": "code.Config", "AutoModel": "code.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "code.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(ModelError, match="configuration"):
        hub.load(options={"model": str(folder)})
    assert not (tmp_path / "ran").exists()


def test_an_exported_folder_is_read_as_transformers_and_onnxruntime_read_it(exported: Path) -> None:
    import onnxruntime
    import transformers

    judge = classifiers.load("hub", options={"model": str(exported)})
    rows = judge.probabilities(TEXTS)
    assert np.isfinite(rows).all() and np.allclose(rows.sum(1), 1, atol=1e-5)
    assert judge.name.startswith("hub:exported-model@")
    tokenizer = transformers.AutoTokenizer.from_pretrained(exported)
    session = onnxruntime.InferenceSession(str(exported / "model.onnx"), providers=["CPUExecutionProvider"])
    names = {i.name for i in session.get_inputs()}
    for i in (0, 2, 5):
        given = tokenizer(
            TEXTS[i].text[:4_000],
            TEXTS[i].target,
            truncation="only_first",
            max_length=192,
            return_tensors="np",
        )
        feed = {k: np.asarray(v, np.int64) for k, v in given.items() if k in names}
        z = session.run(["logits"], feed)[0][0].astype(np.float64)
        assert np.abs(rows[i] - np.exp(z) / np.exp(z).sum()).max() <= 1e-4, i
    turned = hub.load(
        options={
            "model": str(exported),
            "labels": {"negative": "positive", "positive": "negative", "neutral": "neutral"},
        }
    )
    assert np.allclose(turned.probabilities(TEXTS[:2]), rows[:2, ::-1], atol=1e-6)
    assert turned.name != judge.name


def test_an_exported_folder_needs_neither_torch_nor_network(exported: Path) -> None:
    code = (
        "import sys, socket\n"
        "def no(*a, **k): raise AssertionError('network')\n"
        "socket.create_connection = socket.getaddrinfo = no\n"
        "sys.modules['torch'] = None\n"
        "from monitor import classifiers\n"
        "from monitor.types import JudgeRequest\n"
        f"judge = classifiers.load('hub', options={{'model': {str(exported)!r}}})\n"
        "print(judge.probabilities([JudgeRequest('Elendig.', 'Lomvi')]).shape)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "(1, 3)", done.stderr[-2_000:]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "model"),
        ({"model": "no-such-folder"}, "no-such-folder"),
        ({"model": "./no/such/folder"}, "no model id"),
        ({"model": "https://host.example/model"}, "no model id"),
        ({"model": "a/b", "tokens": 3}, "tokens"),
        ({"model": "a/b", "max_tokens": True}, "max_tokens"),
        ({"model": "a/b", "pair": "yes"}, "pair"),
        ({"model": "a/b", "labels": "negative"}, "labels"),
        ({"model": "a/b", "labels": {"1": "bad"}}, "bad"),
    ],
)
def test_wrong_options_are_named_before_anything_is_asked(options: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        hub.load(options=options)


def test_without_torch_the_remedy_is_named_and_nothing_is_fetched() -> None:
    code = (
        "import sys, socket\n"
        "def no(*a, **k): print('network'); raise OSError('network')\n"
        "socket.create_connection = socket.getaddrinfo = no\n"
        "sys.modules['torch'] = None\n"
        "from monitor.classifiers import hub\n"
        "from monitor.errors import ModelError\n"
        "try: hub.load(options={'model': 'owner/model'})\n"
        "except ModelError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "omdomme[hub]" in done.stdout and "network" not in done.stdout


@needs_torch
def test_without_a_network_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's own switch for machines without a network: the cache is empty, and nobody is asked."""
    code = (
        "from monitor.classifiers import hub\n"
        "from monitor.errors import ModelError\n"
        "try: hub.load(options={'model': 'owner/model'})\n"
        "except ModelError as error: print(error)\n"
    )
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "give its folder" in done.stdout
