"""MiniLM distilled: a student of two layers of 128 numbers learns to give MiniLM's vectors of sentences.

The sentences are Wikipedia's; the teacher reads each once, and its vectors are kept in a temporary file.
Writes the checkpoint that the chapter on distillation loads, in float16, and scores it as loaded on ten
articles that it has not seen. The loss of `USUAL` was set beforehand; three shorter runs compare it with its
two parts, and ten more articles are there to choose by. `python recipes/sentence_student.py --minutes 40`.
"""

import functools
import time
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import rows
import torch
import torch.nn.functional as F
from bert_texts import BORDER

from d2lmodels import checkpoint, train
from d2lmodels.convert.huggingface import load_minilm, sentence_vectors
from d2lmodels.data.wikipedia import load_wikipedia
from d2lmodels.language.bert import pad_rows
from d2lmodels.language.sentence_student import SentenceStudent, student_vectors, token_rows
from d2lmodels.metrics.words import spearman
from d2lmodels.optim import AdamW, Schedule
from d2lmodels.optim.schedules import cosine

SIZES = ("dim", "num_heads", "num_layers", "max_length")
USUAL = {
    "dim": 128,
    "num_heads": 4,
    "num_layers": 2,
    "max_length": 48,
    "loss": "both",
    "articles": 106,
    "per_article": None,  # sentences of each article that are read; None means all
    "batch_size": 128,
    "lr": 2e-3,
    "steps": 1_000,
    "timed": 1_000,  # sentences whose reading is timed
}
SHORT = USUAL | {"steps": 300, "timed": 0}
CONFIGURATIONS = [USUAL, *(SHORT | {"loss": loss} for loss in ("both", "cosine", "similarities"))]
SMOKE = USUAL | {"dim": 32, "articles": 20, "per_article": 5, "batch_size": 16, "steps": 30, "timed": 0}
WEIGHTS = rows.RESULTS.parent / "checkpoints"
PARTS = {8: "valid", 9: "test"}  # by the last digit of an article's number; the rest is for training
LEAST_WORDS = 4
DRAWS = 10_000  # of the bootstrap


class Sentences:
    """Sentences of one part of the articles: token rows, whose they are, and the teacher's vectors.

    Neighbours in the list that share an article are neighbours in its text, but for lines of fewer than four
    words, which are left out. Without a teacher there are no vectors of it.
    """

    def __init__(self, part, articles, config, tokenizer, teacher=None):
        self.texts, owners = [], []
        for k, article in enumerate(articles[: config["articles"]]):
            if PARTS.get(k % 10, "train") == part:
                found = [text for text in BORDER.split(article) if len(text.split()) >= LEAST_WORDS]
                found = found[: config["per_article"]]
                self.texts += found
                owners += [k] * len(found)
        self.owners = np.array(owners)
        self.rows = token_rows(tokenizer, self.texts, config["max_length"])
        self.vectors = taught(teacher, tokenizer, self.texts, config) if teacher else None

    def __len__(self):
        return len(self.rows)


def taught(teacher, tokenizer, texts, config):
    """Return the teacher's vectors, out of a temporary file where it has read all these texts before."""
    length = config["max_length"]
    if config["per_article"] is not None:
        return sentence_vectors(teacher, tokenizer, texts, max_length=length)
    name = sha256("\n".join([str(length), *texts]).encode()).hexdigest()[:16]
    path = Path(gettempdir()) / f"sentence_teacher_{name}.safetensors"
    if not path.exists():
        checkpoint.save(path, sentence_vectors(teacher, tokenizer, texts, max_length=length))
    return checkpoint.load(path)


class TextLoader:
    """Batches of texts of about the same length, in a new order in each epoch, with the teacher's vectors."""

    def __init__(self, sentences, num_batches, batch_size):
        self.sentences, self.num_batches, self.batch_size = sentences, num_batches, batch_size
        self.generator = torch.Generator()

    def __len__(self):
        return self.num_batches

    def __iter__(self):
        left, rows = self.num_batches, self.sentences.rows
        while left > 0:
            order = torch.randperm(len(rows), generator=self.generator).tolist()
            for start in range(0, len(order), 8 * self.batch_size):
                near = sorted(order[start : start + 8 * self.batch_size], key=lambda k: len(rows[k]))
                batches = [near[k : k + self.batch_size] for k in range(0, len(near), self.batch_size)]
                for k in torch.randperm(len(batches), generator=self.generator).tolist():
                    if left > 0 and len(batches[k]) == self.batch_size:
                        left -= 1
                        yield self.batch(batches[k])

    def batch(self, places):
        ids, mask = pad_rows([self.sentences.rows[k] for k in places])
        return {"ids": ids, "mask": mask, "vectors": self.sentences.vectors[places]}


