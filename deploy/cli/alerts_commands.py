"""`tracker alerts`: what fired, what fires, and the sender that tells a webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from deploy.cli.output import notice, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.alerts import AlertMessage

Json = Annotated[bool, Parameter(name="--json", show_default=False, help="JSON on stdout; with --follow one object a line.")]
Follow = Annotated[bool, Parameter(name=["--follow", "-f"], show_default=False, help="Not what fired, but what fires from now on.")]
Open = Annotated[bool, Parameter(name="--open", show_default=False, help="Only where the reason lasts.")]
Rule = Annotated[str | None, Parameter(show_default=False, help="Only this rule, such as sla.breached.")]
Customer = Annotated[str | None, Parameter(show_default=False, help="Only this customer's, by id.")]
Newest = Annotated[int, Parameter(name=["-n", "--count"], help="So many at most, the newest first.")]
COLUMNS = ("raised_at", "over_at", "rule", "clock", "subject_kind", "subject_id", "customer_id", "is_late", "detail")

ABOUT = """What needs somebody now: alerts as rows, as they fire, and sent to a webhook.

For example:

    tracker alerts
    tracker alerts list --open --rule sla.breached
    tracker alerts --follow --json
    tracker alerts spikes
    TRACKER_WEBHOOK_SECRET=... tracker alerts send --to https://desk.example/hooks/alerts"""

app = App(name="alerts", help=ABOUT, help_format="plaintext")


@app.default
def alerts(
    *,
    follow: Follow = False,
    is_open: Open = False,
    rule: Rule = None,
    customer: Customer = None,
    count: Newest = 50,
    as_json: Json = False,
) -> None:
    """List alerts, or follow them.

    For example:

        tracker alerts --open
        tracker alerts --follow
    """
    if follow:
        return _follow(rule, customer, as_json)
    return list_alerts(is_open=is_open, rule=rule, customer=customer, count=count, as_json=as_json)


@app.command(name="list")
def list_alerts(*, is_open: Open = False, rule: Rule = None, customer: Customer = None, count: Newest = 50, as_json: Json = False) -> None:
    """List alerts that fired, out of ClickHouse.

    For example:

        tracker alerts list --open
        tracker alerts list --customer 0b6f2d0e-8b7a-8f5e-9d0b-1c7a54a5f0aa --json
    """
    from sinks.clickhouse import ClickHouse
    from sinks.settings import SinkSettings

    connection = SinkSettings().clickhouse
    door = ClickHouse(connection, timeout_s=60, database=connection.database)
    try:
        answer = door.ask(_query(is_open, rule, customer, count))
    finally:
        door.close()
    if as_json:
        return print_json({"alerts": [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]})
    return _table(answer.columns, answer.rows)


@app.command
def send(*, to: str | None = None, once: Annotated[bool, Parameter(show_default=False)] = False, as_json: Json = False) -> int:
    """Send alerts to a webhook, each signed, until Ctrl-C or SIGTERM. What was sent is not sent again, by whichever sender.

    For example:

        TRACKER_WEBHOOK_SECRET=... tracker alerts send --to https://desk.example/hooks/alerts
        tracker alerts send --once

    Parameters
    ----------
    to
        Address of the receiver; otherwise TRACKER_WEBHOOK_URL.
    once
        End when nothing waits.
    as_json
        The counts as JSON on stdout when it ends.
    """
    from deploy.alerts.posting import HttpPost, Poster
    from deploy.alerts.sending import send as run
    from deploy.alerts.settings import WebhookSettings
    from streams.clock import SYSTEM_CLOCK
    from streams.producer_settings import ProducerSettings
    from streams.telemetry import set_up_logging

    set_up_logging()
    settings = WebhookSettings()
    post = HttpPost(settings.target(to), settings.webhook_timeout_s)
    done = run(Poster(post, settings, SYSTEM_CLOCK), ProducerSettings().kafka, settings, once=once)
    counts = {fate.value: n for fate, n in done.items()}
    print_json(counts) if as_json else notice(", ".join(f"{n} {fate}" for fate, n in counts.items()) or "nothing waited")
    return 1 if counts.get("parked") else 0


@app.command
def spikes(*, say: Annotated[bool, Parameter(show_default=False)] = False, as_json: Json = False) -> None:
    """Show products that come back far more often than before (rules.yaml, return_spike), as of the watermark.

    For example:

        tracker alerts spikes
        tracker alerts spikes --say

    Parameters
    ----------
    say
        Put an alert for each on the topic `alerts`, for followers and the webhook; asked again, it has the same id for the whole window.
    as_json
        One JSON document on stdout.
    """
    from deploy.alerts import spikes as products
    from sinks.settings import SinkSettings
    from streams.clock import SYSTEM_CLOCK
    from streams.producer_settings import ProducerSettings
    from streams.rules_file import load_rules

    settings = SinkSettings()
    found = products.spikes(settings.clickhouse)
    if say and found:
        rules = load_rules(settings.rules_path)
        messages = [products.message_of(spike, rules, settings.generation, SYSTEM_CLOCK.now()) for spike in found]
        products.say(messages, ProducerSettings().kafka, settings.generation)
    if as_json:
        return print_json({"spikes": found})
    print_table(products.COLUMNS, [list(spike.values()) for spike in found])
    return notice("no product comes back far more often than before") if not found else None


def _query(is_open: bool, rule: str | None, customer: str | None, count: int) -> str:
    """Words go in only where they are one of ours, or an id."""
    from uuid import UUID

    from schemas.errors import ConfigurationError
    from streams.core.alerts.reasons import AlertRule

    wanted = ["over_at IS NULL"] if is_open else []
    try:
        wanted += [f"rule = '{AlertRule(rule)}'"] if rule else []
        wanted += [f"customer_id = '{UUID(customer)}'"] if customer else []
    except ValueError:
        remedy = f"--rule is one of {', '.join(AlertRule)}; --customer is the id of a customer"
        raise ConfigurationError("no such rule, or no id", setting="--rule" if rule else "--customer", remedy=remedy) from None
    where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
    return f"SELECT {', '.join(COLUMNS)} FROM alerts{where} ORDER BY raised_at DESC, alert_id LIMIT {max(1, count)}"


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Without the figures: they stand in the JSON."""
    shown = [name for name in columns if name != "detail"]
    print_table(shown, [[dict(zip(columns, row, strict=True))[name] for name in shown] for row in rows])
    if not rows:
        notice("no alert")


def _follow(rule: str | None, customer: str | None, as_json: bool) -> None:
    from deploy.alerts.settings import WebhookSettings
    from deploy.tail.following import records
    from schemas.alerts import decode_alert
    from schemas.topics import topic_names
    from streams.producer_settings import ProducerSettings

    connection, topic = ProducerSettings().kafka, topic_names(WebhookSettings().generation).alerts
    notice(f"{topic} at {connection.bootstrap_servers}, from now on; Ctrl-C ends")
    try:
        for record in records(connection, topic, from_beginning=False):
            alert = decode_alert(record.value)
            if rule in (None, alert.rule) and customer in (None, str(alert.customer_id)):
                print(record.value.decode() if as_json else _line(alert), flush=True)
    except KeyboardInterrupt:
        notice("ended")


def _line(alert: AlertMessage) -> str:
    what = f"{alert.rule} {alert.clock}".strip()
    about = f"{alert.subject_kind} {alert.subject_id}"
    return f"{alert.fired_at:%Y-%m-%d %H:%M:%S}  {alert.state.value:<9}  {what:<28}  {about:<44}  customer {alert.customer_id}"
