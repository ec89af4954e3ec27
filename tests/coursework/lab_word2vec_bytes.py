"""Wrong answers to the lab `word2vec`, on byte pairs. The others: lab_word2vec.py."""

from lab_unet_sizes import planted

REPAIR = """
def repair(words, pairs, pair, new):
    x, y = pair
    pairs, result = Counter(pairs), {}
    for word, count in words.items():
        left, i = [], 0
        while i < len(word):
            if i + 1 < len(word) and word[i] == x and word[i + 1] == y:
                left.append(new)
                i += 2
            else:
                left.append(word[i])
                i += 1
        if len(left) < len(word):
            for both in pairwise(word):
                pairs[both] -= count
            for both in pairwise(left):
                pairs[both] += count
        result[tuple(left)] = count
    return result, {both: count for both, count in pairs.items() if count > 0}
"""

LEARN = """
def learn(words, num_merges, *, first, least):
    pairs, merges = count_pairs(words), []
    for k in range(num_merges):
        if not pairs or max(pairs.values()) < least:
            break
        best = max(sorted(pairs, reverse=True), key=pairs.get)
        words, pairs = repair(words, pairs, best, first + k)
        merges.append(best)
    return merges
"""

repair = planted("repair", REPAIR)
learn = planted("learn", LEARN)