def loss_of(student, batch, *, loss):
    """Return what is to fall: 1 − cosine to the teacher's vectors, the error of the batch's cosines, or both.

    The second is ten times the mean squared difference of the two matrices of cosines; it leaves open in
    which directions the vectors point, as long as the angles between them are the teacher's.
    """
    found, wanted = student(batch["ids"], batch["mask"]), batch["vectors"]
    of_vectors = 1 - (found * wanted).sum(1).mean()
    of_pairs = 10 * F.mse_loss(found @ found.T, wanted @ wanted.T)
    logs = {"vectors": of_vectors.detach(), "pairs": of_pairs.detach()}
    return {"cosine": of_vectors, "similarities": of_pairs, "both": of_vectors + of_pairs}[loss], logs


def new_student(config, teacher):
    """Return the untrained student of a configuration, with the teacher's table of words."""
    return SentenceStudent(teacher.embeddings.tokens.weight, **{name: config[name] for name in SIZES})


def rarities(sentences, vocab_size):
    """Return the logarithm of how many sentences there are for each that has a token, one more of both."""
    having = np.zeros(vocab_size)
    for row in sentences.rows:
        having[list(set(row))] += 1
    return np.log((1 + len(sentences)) / (1 + having))


def baselines(sentences, words, rarity):
    """Return vectors that need no training: means of the teacher's words, plain and weighted, and tf-idf."""
    columns = {token: k for k, token in enumerate(sorted({token for row in sentences.rows for token in row}))}
    tokens = list(columns)
    counts = torch.zeros(len(sentences), len(columns))
    for k, row in enumerate(sentences.rows):
        for token in row[1:-1]:  # without [CLS] and [SEP]
            counts[k, columns[token]] += 1
    weighted = counts * torch.tensor(rarity[tokens], dtype=torch.float32)
    found = {"words": counts @ words[tokens], "weighted": weighted @ words[tokens], "tfidf": weighted}
    return {name: F.normalize(vectors, dim=1) for name, vectors in found.items()}


def measures(sentences, vectors):
    """Return what vectors are worth on each article: lists of numbers, one for each, in order.

    "random": Spearman's correlation of their cosines with the teacher's over 2,000 pairs, of which the first
    sentence is the article's and the second any article's. "within": the same over pairs inside the article.
    "next": as `next_hits` has it.
    """
    generator = np.random.default_rng(0)
    cosines, wanted = ((X @ X.T).numpy() for X in (vectors, sentences.vectors))
    found = {"random": [], "within": []}
    for article in np.unique(sentences.owners):
        mine = np.flatnonzero(sentences.owners == article)
        for name, others in (("random", np.arange(len(sentences))), ("within", mine)):
            a, b = generator.choice(mine, 2_000), generator.choice(others, 2_000)
            a, b = a[a != b], b[a != b]
            found[name].append(spearman(cosines[a, b], wanted[a, b]))
    found["next"] = next_hits(sentences, vectors)
    return {name: np.array(values) for name, values in found.items()}


def next_hits(sentences, vectors):
    """Return what share of each article's sentences has the next one among the ten nearest of all articles.

    Ties are broken by lot, so that a sentence counts as much as the chance that its next one is among them.
    """
    ranked = (vectors @ vectors.T).numpy()
    np.fill_diagonal(ranked, -2)
    shares = []
    for article in np.unique(sentences.owners):
        mine, hits = np.flatnonzero(sentences.owners == article), []
        for place, after in pairwise(mine):
            gap = ranked[place] - ranked[place, after]
            hits.append(np.clip((10 - (gap > 1e-6).sum()) / (abs(gap) <= 1e-6).sum(), 0, 1))
        shares.append(np.mean(hits))
    return np.array(shares)


def spread(name, values):
    """Return the mean over articles and its 95 % interval, over draws of as many articles."""
    draws = np.random.default_rng(0).integers(len(values), size=(DRAWS, len(values)))
    low, high = np.quantile(values[draws].mean(1), [0.025, 0.975])
    return {name: values.mean(), f"{name}_low": low, f"{name}_high": high}


