"""What a scenario is: a fault, what it must show, how it is run at full length and in seconds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from deploy.chaos.place import Scene
from deploy.chaos.verdict import Verdict

Form = TypeVar("Form")


@dataclass(frozen=True, slots=True)
class Scenario(Generic[Form]):
    """`minutes`: how long the full form takes on two free cores. `beside`: it measures no time and mostly waits, so others run beside it.

    `run` counts into the verdict and may raise Unmet where something never came.
    """

    name: str
    fault: str
    must_show: str
    run: Callable[[Scene, Form, Verdict], None]
    full: Form
    short: Form
    minutes: float
    beside: bool = False

    def play(self, scene: Scene, short: bool) -> Verdict:
        """The verdict; what never came stands in it as a problem."""
        verdict = Verdict()
        try:
            self.run(scene, self.short if short else self.full, verdict)
        except AssertionError as unmet:
            verdict.problems.append(str(unmet))
        return verdict
