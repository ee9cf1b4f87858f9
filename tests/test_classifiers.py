from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from monitor import classifiers
from monitor.classifiers import encoder, hub, lexicon, onnx, runtime
from monitor.classifiers.calibration import softmax
from monitor.classifiers.reading import passages
from monitor.errors import ConfigError, ModelError
from monitor.types import JudgeRequest
from monitor.windows import take_apart

TEXTS = [
    JudgeRequest("Maten var elendig og betjeningen verre.", "Lomvi", lang="nb"),
    JudgeRequest("Takk til Lomvi for rask og hyggelig hjelp!", "Lomvi", lang="nb"),
    JudgeRequest("Lomvi held generalforsamling 4. mai.", "Lomvi", lang="nn"),
    JudgeRequest("The ferry company was fined two million after the accident.", "Lomvi", lang="en"),
    JudgeRequest("Å " * 3000, "Lomvi"),
    JudgeRequest("🙂", ""),
    JudgeRequest("", "Lomvi"),
    JudgeRequest("x", "\x00" * 500),
]


@pytest.fixture(scope="module")
def bundled() -> onnx.OnnxClassifier:
    return onnx.load(threads=2)


def test_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(ConfigError) as error:
        classifiers.load("gpt")
    for name in ("onnx", "lexicon", "hub"):
        assert name in str(error.value)
        assert name in classifiers.names()
    assert "runtime" not in classifiers.names()


def test_unknown_option_is_refused() -> None:
    for name in ("onnx", "lexicon", "hub"):
        with pytest.raises(ConfigError):
            classifiers.load(name, options={"colour": "red"})


@pytest.mark.parametrize("name", ["onnx", "lexicon"])
def test_rows_are_probabilities_for_any_text(name: str) -> None:
    rows = classifiers.load(name).probabilities(TEXTS)
    assert rows.shape == (len(TEXTS), 3)
    assert rows.dtype == np.float32
    assert np.isfinite(rows).all() and (rows >= 0).all()
    assert np.allclose(rows.sum(1), 1, atol=1e-6)
    assert classifiers.load(name).probabilities([]).shape == (0, 3)


def test_a_text_is_judged_alike_in_any_company(bundled: onnx.OnnxClassifier) -> None:
    """Dynamic quantisation over a batch would break this: see classifiers/runtime.py."""
    together = bundled.probabilities(TEXTS)
    alone = np.vstack([bundled.probabilities([t]) for t in TEXTS])
    assert np.abs(together - alone).max() <= 1e-6
    other_threads = onnx.load(threads=1).probabilities(TEXTS[::-1])[::-1]
    assert np.abs(together - other_threads).max() <= 1e-6
    posts = [take_apart(t) for t in TEXTS]
    assert (
        np.abs(bundled.post_probabilities(posts)[3] - bundled.post_probabilities(posts[3:4])[0]).max() <= 1e-6
    )


def test_opinions_are_understood(bundled: onnx.OnnxClassifier) -> None:
    assert bundled.probabilities(TEXTS[:2]).argmax(1).tolist() == [0, 2]


def test_revision_names_the_files(bundled: onnx.OnnxClassifier, tmp_path: Path) -> None:
    name, revision = bundled.name.split("@")
    assert name == "omdomme-sentiment"
    assert len(revision) == 12
    other = copy_of_the_model(tmp_path)
    shipped = json.loads((runtime.MODELS / "sentiment" / "calibration.json").read_text())
    (other / "calibration.json").write_text(json.dumps(shipped | {"temperature": 1.0}))
    assert onnx.load(options={"folder": str(other)}).name != bundled.name


