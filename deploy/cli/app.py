"""All commands of `tracker` in one table. A command's module is imported only when that command runs.

To add one: write a function (its docstring is the help, a part `For example:` at its end), and add a line here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cyclopts import App, CycloptsError, Parameter


@dataclass(frozen=True, slots=True)
class Command:
    """`target` is "module:function" or "module:app" for a group of subcommands (an App whose name is `name`)."""

    name: str
    target: str
    summary: str
    panel: str


STACK: Final = "Local stack"
RUN: Final = "Run the parts in the foreground"
SHELL: Final = "Shell"

ABOUT: Final = """Follow a customer from the first ad to the last return: Kafka, Faust, ClickHouse.

For example:

    tracker up             start everything
    tracker status         what runs
    tracker up --help      a command's own help and examples"""

COMMANDS: Final = (
    Command("up", "deploy.cli.stack_commands:up", "Start everything and prove it with one event, read back by SQL.", STACK),
    Command("down", "deploy.cli.stack_commands:down", "Stop everything; what is stored stays.", STACK),
    Command("status", "deploy.cli.stack_commands:status", "What runs, where, and how much memory it takes.", STACK),
    Command("logs", "deploy.cli.log_commands:logs", "The logs of the parts.", STACK),
    Command("reset", "deploy.cli.stack_commands:reset", "Stop everything and delete what is stored.", STACK),
    Command("doctor", "deploy.cli.doctor_commands:doctor", "Check this machine and the stack; say what to do.", STACK),
    Command("worker", "deploy.cli.run_commands:worker", "Stitch touchpoints into journeys (python -m streams worker).", RUN),
    Command("sink", "deploy.cli.run_commands:sink", "Write journeys to ClickHouse (python -m sinks consume).", RUN),
    Command("completion", "deploy.cli.shell_commands:completion", "Tab completion for your shell.", SHELL),
)


def usage_error(error: CycloptsError) -> str:
    """What stands on stderr for a command that we do not understand; exit code 2."""
    return f"error: {error}\nremedy: tracker --help, or tracker COMMAND --help"


def build(for_listing: bool = False) -> App:
    """A fresh command tree that has imported no command. `for_listing`: with the one-line summaries, which would otherwise stand in
    the place of a command's own help."""
    app = App(
        name="tracker",
        help=ABOUT,
        default_parameter=Parameter(negative="", negative_iterable=""),
        help_format="plaintext",
        version_flags=["--version"],
        error_formatter=usage_error,
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    for place, command in enumerate(COMMANDS):
        app.command(command.target, name=command.name, sort_key=place, help=command.summary if for_listing else None, group=command.panel)
    return app
