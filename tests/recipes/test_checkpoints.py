"""Our own weights: small enough, in float16, and as good as the row of the recipe that made them says."""

import importlib
from pathlib import Path

import pytest
import torch

from d2lmodels import checkpoint, checkpoints, results
from d2lmodels.data.scenes import make_scenes
from d2lmodels.language.sentence_student import SentenceStudent

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "d2lmodels" / "checkpoints"
PATHS = sorted(FOLDER.glob("*.safetensors"))


def test_sizes_and_a_notice_for_each():
    notice = (FOLDER / "NOTICE").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in PATHS) <= 12e6
    for path in PATHS:
        assert path.stat().st_size <= 2e6, path.name
        assert path.name in notice, f"{path.name} is not in checkpoints/NOTICE"


def test_yolo_scenes_scores_what_its_row_says(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "recipes"))
    recipe = importlib.import_module("yolo_terms")
    (row,) = [row for row in results.read("yolo_scenes") if row["config"]["width"] == 24]
    assert row["score"]["mAP"] >= 0.85
    tree = checkpoint.load(checkpoints.path("yolo_scenes"))
    assert tree["width"] == row["config"]["width"]
    assert tree["model"]["head.weight"].dtype == torch.float16
    model = recipe.network(tree["width"], torch.ones(3, 2))
    model.load_state_dict(tree["model"])
    scenes = make_scenes(500, split="test")
    assert scenes.labels.shape == (500, 4)
    assert recipe.score(model, "test")["mAP"] == pytest.approx(row["score"]["mAP"], abs=0.005)


def test_unet_scenes_scores_what_its_row_says(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "recipes"))
    recipe = importlib.import_module("unet_parts")
    (row,) = [row for row in results.read("unet_scenes") if not row["smoke"]]
    assert row["score"]["iou"] >= 0.75
    tree = checkpoint.load(checkpoints.path("unet_scenes"))
    assert (tree["width"], tree["depth"]) == (row["config"]["width"], row["config"]["depth"])
    assert tree["model"]["head.weight"].dtype == torch.float16
    model = recipe.network(row["config"])
    model.load_state_dict(tree["model"])
    found = recipe.score(model, row["config"], "test")
    assert found["iou"] == pytest.approx(row["score"]["iou"], abs=0.005)
    assert found["digits_iou"] == pytest.approx(row["score"]["digits_iou"], abs=0.005)


def test_word2vec_vectors_score_what_their_row_says(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "recipes"))
    recipe = importlib.import_module("word2vec_vectors")
    rows = results.read("word2vec_vectors")
    (row,) = [row for row in rows if (row["config"], row["seed"], row["smoke"]) == (recipe.USUAL, 0, False)]
    tree = checkpoint.load(checkpoints.path("word2vec_vectors"))
    assert tree["vectors"].shape == (len(tree["words"]), row["config"]["dim"]) == (8935, 64)
    assert tree["vectors"].dtype == torch.float16
    found = recipe.scores(tree["words"], tree["vectors"].float().numpy())
    assert found == pytest.approx(row["score"], abs=1e-4)


def test_bert_scores_what_its_row_says(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "recipes"))
    recipe, texts = importlib.import_module("bert"), importlib.import_module("bert_texts")
    rows = results.read("bert")
    (row,) = [row for row in rows if (row["config"], row["seed"], row["smoke"]) == (recipe.USUAL, 0, False)]
    assert row["score"]["masked_low"] > row["score"]["bigram"] > row["score"]["unigram"]
    for baseline in ("always_next", "overlap", "weighted_overlap"):
        assert row["score"]["next_low"] > row["score"][baseline]
    assert row["score"]["lead_low"] > 0
    tree = checkpoint.load(checkpoints.path("bert"))
    assert tree["config"] == row["config"]
    assert tree["model"]["bert.embeddings.tokens.weight"].dtype == torch.float16
    data = texts.Texts(tree["config"]["vocab_size"], tree["config"]["articles"])
    assert list(data.tokenizer.ids) == [tuple(pair) for pair in tree["pairs"].tolist()]
    model = recipe.network(tree["config"])
    model.load_state_dict(tree["model"])
    found = recipe.told(model, texts.held_out(data, tree["config"]["max_length"]))
    assert found["masked"].mean().item() == pytest.approx(row["score"]["masked"], abs=0.003)
    assert found["next"].mean().item() == pytest.approx(row["score"]["next"], abs=0.01)


def test_sentence_student_scores_what_its_row_says(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "recipes"))
    recipe = importlib.import_module("sentence_student")
    rows = results.read("sentence_student")
    (row,) = [row for row in rows if (row["config"], row["seed"], row["smoke"]) == (recipe.USUAL, 0, False)]
    for kind in ("random", "within"):  # better than the best that needs no training, in rank with the teacher
        assert row["score"][f"lead_weighted_{kind}_low"] > 0
        assert row["score"][f"student_{kind}_low"] > row["score"][f"weighted_{kind}"]
    tree = checkpoint.load(checkpoints.path("sentence_student"))
    assert tree["config"] == row["config"]
    assert tree["model"]["narrow.weight"].dtype == torch.float16
    assert "words" not in tree["model"]
    teacher, tokenizer = recipe.load_minilm()
    student = SentenceStudent(teacher.embeddings.tokens.weight, **tree["sizes"]).eval()
    student.load_state_dict(tree["model"])
    assert sum(tensor.numel() for tensor in student.state_dict().values()) == row["score"]["parameters"]
    articles = recipe.load_wikipedia()
    test = recipe.Sentences("test", articles, row["config"], tokenizer)
    found = recipe.next_hits(test, recipe.vectors_of(student, test)).mean()
    assert found == pytest.approx(row["score"]["student_next"], abs=0.003)
    texts = test.texts[::20]  # the teacher is slow, and reads a twentieth
    vectors = recipe.sentence_vectors(teacher, tokenizer, texts, max_length=tree["sizes"]["max_length"])
    cosine = (recipe.student_vectors(student, tokenizer, texts) * vectors).sum(1).mean().item()
    assert cosine == pytest.approx(row["score"]["cosine"], abs=0.03)
