"""The student's names, objects and exceptions as a test sees them: only values count.

The student's side is here the agent over a plain namespace of this process.
"""

import pytest
from judged import fails, passes

from tools.grading import agent


def test_operators_attributes_and_methods_reach_the_students_objects(judge):
    passes(
        judge,
        """
a, b = Value(2.0), Value(3.0)
c = a * b + a
c.backward()
assert type(c.data) is float and c.data == 8.0
assert (a.grad, b.grad) == (4.0, 2.0)
assert c.parents[1] is a and c.parents[1] == a and c != a and c in [c]
assert len({a, b, a}) == 2
assert (-a).data == -2.0 and (3.0 * a).data == 6.0
assert a < b and not b < a
a.data = 7.0
assert (a * b).data == 21.0
assert type(np.ones(2) * a) is type(a) and type(np.float64(2.0) * a) is type(a)
assert not hasattr(a, "nothing")
assert repr(a) == "<student's Value object>" and Value.__name__ == "Value"
""",
    )


def test_items_len_and_in(judge):
    passes(
        judge,
        "box = Box()\nbox['a'] = [1, (2, None)]\nassert box['a'] == [1, (2, None)]\nassert len(box) == 1",
    )
    passes(judge, "box = Box()\nassert 'a' not in box\nbox[1] = 2\nassert 1 in box")


def test_functions_returned_and_functions_passed_by_name(judge):
    passes(judge, "f = compose()\nassert f(2.0) == 2.0\ng = compose(f, f)\nassert g(3) == 3")
    passes(judge, "assert compose(Value)(2.0).data == 2.0")
    passes(judge, "assert compose(double)(2.0) == 'not the given one' and double(2) == 4")
    fails(judge, "compose(lambda x: x)", kind="TypeError", message="functions and classes that a given cell")
    fails(judge, "def local(x): return x\ncompose(local)", kind="TypeError", message="cannot be passed")


def test_arrays_go_and_come_by_value(judge):
    passes(
        judge,
        """
x = np.arange(6.0, dtype="float32").reshape(2, 3)
y = compose()(x)
assert type(y) is np.ndarray and y.dtype == np.float32 and np.array_equal(x, y) and y is not x
assert type(compose()(np.float64(2.0))) is np.float64
""",
    )


def test_what_pretends_to_be_equal_is_not(judge):
    for source in (
        "assert everything == 1.0",
        "assert 1.0 == everything",
        "assert [everything] == [1.0]",
        "assert not (everything != 1.0)",
        "assert np.array(2.0) == everything",
        "assert type(everything) is float",
        "assert isinstance(everything, float)",
        "assert everything in [1.0, 2.0]",
        "assert number == 3.0",
        "assert np.array_equal(array, [1.0, 3.0])",
        "assert abs(number - 3.0) < 0.1",
        "assert (array == 2.0).all()",
        "assert Value(1.0) == Value(1.0)",
    ):
        fails(judge, source)
    for source in (
        "assert everything",
        "assert everything < 2.0",
        "assert abs(everything - 3.0) < 1e-9",
        "assert 3.0 > everything",
        "assert np.allclose(everything, 3.0)",
        "assert np.isclose(3.0, everything)",
        "np.testing.assert_allclose(everything, 3.0)",
        "np.testing.assert_array_equal(np.ones(3), everything)",
        "np.asarray(a := Value(1.0))",
        "np.asarray(everything)",
        "list(everything)",
        "import math; assert math.isclose(everything, 3.0)",
        "assert isinstance(1.0, Value)",
        "assert issubclass(float, Value)",
        "import copy; copy.deepcopy(everything)",
        "len(everything) == range(everything)",
    ):
        fails(judge, source, kind="TypeError")
    fails(judge, "everything.__array_interface__", kind="AttributeError")
    passes(judge, "assert type(number) is float and type(array) is np.ndarray")


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("key", "KeyError", "'a'"),
        ("missing", "FileNotFoundError", "[Errno 2] no such file"),
        ("unicode", "UnicodeDecodeError", "can't decode byte 0xff"),
        ("strange", "ValueError", "Strange: odd"),
        ("own", "RuntimeError", "Own: mine"),
        ("exit", "RuntimeError", "SystemExit: 3"),
        ("stop", "RuntimeError", "KeyboardInterrupt"),
        ("deep", "RecursionError", "maximum recursion"),
        ("plain", "Exception", "plain"),
        ("assert", "AssertionError", "?[31mno?[0m"),
    ],
)
def test_an_exception_of_the_students_arrives(judge, name, kind, message):
    verdict = fails(judge, f"fail({name!r})", kind=kind, message=message)
    assert any("in fail" in line for line in verdict.traceback)
    assert not any("in perform" in line or "in reply" in line for line in verdict.traceback)


def test_a_test_can_expect_an_exception(judge):
    source = "try:\n    Box()['x']\nexcept KeyError as error:\n    assert error.args == ('x',)"
    passes(judge, source + "\nelse:\n    assert False")


def test_a_name_that_the_student_lacks_is_not_defined(judge):
    verdict = fails(judge, "nothing(2)", kind="NameError")
    assert verdict.message == "name 'nothing' is not defined"
    fails(judge, "def check():\n    return [nothing(i) for i in range(2)]\ncheck()", kind="NameError")


def test_only_names_that_are_the_students_are_asked_for(side, judge):
    passes(
        judge,
        "import cmath\ndef check(x):\n    return cmath.pi + double(x) + len([y for y in [x]])\ncheck(1)",
    )
    assert side.requests == []
    passes(judge, "def check():\n    return [speak('a') for _ in range(1)]\ncheck()")
    assert [request.get("name") for request in side.requests] == ["speak", None]


def test_given_names_win_and_students_names_do_not_stay(side, judge):
    side.names["kept"] = 5.0
    passes(judge, "assert double(4) == 8 and kept == 5.0")
    del side.names["kept"]
    fails(judge, "kept", kind="NameError")


def test_a_given_function_may_use_the_students(side, judge):
    side.names["weight"] = lambda x: 10.0 * x
    passes(judge, "assert total(2.0) == 21.0")


def test_an_assignment_in_the_test_makes_a_name_its_own(judge):
    passes(judge, "speak = 3\nassert speak == 3\ndel speak")
    passes(judge, "text = ('%d'\n% 3)\nassert text == '3'")


def test_objects_that_are_not_used_any_more_are_let_go(side, judge):
    kept = len(agent.KEPT.objects)
    passes(judge, "for _ in range(50):\n    Value(1.0).parents")
    passes(judge, "speak('a')")
    passes(judge, "speak('a')")
    assert len(agent.KEPT.objects) < kept + 10
