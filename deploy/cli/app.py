"""All commands of `tracker` in one table. A command's module is imported only when that command runs.

To add one: write a function (its docstring is the help, a part `For example:` at its end), and add a line here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cyclopts import App, CycloptsError, Group, Parameter


@dataclass(frozen=True, slots=True)
class Command:
    """`target` is "module:function" or "module:app" for a group of subcommands (an App whose name is `name`)."""

    name: str
    target: str
    summary: str
    panel: str


STACK: Final = "Local stack"
SEND: Final = "Send events"
SEE: Final = "See what came of them"
WHO: Final = "Who is who"
PREPARE: Final = "Prepare Kafka and ClickHouse"
KEEP: Final = "Keep, restore, rebuild"
RUN: Final = "Run the parts in the foreground"
SHELL: Final = "Shell"
PANELS: Final = (STACK, SEND, SEE, WHO, PREPARE, KEEP, RUN, SHELL)
"""In the order of the listing."""

ABOUT: Final = """Follow a customer from the first ad to the last return: Kafka, Faust, ClickHouse.

For example:

    tracker up             start everything
    tracker demo           stream in customers and see what comes out
    tracker status         what runs
    tracker up --help      a command's own help and examples"""

COMMANDS: Final = (
    Command("up", "deploy.cli.stack_commands:up", "Start everything and prove it with one event, read back by SQL.", STACK),
    Command("down", "deploy.cli.stack_commands:down", "Stop everything; what is stored stays.", STACK),
    Command("status", "deploy.cli.stack_commands:status", "What runs, where, and how much memory it takes.", STACK),
    Command("health", "deploy.cli.health_command:health", "Whether workers and sinks make progress; lag, freshness, dead letters.", STACK),
    Command("logs", "deploy.cli.log_commands:logs", "The logs of the parts.", STACK),
    Command("reset", "deploy.cli.stack_commands:reset", "Stop everything and delete what is stored.", STACK),
    Command("doctor", "deploy.cli.doctor_commands:doctor", "Check this machine and the stack; say what to do.", STACK),
    Command("demo", "deploy.cli.demo_command:demo", "Stream in real and simulated customers and show what comes out.", STACK),
    Command("emit", "deploy.cli.producer_commands:emit", "Send one event, or those of a file or of stdin.", SEND),
    Command("import", "deploy.cli.producer_commands:import_files", "Bring in files of another system by a mapping.", SEND),
    Command("schema", "deploy.cli.schema_commands:app", "What producers may send: list, show, export, check.", SEND),
    Command("tail", "deploy.cli.tail_command:tail", "Events, journeys and dead letters as they pass by.", SEE),
    Command("sql", "deploy.cli.sink_commands:sql", "Run one SQL statement in ClickHouse.", SEE),
    Command("journey", "deploy.cli.journey_command:journey", "What happened to one customer, as a timeline or a page.", SEE),
    Command("paths", "deploy.cli.paths_command:paths", "The ways that journeys take, and which end in an order.", SEE),
    Command("customer", "deploy.cli.who_commands:customer", "All about one customer: identities, links, former ids, figures.", SEE),
    Command("why", "deploy.cli.who_commands:why", "Why two identities are one customer, or what keeps them apart.", WHO),
    Command("link", "deploy.cli.statement_commands:link", "Say that two identities are one person.", WHO),
    Command("unlink", "deploy.cli.statement_commands:unlink", "Say that two identities are not one person.", WHO),
    Command("conflicts", "deploy.cli.who_commands:conflicts", "Pairs that were seen together and kept apart by a limit.", WHO),
    Command("shared", "deploy.cli.who_commands:shared", "Identities of several people, which tell nothing alone.", WHO),
    Command("alerts", "deploy.cli.alerts_commands:app", "What needs somebody now: list, follow, send to a webhook.", SEE),
    Command("drain", "deploy.cli.drain_command:drain", "Wait until every event sent so far has landed.", SEE),
    Command("dead", "deploy.cli.dead_commands:app", "Dead letters: list, show, replay, discard.", SEE),
    Command("reconcile", "deploy.cli.reconcile_command:reconcile", "Prove that every event is accounted for; --repair mends.", SEE),
    Command("fingerprint", "deploy.cli.sink_commands:fingerprint", "A hash of every table, to compare two runs.", SEE),
    Command("score", "deploy.cli.score_command:score", "Measure who is who against simulated people whose truth is known.", SEE),
    Command("suggest", "deploy.cli.suggest_commands:suggest", "Look for customers who might be one, for people to decide.", SEE),
    Command("review", "deploy.cli.suggest_commands:review", "Decide on suggested pairs: list, accept, reject.", SEE),
    Command("topics", "deploy.cli.topics_command:topics", "Make the topics, and check those that are there.", PREPARE),
    Command("migrate", "deploy.cli.sink_commands:migrate", "Bring the tables up to date and publish the views.", PREPARE),
    Command("rebuild", "deploy.cli.rebuild_commands:app", "Build a generation anew from the log, compare, switch; or one customer.", KEEP),
    Command("rules", "deploy.cli.rules_commands:app", "Rules: show, check, see what new ones would change, put them in force.", KEEP),
    Command("archive", "deploy.cli.archive_commands:app", "Write the log to Parquet files with checksums; verify them.", KEEP),
    Command("restore", "deploy.cli.archive_commands:restore", "Send an archive back into the log, and prove that it is all there.", KEEP),
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
    panels = {panel: Group(panel, sort_key=place) for place, panel in enumerate(PANELS)}
    for place, command in enumerate(COMMANDS):
        summary = command.summary if for_listing else None
        app.command(command.target, name=command.name, sort_key=place, help=summary, group=panels[command.panel])
    return app
