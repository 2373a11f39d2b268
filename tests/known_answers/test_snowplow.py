"""Snowplow's test sets. Their sessions are a browser's own count, ours follow the customer over all browsers by silence: where the two
differ, the tests say by how many and why.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import orjson
import pytest

from schemas.rules import Rules
from streams.rules_file import load_rules
from tests.known_answers.conftest import Open
from tests.known_answers.in_process import InProcess, Row
from tests.known_answers.sets import grouped, known, known_by, money, shipped, taken

pytestmark = pytest.mark.shared_data
SHOP, WEB = "snowplow_ecommerce/source/snowplow_ecommerce_events.csv", "snowplow_web/source/snowplow_web_events.csv"
LEFT_OUT = ("late arriving: device created/sent >3 days", "NULL page_view_id", "NULL domain_userid")
"""Logins that are no users of Snowplow's expected table; the third is one of its sessions all the same."""
TEN_LOGINS = "user stitch - session: 2nd id: 10"
GAP_S = 1800.0


def source(file: Path) -> Iterator[dict[str, str]]:
    with file.open(newline="") as lines:
        yield from csv.DictReader(lines)


def seconds(row: dict[str, str]) -> float:
    return datetime.fromisoformat(row["derived_tstamp"]).replace(tzinfo=UTC).timestamp()


def pauses(times: Iterable[float]) -> int:
    """How often more than half an hour went by."""
    return sum(later - earlier > GAP_S for earlier, later in pairwise(sorted(times)))


@pytest.fixture(scope="module")
def shop_by_cookie(shared_data: Path, open_line: Open) -> InProcess:
    return taken(open_line(), shared_data / SHOP, known_by("snowplow_ecommerce", anonymous="domain_userid"))


@pytest.fixture(scope="module")
def shop(shared_data: Path, open_line: Open) -> InProcess:
    return taken(open_line(), shared_data / SHOP, shipped("snowplow_ecommerce"))


def sessions_with(line: InProcess, event_type: str, change: str = "") -> int:
    rows = [row for row in line.rows("touchpoints") if row["event_type"] == event_type]
    return len({row["session_id"] for row in rows if not change or orjson.loads(row["payload"])["change"] == change})


def test_the_shops_sessions_are_the_known_62_where_a_cookie_is_all_that_is_known(shop_by_cookie: InProcess, shared_data: Path) -> None:
    answer = known(shared_data, "snowplow_ecommerce")
    assert len(shop_by_cookie.rows("sessions")) == answer["sessions"] == 62
    assert len(shop_by_cookie.rows("customers")) == answer["users_domain_userid"] == 59
    assert sessions_with(shop_by_cookie, "cart.changed", "add_to_cart") == answer["sessions_cart_created"]
    assert sessions_with(shop_by_cookie, "checkout.started") == answer["sessions_checkout_attempted"]
    assert sessions_with(shop_by_cookie, "order.placed") == answer["sessions_with_transaction"]


def test_a_login_makes_one_customer_of_17_cookies_whose_overlapping_visits_are_one_session(shop: InProcess, shared_data: Path) -> None:
    """One account came with 17 cookies; of its visits 11 fall into one session of ours and 3 into another, so 62 become 50."""
    cookie_of = {row["event_id"]: row["domain_userid"] for row in source(shared_data / SHOP)}
    visit_of = {row["event_id"]: row["domain_sessionid"] for row in source(shared_data / SHOP)}
    touchpoints = [{**row, "event": str_id(row)} for row in shop.rows("touchpoints")]
    cookies = Counter(len({cookie_of[row["event"]] for row in rows}) for rows in grouped(touchpoints, "customer_id").values())
    visits = Counter(len({visit_of[row["event"]] for row in rows}) for rows in grouped(touchpoints, "session_id").values())
    assert cookies == {1: 42, 17: 1}
    assert visits == {1: 48, 11: 1, 3: 1}
    assert len(shop.rows("sessions")) == 62 - 10 - 2


def str_id(row: Row) -> str:
    raw = row["event_id"].hex()
    return "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))


@pytest.mark.parametrize("by", ["shop", "shop_by_cookie"])
def test_the_shops_orders_and_revenue_are_the_known_ones_however_customers_are_told_apart(
    by: str, shared_data: Path, request: pytest.FixtureRequest
) -> None:
    line: InProcess = request.getfixturevalue(by)
    answer = known(shared_data, "snowplow_ecommerce")
    assert len(line.rows("orders")) == answer["transactions"] == 13
    assert money(sum(row["gross"] for row in line.rows("customers"))) == answer["revenue"] == 324.2


@pytest.fixture(scope="module")
def views(shared_data: Path) -> list[dict[str, str]]:
    """Page views and clicks, which are what the mapping takes: consent banners, cookie notices and pings are no acts."""
    return [row for row in source(shared_data / WEB) if row["event_name"] in ("page_view", "link_click")]


@pytest.fixture(scope="module")
def web(shared_data: Path, open_line: Open) -> InProcess:
    return taken(open_line(), shared_data / WEB, shipped("snowplow_web"))


