"""`tracker why`, `customer`, `conflicts`, `shared`: who is who, explained."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from cyclopts import Parameter

from deploy.cli.output import notice, print_json, print_table

Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]
Personal = Annotated[bool, Parameter(name="--show-personal", show_default=False, help="Do not mask what may name a person.")]
Kafka = Annotated[str | None, Parameter(name="--kafka", help="host:port of Kafka; otherwise TRACKER_KAFKA_BOOTSTRAP.")]
AsOf = Annotated[datetime | None, Parameter(name="--as-of", help="As we knew it then, UTC; by default as known now.")]


def why(
    a: str,
    b: str,
    /,
    *,
    as_of: AsOf = None,
    show_personal: Personal = False,
    as_json: Json = False,
    kafka: Kafka = None,
) -> None:
    """Say why two identities are one customer, or what keeps them apart: the events between them and the rule of each link.

    A and B are KIND:VALUE, a number with its source (order:1001@shop-eu), or a customer id. It reads the whole log of links.

    For example:

        tracker why email:jo@example.org anonymous:c-77
        tracker why account:a-1 account:a-2 --as-of 2026-03-01
        tracker why email:jo@example.org order:1001@shop-eu --json
    """
    from deploy.cli.who_sources import answered, reader_of
    from deploy.who.lines import lines
    from deploy.who.why import document

    with reader_of(kafka) as reader:
        found = answered((a, b), reader, show_personal, _utc(as_of))
    if as_json:
        return print_json(document(found))
    for line in lines(found):
        print(line)
    return None


def customer(who: str, /, *, show_personal: Personal = False, as_json: Json = False) -> None:
    """Show all about one customer: identities with their rules, links, conflicts, former ids, journeys, episodes, figures.

    WHO is a customer id (also a former one), KIND:VALUE, or the number of a thing such as order:1001.

    For example:

        tracker customer email:jo@example.org
        tracker customer 0b6f2d0e-8b7a-8f5e-9d0b-1c7a54a5f0aa --json
    """
    from deploy.cli.who_sources import clickhouse, secret_and_rules
    from deploy.who.customer import customer as all_about
    from deploy.who.finding import ids_of

    with clickhouse() as ask:
        found = all_about(ask, ids_of(ask, who, *secret_and_rules()), show_personal)
    if as_json:
        return print_json(found)
    print(f"customer {found['customer_id']}" + (f", asked by {', '.join(found['asked_by'])}" if found["asked_by"] else ""))
    for name in ("figures", "episodes"):
        print("  ".join(f"{key} {value}" for key, value in found[name].items()))
    for name in ("identities", "links", "conflicts", "journeys"):
        _section(name, found[name])
    if found["former_ids"]:
        print(f"\nformer ids: {', '.join(found['former_ids'])}")
    return None


def conflicts(*, show_personal: Personal = False, as_json: Json = False) -> None:
    """List pairs that were seen together and kept apart by a limit of rules.yaml; `tracker why` says by which.

    For example:

        tracker conflicts
        tracker conflicts --json
    """
    from deploy.cli.who_sources import clickhouse
    from deploy.who.customer import conflicts as all_conflicts

    with clickhouse() as ask:
        found = all_conflicts(ask, show_personal)
    _list("conflicts", found, as_json)


def shared(*, show_personal: Personal = False, as_json: Json = False) -> None:
    """List identities that tell nothing alone: of several people, marked so, or seen with too many others.

    For example:

        tracker shared
        tracker shared --json
    """
    from deploy.cli.who_sources import clickhouse
    from deploy.who.customer import shared as all_shared

    with clickhouse() as ask:
        found = all_shared(ask, show_personal)
    _list("shared", found, as_json)


def _list(name: str, rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        return print_json({name: rows})
    if not rows:
        return notice("none")
    print_table([column.replace("_", " ") for column in rows[0]], [list(row.values()) for row in rows])
    return None


def _section(name: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        print(f"\n{name}")
        print_table([column.replace("_", " ") for column in rows[0]], [list(row.values()) for row in rows])


def _utc(at: datetime | None) -> datetime | None:
    from datetime import UTC

    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
