"""The small encoder of sentences: a row by hand, padding on either side, what learns and what stays."""

import pytest
import torch
import torch.nn.functional as F

from d2lmodels.language.sentence_student import SentenceStudent, student_vectors, token_rows
from d2lmodels.language.wordpiece import WordPiece

WORDS = torch.randn(20, 10, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
VOCABULARY = ["[UNK]", "[CLS]", "[SEP]", "a", "cat", "sat", "on", "the", "mat", "."]
IDS = torch.tensor([[1, 5, 7, 2]])


def student_of(seed=0, spread=0.3, words=WORDS, **sizes):
    """Return a student in float64 whose weights are far from 0."""
    torch.manual_seed(seed)
    student = SentenceStudent(words, **{"dim": 8, "num_heads": 2, "max_length": 6} | sizes).double()
    with torch.no_grad():
        for parameter in student.parameters():
            parameter += spread * torch.randn_like(parameter)
    return student


def test_it_has_half_a_million_numbers_of_its_own():
    student = SentenceStudent(torch.zeros(30_522, 384))
    assert sum(parameter.numel() for parameter in student.parameters()) == 501_760
    assert sum(tensor.numel() for tensor in student.state_dict().values()) == 501_760


def test_sizes_are_those_that_were_asked_for():
    student = student_of(num_layers=3, ffn_dim=5)
    assert student(IDS).shape == (1, 10)
    assert len(student.layers) == 3
    assert student.layers[2].feed_forward.up.weight.shape == (5, 8)
    assert student.layers[0].attention.num_heads == 2
    assert student.layers[0].feed_forward.activation is F.gelu
    assert student_of().layers[0].feed_forward.up.weight.shape == (32, 8)


def test_without_layers_work_it_is_a_mean_by_hand():
    """Layers that add nothing leave rows normalized as they are, so the rest can be done by hand."""
    student = student_of()
    with torch.no_grad():
        for layer in student.layers:
            for part in (layer.attention.out, layer.feed_forward.down):
                part.weight.zero_(), part.bias.zero_()
            for around in (layer.around_attention, layer.around_feed_forward):
                around.norm.weight.fill_(1), around.norm.bias.zero_()
    means = []
    for place, token in enumerate(IDS[0]):
        X = student.narrow.weight @ WORDS[token] + student.narrow.bias + student.positions.weight[place]
        X = F.layer_norm(X, (8,), student.norm.weight, student.norm.bias)
        for _ in range(4):
            X = F.layer_norm(X, (8,))
        means.append(X)
    y = student.widen.weight @ torch.stack(means).mean(0) + student.widen.bias
    torch.testing.assert_close(student(IDS)[0], y / y.norm(), rtol=1e-9, atol=1e-9)


def test_every_token_and_its_place_count():
    student = student_of()
    vector = student(IDS)
    for place in range(4):
        other = IDS.clone()
        other[0, place] = 11
        assert (student(other) - vector).abs().max() > 1e-4
    assert (student(IDS[:, [0, 2, 1, 3]]) - vector).abs().max() > 1e-4


def test_tokens_look_at_each_other():
    """With a mean of tokens that were alone, the parts of a sum would not depend on the other tokens."""
    student = student_of()
    seen = {}
    student.layers[-1].register_forward_hook(lambda module, inputs, X: seen.update(X=X))
    student(IDS)
    first = seen["X"][0, 0]
    student(torch.tensor([[1, 5, 7, 9]]))
    assert (seen["X"][0, 0] - first).abs().max() > 1e-4


@pytest.mark.parametrize("filler", [0, 13])
@pytest.mark.parametrize("before", [0, 3])
def test_padding_on_either_side_changes_nothing(before, filler):
    student = student_of()
    other = torch.tensor([3, 1, 4, 1, 5, 9])  # as long as max_length
    padded = torch.full((2, 9), filler)
    mask = torch.zeros(2, 9, dtype=torch.bool)
    padded[0, before : before + 4], mask[0, before : before + 4] = IDS[0], True
    padded[1, :6], mask[1, :6] = other, True
    together = student(padded, mask)
    alone = torch.cat([student(IDS), student(other[None])])
    torch.testing.assert_close(together, alone, rtol=1e-9, atol=1e-9)


def test_vectors_have_length_one():
    vectors = student_of()(torch.randint(20, (5, 6)))
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(5, dtype=torch.float64))


def test_words_get_no_gradient_and_everything_else_does():
    table = torch.nn.Parameter(WORDS.clone())  # as a teacher's are
    student = student_of(words=table)
    wanted = F.normalize(torch.randn(1, 10, dtype=torch.float64), dim=1)
    (1 - (student(IDS) * wanted).sum()).backward()
    assert table.grad is None
    assert not student.words.requires_grad
    assert table.requires_grad  # the teacher's own table is left as it was
    for name, parameter in student.named_parameters():
        if name.endswith("key.bias"):  # adds the same to all scores of a query
            continue
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 1e-9, name


def test_words_follow_the_student_and_stay_out_of_its_state():
    student = student_of()
    assert "words" not in student.state_dict()
    assert student.to(torch.float32).words.dtype == torch.float32
    other = student_of(seed=1)
    other.load_state_dict(student_of().state_dict())
    torch.testing.assert_close(other(IDS), student_of()(IDS))


def test_gradients():
    student = student_of(num_layers=1, dim=4, ffn_dim=3, max_length=4)
    table = torch.randn(5, 10, dtype=torch.float64)

    def loss(*parameters):
        names = [name for name, _ in student.named_parameters()]
        found = torch.func.functional_call(student, dict(zip(names, parameters)), (IDS,))
        return (found @ table.T).square().sum()

    assert torch.autograd.gradcheck(loss, tuple(student.parameters()), atol=1e-6)


def test_it_overfits_a_batch():
    student = student_of(spread=0.0)
    ids = torch.tensor([[1, 3, 2], [1, 4, 2], [1, 5, 2], [1, 6, 2]])
    wanted = F.normalize(torch.randn(4, 10, dtype=torch.float64), dim=1)
    optimizer = torch.optim.Adam(student.parameters(), lr=1e-2)
    for _ in range(200):
        loss = 1 - (student(ids) * wanted).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.01


def test_texts_become_rows_that_keep_their_end():
    tokenizer = WordPiece(VOCABULARY)
    assert token_rows(tokenizer, ["A cat sat.", "The mat"], 10) == [[1, 3, 4, 5, 9, 2], [1, 7, 8, 2]]
    assert token_rows(tokenizer, ["A cat sat."], 4) == [[1, 3, 4, 2]]
    assert token_rows(tokenizer, [], 4) == []


def test_vectors_of_texts_do_not_depend_on_their_neighbours():
    tokenizer, student = WordPiece(VOCABULARY), student_of()
    texts = ["A cat sat on the mat.", "The mat.", "A cat", "A cat on a mat", "sat"]
    together = student_vectors(student, tokenizer, texts)
    assert not together.requires_grad
    rows = token_rows(tokenizer, texts, 6)
    alone = torch.cat([student(torch.tensor([row])) for row in rows])
    torch.testing.assert_close(together, alone, rtol=1e-9, atol=1e-9)
    by_two = student_vectors(student, tokenizer, texts[::-1], batch_size=2).flip(0)
    torch.testing.assert_close(together, by_two, rtol=1e-9, atol=1e-9)
    assert student_vectors(student, tokenizer, []).shape == (0, 10)
