"""BERT's vocabulary and CLIP's merges are whole, in order, and cut where the models cut them."""

from d2lmodels.data.vocabularies import load_bert_vocabulary, load_clip_merges


def test_berts_vocabulary():
    tokens = load_bert_vocabulary()
    assert len(tokens) == len(set(tokens)) == 30_522
    assert tokens[0] == "[PAD]"
    assert tokens[100:104] == ["[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    assert tokens[1996:2000] == ["the", "of", "and", "in"]
    assert tokens[-1] == "##～"
    assert all(token == token.strip() != "" for token in tokens)


def test_clips_merges():
    merges = load_clip_merges()
    assert len(merges) == len({left + right for left, right in merges}) == 48_894
    assert merges[0] == ("i", "n")
    assert merges[18] == ("i", "n</w>")
    assert merges[-1] == ("jeky", "ll</w>")
    assert all(len(pair) == 2 and all(pair) for pair in merges)
    assert not any(left.endswith("</w>") for left, _ in merges)