@pytest.fixture(scope="module")
def web_of_many_logins(shared_data: Path, open_line: Open) -> InProcess:
    """By rules under which one person may have twenty logins, as Snowplow reads a cookie."""
    return taken(open_line(many_logins(load_rules())), shared_data / WEB, shipped("snowplow_web"))


def many_logins(rules: Rules) -> Rules:
    document = rules.model_dump(mode="json", by_alias=True)
    document["identity"]["kinds"]["account"]["limit"] = 20
    document["identity"]["kinds"]["anonymous"]["shared_above"] = 20
    return Rules.model_validate(document)


def customers_by_login(line: InProcess) -> dict[str, bytes]:
    return {row["value"]: row["customer_id"] for row in line.rows("identities") if row["kind"] == "account"}


def test_repeats_of_an_event_are_one_touchpoint(web: InProcess, views: list[dict[str, str]]) -> None:
    """60 rows under 58 ids: one is an exact repeat, of another the content that was sent last stays."""
    assert len(views) == 60
    assert web.counts == {"accepted": 59, "duplicate": 1}
    assert len(web.rows("touchpoints")) == len({row["event_id"] for row in views}) == 58


def test_users_after_stitching_are_the_known_11_where_one_person_may_have_many_logins(
    web_of_many_logins: InProcess, shared_data: Path
) -> None:
    answer = known(shared_data, "snowplow_web")
    found = customers_by_login(web_of_many_logins)
    left_out = {found[login] for login in LEFT_OUT}
    assert len({row["customer_id"] for row in web_of_many_logins.rows("customers")} - left_out) == answer["expected_users"] == 11
    stitched = {session["stitched_user_id"] for session in answer["sessions"] if isinstance(session["stitched_user_id"], str)}
    assert len({found[login] for login in stitched}) == 11


def test_by_our_rules_a_login_is_one_person_so_a_cookie_with_ten_logins_is_ten_customers(web: InProcess, shared_data: Path) -> None:
    """Snowplow gives all sessions of a cookie to its last login; to us such a cookie is a shared device, and tells of nobody.

    11 users, of whom one becomes ten, and the three who were left out, make 23. Three cookies of one login are one customer to both.
    """
    found = customers_by_login(web)
    assert len(web.rows("customers")) == len(set(found.values())) == 11 - 1 + 10 + len(LEFT_OUT)
    cookies = [row["value"] for row in web.rows("identities") if row["kind"] == "anonymous"]
    assert Counter(Counter(cookies).values()) == {1: 14, 10: 1}
    rotating = [row for row in web.rows("identities") if row["customer_id"] == found["Rotating domain_userid per session"]]
    assert sum(row["kind"] == "anonymous" for row in rotating) == 3


def test_sessions_are_those_of_the_browser_split_at_long_pauses_and_joined_over_short_ones(
    web_of_many_logins: InProcess, views: list[dict[str, str]], shared_data: Path
) -> None:
    """Of Snowplow's 18 sessions 15 have a page view or click, 3 are pings alone; 2 that it leaves out have one too. Within these 17 the
    customer was silent for more than half an hour 9 times, and 2 began within half an hour of another of the same person.
    """
    expected = {session["domain_sessionid"] for session in known(shared_data, "snowplow_web")["sessions"]}
    by_visit: dict[str, list[float]] = defaultdict(list)
    by_person: dict[str, list[float]] = defaultdict(list)
    for row in views:
        by_visit[row["domain_sessionid"]].append(seconds(row))
        by_person[row["user_id"] if not row["user_id"].startswith("user stitch") else TEN_LOGINS].append(seconds(row))
    assert (len(expected), len(expected & by_visit.keys()), len(by_visit)) == (18, 15, 17)
    split, by_silence = sum(map(pauses, by_visit.values())), sum(1 + pauses(times) for times in by_person.values())
    assert split == 9
    assert len(web_of_many_logins.rows("sessions")) == by_silence == len(by_visit) + split - 2


def test_a_later_file_gives_earlier_visits_to_the_login_that_it_brings(shared_data: Path, open_line: Open) -> None:
    """dbt Labs' smaller set in two loads: 7 page views of 4 cookies. Its 5 sessions are 4 of ours, since two lie 40 seconds apart; `NULL`
    as a login is nobody.
    """
    line = open_line()
    for file in ("sp_event.csv", "sp_event_update.csv"):
        taken(line, shared_data / "dbtlabs_snowplow" / file, shipped("snowplow_web"))
    expected = list(source(shared_data / "dbtlabs_snowplow" / "snowplow_sessions_expected.csv"))
    assert sum(row["touchpoint_count"] for row in line.rows("customers")) == 7
    assert (len(expected), len(line.rows("sessions"))) == (5, 4)
    inferred = {row["user_snowplow_domain_id"]: row["inferred_user_id"] for row in expected}
    customers = grouped(line.rows("identities"), "customer_id").values()
    found = [{row["kind"]: row["value"] for row in rows} for rows in customers]
    assert {one["anonymous"]: one.get("account", one["anonymous"]) for one in found} == inferred
