"""The timeline in the terminal: readable without colour, within its width, sessions and hand-overs said."""

import io

import pytest
from rich.console import Console

from deploy.looking.terminal import frame_for, session_signs, timeline
from tests.deploy.looking.stories import CUSTOMER, a_long_story, a_story, a_touch, an_episode


def drawn(story: object, width: int = 100) -> list[str]:
    out = Console(file=io.StringIO(), width=width, highlight=False)
    out.print(timeline(story, width))  # type: ignore[arg-type]
    assert isinstance(out.file, io.StringIO)
    return [line.rstrip() for line in out.file.getvalue().splitlines()]


def line_of(lines: list[str], told: str) -> str:
    return next(line for line in lines if told in line)


def test_every_touchpoint_has_its_sign_in_the_lane_of_its_channel() -> None:
    lines = drawn(
        a_story(
            a_touch(0, told="looked"),
            a_touch(1, channel="phone", sentiment=-0.6, told="hung up"),
            a_touch(2, channel="phone", sentiment=0.2, told="got help"),
            a_touch(3, channel="email", actor="system", told="was told"),
        )
    )
    assert "a web  b phone  c email" in lines
    assert line_of(lines, "looked").startswith("09:00:00 ╭ o | |")
    assert line_of(lines, "hung up").startswith("09:01:00 │ | - |")
    assert "hung up -0.6" in line_of(lines, "hung up")
    assert line_of(lines, "got help").startswith("09:02:00 │ | + |")
    assert line_of(lines, "was told").startswith("09:03:00 ╰ | | .")


def test_the_head_says_who_it_is_and_the_heading_how_the_journey_went() -> None:
    lines = drawn(a_story(a_touch(0, "e0")), width=200)
    assert lines[0] == f"customer {CUSTOMER}"
    assert "known by 1 e-mail (j***@example.org), 1 cookie" in lines
    assert "journey 1   02 Jun to 05 Jun 2025" in lines
    assert (
        "12 touchpoints, 3 sessions, 1 order, 19.90 EUR net, 2 hand-overs, 1 bad experience, sentiment +0.2 to -0.6, ends below its start,"
        " campaign spring, closed, final"
    ) in lines
    assert "[cookie, e-mail]" in line_of(lines, "looked at")


def test_a_team_that_takes_over_is_said_where_it_does() -> None:
    lines = drawn(a_story(a_touch(0, told="act one"), a_touch(1, owner="support", told="act two"), a_touch(2, owner="", told="act three")))
    assert "> " not in line_of(lines, "act one")
    assert line_of(lines, "act two").endswith("> support")
    assert "> " not in line_of(lines, "act three")


def test_pauses_are_said_in_words_and_days_by_their_date() -> None:
    lines = drawn(a_story(a_touch(0), a_touch(30), a_touch(61), a_touch(60 * 24 * 8)))
    assert [line.strip() for line in lines if "later" in line] == ["31 minutes later", "Tue 10 Jun 2025   1 week later"]


def test_a_session_is_bracketed_and_a_single_touch_has_a_dash() -> None:
    touches = [a_touch(n, session_id=session) for n, session in enumerate(["a", "a", None, "a", "b", None])]
    assert session_signs(touches) == ["╭", "│", " ", "╰", "─", " "]


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal_and_none_is_wrapped(width: int) -> None:
    story = a_long_story(1000)
    lines = drawn(story, width)
    assert max(map(len, lines)) <= width
    assert sum("did thing" in line for line in lines) == 1000


def test_channels_that_find_no_room_share_a_lane() -> None:
    frame = frame_for([f"channel {n}" for n in range(30)], 60)
    assert (len(frame.lanes), frame.letters[-2:]) == (6, ["f", "*"])
    lines = drawn(a_story(*(a_touch(n, channel=f"channel_{n}", told=f"act {n}") for n in range(30))), 60)
    assert "| | | | | | o" in line_of(lines, "act 29")


def test_what_is_left_out_is_said() -> None:
    lines = drawn(a_story(a_touch(0), of=1001))
    assert "the newest 1 of 1,001 touchpoints; --since, --until or --journey show others" in lines


def test_episodes_stand_below_with_what_came_of_them() -> None:
    lines = drawn(a_story(a_touch(0), episodes=(an_episode("order", "O-[1]", 0, 90, "delivered, late"),)))
    assert line_of(lines, "O-[1]").split() == ["order", "O-[1]", "02", "Jun", "09:00", "02", "Jun", "10:30", "delivered,", "late"]
