"""One customer of the simulated shop who is worth looking at, asked of ClickHouse as `tracker journey` asks."""

from typing import Final

from deploy.demo.world import SHOP
from deploy.looking.asking import Choice, tell
from deploy.looking.finding import Ask
from deploy.looking.story import Story

MOST_MOMENTS: Final = 60
CHOICE: Final = f"""
SELECT customer_id
FROM tracker.customers
JOIN (SELECT customer_id, countIf(kind IN ('anonymous', 'device')) AS places FROM tracker.identities GROUP BY customer_id) AS known
    USING customer_id
JOIN (SELECT customer_id, uniqExact(channel) AS channels FROM tracker.touchpoints WHERE source = '{SHOP}' GROUP BY customer_id) AS seen
    USING customer_id
WHERE order_count BETWEEN 1 AND 3 AND touchpoint_count BETWEEN 18 AND 50
ORDER BY 3 * (first_channel IN ('paid_search', 'paid_social', 'display', 'affiliate')) + 3 * (places > 1) + 2 * (return_count > 0)
    + 2 * (call_count + ticket_count > 0) + (bad_count > 0) + channels / 5 DESC, abs(toInt32(touchpoint_count) - 38), customer_id
LIMIT 1"""
"""Somebody who came by an ad, on several devices, bought, asked and sent back, and whose history fits on a screen or two."""


def story(ask: Ask) -> Story | None:
    """None where the shop has no such customer."""
    found = ask(CHOICE)
    return tell(ask, (str(found[0][0]),), Choice(most=MOST_MOMENTS)) if found else None
