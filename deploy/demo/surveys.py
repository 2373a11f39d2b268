"""Questions after a touchpoint, and reviews. Whoever had trouble answers accordingly."""

from datetime import datetime

from deploy.demo.buying import Order
from deploy.demo.life import Life
from deploy.demo.world import Identity

SCALES = {"csat": (1, 5), "ces": (1, 7), "nps": (0, 10)}
ANSWERED_SHARE, UNDELIVERED_SHARE, NOT_APPLICABLE_SHARE = 0.35, 0.03, 0.04


def ask(life: Life, at: datetime, instrument: str, about: tuple[str, str] | None, who: list[Identity], *, mood: float) -> None:
    """`mood` from 0 (angry) to 1 (glad) shifts the score."""
    least, most = SCALES[instrument]
    frame = {"survey_id": life.diary.number("S"), "instrument": instrument, "scale_min": least, "scale_max": most}
    if about:
        frame["about"] = {"kind": about[0], "id": about[1]}
    delivered = life.rng.random() > UNDELIVERED_SHARE
    life.tell("survey.offered", at, {**frame, "delivered": delivered}, who)
    if not delivered or life.rng.random() > ANSWERED_SHARE:
        return
    at = life.later(at, least_s=600, mean_s=20 * 3600)
    if life.rng.random() < NOT_APPLICABLE_SHARE:
        life.tell("survey.answered", at, {**frame, "not_applicable": True}, who)
        return
    drawn = life.rng.betavariate(1 + 4 * mood, 1 + 4 * (1 - mood))
    answer = {**frame, "score": round(least + drawn * (most - least))}
    if life.rng.random() < 0.3:
        answer["comment"] = "Quick and friendly." if drawn > 0.5 else "Took too long."
    effort = life.rng.randint(1, 7) if instrument == "ces" else None
    life.tell("survey.answered", at, answer, who, effort=effort)


def review(life: Life, order: Order, at: datetime, *, mood: float) -> None:
    rating = max(1, min(5, round(1 + 4 * mood + life.rng.uniform(-1, 1))))
    payload = {"product_id": order.lines[0][0].product_id, "rating": rating, "scale_max": 5, "text": "Does what it should."}
    life.tell("review.posted", at, payload, order.who[:-1], sentiment=(rating - 3) / 2, sentiment_by="customer")