BYTES = {
    "repair: the given words counted anew": repair(
        {"test-larger-text": 1, "test-runs": 1},
        "these are the pairs of the given words alone, counted anew, but the",
        ("{both: count for both, count in pairs.items() if count > 0}", "count_pairs(result)"),
    ),
    "repair: old neighbours stay": repair(
        {"test-repair": 1, "test-larger-text": 1, "test-runs": 1, "test-learn": 1},
        "(1, 2) has an entry, 2, and should have none",
        (
            ("            for both in pairwise(word):\n                pairs[both] -= count\n"),
            "            pairs[pair] = 0\n",
        ),
    ),
    "repair: new neighbours missing": repair(
        {"test-repair": 1, "test-larger-text": 1, "test-runs": 1, "test-learn": 1},
        "(1, 9) has no entry, but should have 2",
        (("            for both in pairwise(left):\n                pairs[both] += count\n"), ""),
    ),
    "repair: pairs of count 0 stay": repair(
        {"test-repair": 1, "test-larger-text": 1, "test-runs": 1},
        "(1, 2) has the count 0 and should have no entry",
        (" if count > 0}", "}"),
    ),
    "repair: once a word, not as often as it occurs": repair(
        {"test-repair": 1, "test-larger-text": 1, "test-runs": 1, "test-learn": 1},
        "(1, 2) has an entry, 1, and should have none",
        ("pairs[both] -= count", "pairs[both] -= 1"),
        ("pairs[both] += count", "pairs[both] += 1"),
    ),
    "repair: the first occurrence alone": repair(
        {"test-repair": 1, "test-larger-text": 1, "test-runs": 1, "test-learn": 1},
        "(9, 1, 2, 3) has an entry, 1, and should have none",
        ("word[i] == x and", "new not in left and word[i] == x and"),
    ),
    "repair: from the right": repair(
        {"test-larger-text": 1, "test-runs": 1, "test-learn": 1},
        "(3, 2, 3, 0, 70) has an entry, 5, and should have none",
        (
            "    for word, count in words.items():\n",
            ("    for word, count in words.items():\n        word, (x, y) = word[::-1], pair[::-1]\n"),
        ),
        (
            "        if len(left) < len(word):\n",
            ("        word, left = word[::-1], left[::-1]\n        if len(left) < len(word):\n"),
        ),
    ),
    "repair: overlapping occurrences": repair(
        {"test-larger-text": 1, "test-runs": 1, "test-learn": 1},
        "(0, 2, 1, 70, 0) has an entry, 1, and should have none",
        ("                i += 2\n", "                i += 2 if x != y else 1\n"),
    ),
    "repair: the pair turned round merged, too": repair(
        {"test-repair": 1, "test-larger-text": 1, "test-runs": 1, "test-learn": 1},
        "(9,) has an entry, 5, and should have none",
        (
            "word[i] == x and word[i + 1] == y",
            "{word[i], word[i + 1]} == {x, y} and (x != y or word[i] == word[i + 1])",
        ),
    ),
    "repair: words without the pair left out": repair(
        {"test-repair": 1, "test-larger-text": 1, "test-learn": 1},
        "(3, 2) has no entry, but should have 5",
        (
            "        result[tuple(left)] = count",
            "        if len(left) < len(word):\n            result[tuple(left)] = count",
        ),
    ),
    "repair: each word once": repair(
        {"test-repair": 1, "test-larger-text": 1, "test-runs": 1, "test-learn": 1},
        "(1, 9, 4) has 1, but should have 2",
        ("result[tuple(left)] = count", "result[tuple(left)] = 1"),
    ),
    "repair: in place": repair(
        {"test-repair": 1, "test-larger-text": 1, "test-runs": 1},
        "repair changed a dict that it was given: make new ones",
        ("pairs, result = Counter(pairs), {}", "result = {}"),
        ("pairs[both] += count", "pairs[both] = pairs.get(both, 0) + count"),
    ),
    "repair: a merged word of one token left out": repair(
        {"test-repair": 1, "test-larger-text": 1, "test-runs": 1},
        "(9,) has no entry, but should have 4",
        (
            "        result[tuple(left)] = count",
            "        if len(left) > 1:\n            result[tuple(left)] = count",
        ),
    ),
    "repair: neighbours place by place, as in the text before": repair(
        {"test-larger-text": 1, "test-runs": 1, "test-learn": 1},
        "(0, 70) has an entry, 7, and should have none",
        (
            (
                "            for both in pairwise(word):\n"
                "                pairs[both] -= count\n"
                "            for both in pairwise(left):\n"
                "                pairs[both] += count\n"
            ),
            (
                "            for i in range(len(word) - 1):\n"
                "                if word[i : i + 2] == pair:\n"
                "                    pairs[pair] -= count\n"
                "                    if i > 0:\n"
                "                        pairs[word[i - 1], x] -= count\n"
                "                        pairs[word[i - 1], new] += count\n"
                "                    if i + 2 < len(word):\n"
                "                        pairs[y, word[i + 2]] -= count\n"
                "                        pairs[new, word[i + 2]] += count\n"
            ),
        ),
    ),
    "learn: the smaller of equal pairs": learn(
        {"test-learn": 1},
        "of equally frequent pairs this takes the smaller one, as in the",
        ("sorted(pairs, reverse=True)", "sorted(pairs)"),
    ),
    "learn: the pair met first": learn(
        {"test-learn": 1},
        "of equally frequent pairs this takes the one met first",
        ("sorted(pairs, reverse=True)", "pairs"),
    ),
    "learn: the rule of another variant": learn(
        {"test-learn": 1},
        "the merges are [(3, 9), (3, 2), (5, 2), (4, 1)], but should be [(5,",
        ("sorted(pairs, reverse=True)", "sorted(pairs, key=lambda both: (-both[1], both[0]))"),
    ),
    "learn: below least by one": learn(
        {"test-learn": 1}, "(2, 3) occurs twice, and least is 3: stop", ("< least", "< least - 1")
    ),
    "learn: more than least": learn(
        {"test-learn": 1},
        "the merges are [(1, 2)], but should be [(1, 2), (20, 20), (21, 3)]",
        ("< least", "<= least"),
    ),
    "learn: one new token for all": learn(
        {"test-learn": 1},
        "each merge makes a token of its own: first, first + 1, …",
        ("first + k)", "first)"),
    ),
    "learn: words not counted by their number": learn(
        {"test-learn": 1},
        "the merges are [], but should be [(1, 2), (2, 3)]",
        ("count_pairs(words), []", "count_pairs(dict.fromkeys(words, 1)), []"),
    ),
    "learn: all pairs of the beginning": learn(
        {"test-learn": 1},
        "the merges are [(3, 1), (1, 4)], but should be [(3, 1), (10, 4)]",
        ("words, pairs = repair(words, pairs, best, first + k)", "pairs.pop(best)"),
    ),
    "learn: one merge too many": learn(
        {"test-learn": 1},
        "the merges are [(1, 2)], but should be []",
        ("range(num_merges)", "range(num_merges + 1)"),
    ),
}
