"""What `check` must let pass: things that look like a fault and are none."""

import pytest
from plants import import_after


@pytest.mark.parametrize(
    "text",
    [
        "print('Adam works better')\nassert 1 < 2",
        "if 1 < 2:\n    print('Adam works better')",
        "print(f'{3 / 1:.1f} times faster')",
        "print('a is better' if 1 < 2 else 'b is better')",
        "print('steps', 3)",
    ],
)
def test_earned_verdicts_pass(scratch, executed, text):
    scratch.cell(executed, "figure").source = text
    assert not [message for message in scratch.messages(executed) if "verdict" in message.what]


@pytest.mark.parametrize(
    "text",
    [
        "from d2lmodels.area.user import size",
        "from d2lmodels.area.order import ordered",
        "import d2lmodels.area.order",
    ],
)
def test_imports_that_do_not_rest_on_a_mirror_pass(scratch, executed, text):
    import_after(text, place=8)(executed, None)
    assert not [message for message in scratch.messages(executed) if "rests on" in message.what]


@pytest.mark.parametrize(
    "text",
    [
        " It is .333 or 33 %, 33.3 % even.",
        " The value $0.33$ is near.",
        " By hand $0.2 + 0.5 = 0.7$, and 0.7 is right.",
        " As 0.987 in [the paper](https://x.org).",
        " See Section 4.5.",
        "\n\n```\n0.4321\n```\n",
        "\n\n| a |\n|---|\n| 0.4321 |\n",
    ],
)
def test_decimals_that_have_a_source_pass(scratch, executed, text):
    scratch.cell(executed, "first-read").source += text
    assert not [message for message in scratch.messages(executed) if "shows" in message.what]


@pytest.mark.parametrize(
    "text",
    [
        "A `{role}` in code and $\\{a\\}$, H<sub>2</sub>O.",
        "$$\n\\begin{aligned} a &= b \\\\[2pt] c &= d\\end{aligned}\n$$",
        "```\n<div>\n# no heading\n:::\n```",
        "[up](../1_part/03_sums.ipynb#here) and [out](https://x.org)",
        "| a | b |\n|---|---|\n| 1 | 2 |",
    ],
)
def test_plain_markup_passes(scratch, executed, text):
    scratch.cell(executed, "first-read").source += "\n\n" + text
    assert scratch.messages(executed) == []
