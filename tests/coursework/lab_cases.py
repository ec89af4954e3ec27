"""A planted wrong answer to a lab: what it replaces, and what it must cost.

Data only; grading it is somebody else's work.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    """An answer that students give, in place of the solution of the public lab.

    replace: the source of an answer cell, by its grade_id. loses: the points lost, by the test's grade_id;
    no others may be lost. says: a piece of a message that the student gets.
    """

    replace: dict[str, str]
    loses: dict[str, float]
    says: str