def test_neither_torch_nor_transformers_is_imported() -> None:
    code = (
        "import sys\n"
        "from monitor import classifiers, sentiment\n"
        "from monitor.types import JudgeRequest\n"
        "v = sentiment.judge([JudgeRequest('Elendig service.', 'Lomvi')], classifiers.load('onnx'))\n"
        "assert v[0].status != 'unjudged'\n"
        "print([m for m in ('torch', 'transformers') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_broken_model_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        onnx.load(options={"folder": str(tmp_path)})
    shutil.copy(runtime.MODELS / "sentiment" / "tokenizer.json", tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"model\.onnx"):
        onnx.load(options={"folder": str(tmp_path)})


def copy_of_the_model(folder: Path) -> Path:
    for name in ("model.onnx", "tokenizer.json"):
        (folder / name).symlink_to(runtime.MODELS / "sentiment" / name)
    return folder


def test_a_folder_without_its_calibration_is_refused(tmp_path: Path) -> None:
    folder = copy_of_the_model(tmp_path)
    with pytest.raises(ModelError, match=r"calibration\.json"):
        onnx.load(options={"folder": str(folder)})


def test_circumstances_weigh_where_they_are_known(bundled: onnx.OnnxClassifier) -> None:
    """Of a text from nobody knows where, the label is what the network said."""
    text = "Lomvi held ope i dag."
    unknown, known = JudgeRequest(text, "Lomvi"), JudgeRequest(text, "Lomvi", source_type="review")
    logits = bundled.logits([unknown, unknown])
    p = bundled.probabilities([unknown, known])
    assert p[0].argmax() == logits[0].argmax()
    assert np.allclose(p[0], softmax(logits / bundled.calibration.temperature)[0], atol=1e-5)
    assert np.abs(p[0] - p[1]).max() > 0.01


def test_passages_of_a_long_post_are_averaged(bundled: onnx.OnnxClassifier) -> None:
    filler = "Kommunestyret drøftet saken lenge og vel uten å komme til noen avgjørelse. " * 4
    text = (
        f"Ingress. {(filler + 'Lomvi brøt loven. ') * 3}{(filler + 'Alle roser Lomvi for god service. ') * 3}"
    )
    request = JudgeRequest(text, "Lomvi", source_type="news", lang="nb")
    each = [JudgeRequest(p.text, "Lomvi", source_type="news", lang="nb") for p in passages(request)]
    assert len(each) > 1
    assert np.allclose(bundled.logits([request])[0], bundled.logits(each).mean(0), atol=1e-5)


def test_lexicon_counts_and_negation() -> None:
    assert lexicon.count("Dette er bra og nyttig, takk", "nb").opinion_positive >= 2
    negated = lexicon.count("Dette er ikke bra", "nb")
    assert (negated.opinion_positive, negated.opinion_negative) == (0, 1)
    assert lexicon.count("Selskapet fekk bøter for utslepp", "nn").fact_negative == 2
    assert lexicon.count("not fined", "en").fact_negative == 1, "facts are not negated"
    assert lexicon.count("bra bra bra", "en").opinion_positive == 0


def test_encoder_finds_the_same_topic_in_another_language() -> None:
    topic = encoder.load()
    norwegian = [
        "Ferga ble forsinket av den kraftige vinden i går kveld",
        "Banken setter opp boliglånsrenta med et halvt prosentpoeng",
        "Kommunen bygger ny barneskole med idrettshall",
        "Laksen rømte fra et oppdrettsanlegg i fjorden",
    ]
    english = [
        "The ferry was delayed by strong wind last night",
        "The bank raises its mortgage rate by half a percentage point",
        "The municipality is building a new primary school with a sports hall",
        "Salmon escaped from a fish farm in the fjord",
    ]
    a, b = topic.encode(norwegian), topic.encode(english)
    assert a.shape == (4, topic.dimension)
    assert np.allclose(np.linalg.norm(a, axis=1), 1, atol=1e-5)
    assert (a @ b.T).argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert np.array_equal(topic.encode(["query: " + norwegian[2]])[0], a[2]), "one text, the same bits"
    assert topic.encode([]).shape == (0, topic.dimension)
    assert np.isfinite(topic.encode(["", "\ud800", "x" * 50_000])).all()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled model as anybody's exported folder."""
    folder = tmp_path_factory.mktemp("exported")
    for name in ("model.onnx", "tokenizer.json", "tokenizer_config.json", "config.json"):
        shutil.copy(runtime.MODELS / "sentiment" / name, folder)
    return folder


def test_hub_runs_the_bundled_graph_as_anybody_s(exported: Path) -> None:
    other = hub.load(options={"model": str(exported)})
    some = [t for t in TEXTS if t.text and "\x00" not in t.target]
    rows = other.probabilities(some)
    assert rows.shape == (len(some), 3)
    assert np.allclose(rows.sum(1), 1, atol=1e-5)
    assert other.name.startswith("hub:")


def test_hub_label_map(exported: Path) -> None:
    turned = hub.load(
        options={
            "model": str(exported),
            "labels": {"negative": "positive", "positive": "negative", "neutral": "neutral"},
        }
    )
    straight = hub.load(options={"model": str(exported)})
    assert np.allclose(turned.probabilities(TEXTS[:3]), straight.probabilities(TEXTS[:3])[:, ::-1], atol=1e-6)
    with pytest.raises(ConfigError, match="labels"):
        hub.load(options={"model": str(exported), "labels": {"negative": "angry"}})


def test_hub_without_a_model_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="model"):
        hub.load(options={})
    (tmp_path / "config.json").write_text((runtime.MODELS / "sentiment" / "config.json").read_text())
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(runtime.MODELS / "sentiment" / name, tmp_path)
    try:
        import torch  # noqa: F401
    except ImportError:
        with pytest.raises(ModelError, match=r"omdomme\[hub\]"):
            hub.load(options={"model": str(tmp_path)})