def scores(student, sentences, words, rarity):
    """Return the measures of the student, the teacher and the baselines, and the student's lead over each."""
    learned = vectors_of(student, sentences)
    close = (learned * sentences.vectors).sum(1).numpy()
    close = [close[sentences.owners == article].mean() for article in np.unique(sentences.owners)]
    numbers = spread("cosine", np.array(close))
    found = {"student": learned, **baselines(sentences, words, rarity), "teacher": sentences.vectors}
    found = {name: measures(sentences, vectors) for name, vectors in found.items()}
    for name, of_articles in found.items():
        for kind, values in of_articles.items():
            if name != "teacher" or kind == "next":
                numbers |= spread(f"{name}_{kind}", values)
                if name != "student":
                    numbers |= spread(f"lead_{name}_{kind}", found["student"][kind] - values)
    return numbers | {"num_test": len(sentences), "chance_next": min(1, 10 / (len(sentences) - 1))}


@torch.no_grad()
def vectors_of(student, sentences):
    """Return the student's vectors of all sentences."""
    order = sorted(range(len(sentences)), key=lambda k: len(sentences.rows[k]))
    vectors = student.words.new_zeros(len(order), student.words.shape[1])
    for start in range(0, len(order), 64):
        places = order[start : start + 64]
        vectors[places] = student(*pad_rows([sentences.rows[k] for k in places]))
    return vectors


def times(teacher, student, tokenizer, texts, config):
    """Return the processor's seconds of both for the same texts, cut into tokens too, in turns of 100."""
    length, seconds = config["max_length"], {"teacher": 0.0, "student": 0.0}
    for start in range(0, len(texts), 100):
        part = texts[start : start + 100]
        for name, read in (
            ("teacher", lambda part: sentence_vectors(teacher, tokenizer, part, max_length=length)),
            ("student", lambda part: student_vectors(student, tokenizer, part)),
        ):
            began = time.process_time()
            read(part)
            seconds[name] += time.process_time() - began
    return {f"{name}_seconds": value for name, value in seconds.items()}


def train_one(config, seed):
    """Return the scores of the student as it is stored; its weights are kept where it is the usual one."""
    teacher, tokenizer = load_minilm()
    articles = load_wikipedia()
    learn, valid, test = (
        Sentences(part, articles, config, tokenizer, teacher) for part in ("train", "valid", "test")
    )
    torch.manual_seed(seed)
    student = new_student(config, teacher)
    optimizer = AdamW(student.parameters(), lr=config["lr"], weight_decay=0.01)
    history = train.fit(
        student,
        functools.partial(loss_of, loss=config["loss"]),
        TextLoader(learn, config["steps"], config["batch_size"]),
        optimizer=optimizer,
        num_epochs=1,
        scheduler=Schedule(optimizer, cosine(config["steps"], warmup=config["steps"] // 10)),
        max_norm=1.0,
        seed=seed,
        device="cpu",
        progress=False,
    )
    kept = config == USUAL and seed == 0
    path = (WEIGHTS if kept else Path(gettempdir())) / "sentence_student.safetensors"
    tree = {"config": config, "sizes": {name: config[name] for name in SIZES}, "model": student.state_dict()}
    checkpoint.save(path, tree, dtype=torch.float16)
    student.load_state_dict(checkpoint.load(path)["model"])
    student.eval()
    words = teacher.embeddings.tokens.weight.detach()
    numbers = scores(student, test, words, rarities(learn, len(words)))
    of_valid = measures(valid, vectors_of(student, valid))
    numbers |= {f"valid_{kind}": values.mean() for kind, values in of_valid.items()}
    numbers |= {"num_train": len(learn), "num_valid": len(valid)}
    numbers |= {
        "parameters": sum(parameter.numel() for parameter in student.parameters()),
        "teacher_parameters": sum(parameter.numel() for parameter in teacher.parameters()),
        "word_parameters": words.numel(),
    }
    last = {name: values[-max(1, len(values) // 10) :] for name, values in history.steps.items()}
    numbers |= {f"loss_{name}": sum(values) / len(values) for name, values in last.items()}
    if config["timed"]:
        numbers |= times(teacher, student, tokenizer, test.texts[: config["timed"]], config)
    return {name: round(float(number), 6) for name, number in numbers.items()}


if __name__ == "__main__":
    rows.run("sentence_student", CONFIGURATIONS, train_one, smoke=SMOKE)
