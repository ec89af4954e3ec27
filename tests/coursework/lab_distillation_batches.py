"""Wrong answers to the lab `distillation`, on what is kept. The others: lab_distillation.py."""

from lab_unet_sizes import planted

BATCHES = """
def distillation_batches(load_teacher, X, y, orders, *, batch_size):
    teacher = load_teacher()
    teacher.eval()
    kept = []
    for start in range(0, len(X), batch_size):
        kept.append(teacher(X[start : start + batch_size]))
    kept = np.concatenate(kept)
    epochs = []
    for order in orders:
        epoch = []
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            epoch.append((X[rows], y[rows], kept[rows]))
        epochs.append(epoch)
    return epochs
"""

batches = planted("distillation-batches", BATCHES)

KEEPING = {
    "batches: asked anew for each batch": batches(
        {"test-asked": 1}, "in four epochs the teacher was asked", ("kept[rows]", "teacher(X[rows])")
    ),
    "batches: asked anew in each epoch": batches(
        {"test-asked": 1},
        "in four epochs the teacher was asked",
        (
            "        epoch = []\n",
            (
                "        epoch = []\n        kept = np.concatenate([teacher(X[k : k + "
                "batch_size]) for k in range(0, len(X), batch_size)])\n"
            ),
        ),
    ),
    "batches: all in one call": batches(
        {"test-asked": 1},
        "the teacher got 7 examples in a call with batch_size=3",
        ("    kept = np.concatenate(kept)\n", "    kept = load_teacher().eval()(X.copy())\n"),
        ("        kept.append(teacher(X[start : start + batch_size]))", "        pass"),
    ),
    "batches: one example more in a call": batches(
        {"test-asked": 1, "test-aligned": 2},
        "in four epochs the teacher was asked",
        ("X[start : start + batch_size]", "X[start : start + batch_size + 1]"),
    ),
    "batches: in train mode": batches(
        {"test-mode": 1},
        "the teacher is in train mode, and dropout adds chance: teacher.eval()",
        ("    teacher.eval()\n", ""),
    ),
    "batches: eval after the first call": batches(
        {"test-mode": 1},
        "the teacher is in train mode for some of the examples",
        ("    teacher.eval()\n", ""),
        (
            "        kept.append(teacher(X[start : start + batch_size]))\n",
            "        kept.append(teacher(X[start : start + batch_size]))\n        teacher.eval()\n",
        ),
    ),
    "batches: eval of another teacher": batches(
        {"test-mode": 1},
        "the teacher is in train mode, and dropout adds chance: teacher.eval()",
        ("    teacher.eval()\n", "    load_teacher().eval()\n"),
    ),
    "batches: eval not called": batches(
        {"test-mode": 1},
        "the teacher is in train mode, and dropout adds chance: teacher.eval()",
        ("teacher.eval()\n", "teacher.eval\n"),
    ),
    "batches: train mode": batches(
        {"test-mode": 1},
        "the teacher is in train mode, and dropout adds chance: teacher.eval()",
        ("teacher.eval()", "teacher.train()"),
    ),
    "batches: answers in the order of X": batches(
        {"test-aligned": 2},
        "logits must be put in order together with X",
        ("kept[rows]", "kept[np.arange(start, start + len(rows)) % len(X)]"),
    ),
    "batches: answers put back by the inverse": batches(
        {"test-aligned": 2},
        "logits",
        ("    for order in orders:\n", "    for order in orders:\n        back = np.argsort(order)\n"),
        ("kept[rows]", "kept[back[start : start + batch_size] % len(X)]"),
    ),
    "batches: the first epoch's order throughout": batches(
        {"test-aligned": 2},
        "X of the batches",
        ("            rows = order[", "            rows = np.resize(orders[0], len(order))["),
    ),
    "batches: no order": batches(
        {"test-aligned": 2},
        "X of the batches",
        (
            "rows = order[start : start + batch_size]",
            "rows = np.arange(len(order))[start : start + batch_size] % len(X)",
        ),
    ),
    "batches: targets in the order of X": batches(
        {"test-aligned": 2},
        "y",
        ("y[rows], kept[rows]", "np.resize(y, len(order))[start : start + batch_size], kept[rows]"),
    ),
    "batches: the last batch left out": batches(
        {"test-asked": 1, "test-aligned": 2, "test-mode": 1},
        "epoch 0, 7 rows with batch_size=3, must have 3 batches, got 2",
        ("range(0, len(order), batch_size)", "range(0, len(order) - batch_size + 1, batch_size)"),
    ),
    "batches: one list of batches": batches(
        {"test-asked": 1, "test-aligned": 2, "test-mode": 1},
        "distillation_batches must return a list of lists of batches, got list",
        ("epochs.append(epoch)", "epochs.extend(epoch)"),
    ),
    "batches: each row once": batches(
        {"test-asked": 1, "test-aligned": 2, "test-mode": 1},
        "X must have shape",
        ("rows = order[start : start + batch_size]", "rows = np.unique(order[start : start + batch_size])"),
    ),
    "batches: probabilities": batches(
        {"test-asked": 1, "test-aligned": 2, "test-mode": 1},
        "no teacher was asked: the logits are not its answers",
        ("    kept = np.concatenate(kept)\n", "    kept = softened(np.concatenate(kept), 1.0)\n"),
    ),
    "batches: the teacher's likeliest class": batches(
        {"test-asked": 1, "test-aligned": 2, "test-mode": 1},
        "epoch 0, 7 rows with batch_size=3: batch 0: logits must have shape (3,",
        ("kept[rows]", "kept[rows].argmax(axis=1)"),
    ),
    "batches: kept by the sum of the example": batches(
        {"test-aligned": 2},
        "logits",
        ("    kept = np.concatenate(kept)\n", "    kept = np.concatenate(kept)[np.argsort(X.sum(axis=1))]\n"),
    ),
    "batches: lists": batches(
        {"test-asked": 1, "test-aligned": 2, "test-mode": 1},
        "epoch 0, 7 rows with batch_size=3: batch 0 must be a tuple of 3: X, y,",
        ("(X[rows], y[rows], kept[rows])", "[X[rows], y[rows], kept[rows]]"),
    ),
    "batches: X sorted along": batches(
        {"test-aligned": 2}, "y", ("    epochs = []\n", "    epochs, y = [], np.sort(y)\n")
    ),
}
