"""The demo's screens: whole within 100 columns, without colour off a terminal, and saying what the figures say."""

import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from rich.console import Console

from deploy.demo import screens
from deploy.demo.figures import Bar, Figures, FirstResponse, Imported, Returns, Step
from deploy.demo.truth import Score, Scoreboard
from deploy.looking.phrases import length, percent, phrase
from deploy.looking.story import Story
from tests.deploy.looking.stories import CUSTOMER, a_long_story, a_story, a_touch


def figures(told: Story | None) -> Figures:
    return Figures(
        counts=(("touchpoints", 51234, "tracker.touchpoints"),),
        imported=(
            Imported("gift-shop", "GBP", 879, 3417, 579, Decimal("1603058.05"), Decimal("37289.96"), Decimal("1565768.09"), 6589, 792),
        ),
        story=told,
        paths=(Bar("paid_search > web > phone", 0.25, 120),),
        conversion=(Bar("web", 0.5, 10),),
        returns=(Returns("EUR", 200, 30, 10_000.0, 1_500.0),),
        first_response=FirstResponse(50, 48, 1200.0, 30_000.0, 0.72),
    )


def drawn(draw: Callable[[Console], None]) -> str:
    file = io.StringIO()
    draw(screens.console(file))
    return file.getvalue()


def board(precision: float = 0.999) -> Scoreboard:
    score = Score(precision, 0.93, 1000, 5000)
    return Scoreboard(score, Score(precision, 0.98, 1000, 4500), score, people=1017, customers=1234)


def everything() -> str:
    told = a_long_story(80)

    def draw(to: Console) -> None:
        screens.show(figures(told), to)
        screens.show_stitching(board(), {"none": board(), "three_devices": board()}, to)
        screens.show_steps((Step("up", 12.34, "was up already"), Step("emit", 3.0, "10 events")), {"kafka": 311, "sink": None}, to)
        screens.show_what_next(CUSTOMER, to)

    return drawn(draw)


def test_no_line_is_wider_than_100_columns() -> None:
    assert max(map(len, everything().splitlines())) <= 100


def test_no_colour_off_a_terminal() -> None:
    assert "\x1b" not in everything()


def test_colours_on_a_terminal() -> None:
    file = io.StringIO()
    on = Console(file=file, width=100, force_terminal=True, color_system="standard")
    screens.show(figures(a_story(a_touch(0, sentiment=-0.9))), on)
    assert "\x1b[1;31m- " in file.getvalue()


def test_every_screen_has_its_figures() -> None:
    text = everything()
    for part in (
        "51,234",
        "25.0 %",
        "50.0 %",
        "n = 120",
        "15.0 %",
        "10,000.00 EUR",
        "72.0 %",
        "20 minutes",
        "8 hours",
        "1,565,768.09",
        "792 of 6,589 campaigns sent to a customer were answered, 12.0 %",
        "1,017",
        "1,234",
        "99.90 %",
        "98.00 %",
    ):
        assert part in text, part


def test_the_seconds_of_the_steps_and_the_memory_are_told() -> None:
    text = everything()
    assert "15.3 s" in text
    assert "kafka 311 MiB" in text
    assert "sink" not in text.split("memory:")[1].splitlines()[0]


def test_the_last_screen_says_how_to_look_how_to_emit_and_how_to_stop() -> None:
    text = drawn(lambda to: screens.show_what_next(CUSTOMER, to))
    assert CUSTOMER in text
    for command in ("tracker sql", "tracker emit page.viewed", "tracker down", "tracker reset --yes"):
        assert command in text
    assert drawn(lambda to: screens.show_what_next("", to)).count("customer_id =") == 0


def test_what_the_shell_needs_stands_before_the_commands_and_only_where_it_needs_something() -> None:
    text = drawn(
        lambda to: screens.show_what_next(CUSTOMER, to, [". .venv/bin/activate", "export TRACKER_KAFKA_BOOTSTRAP=127.0.0.1:19092"])
    )
    assert text.index(". .venv/bin/activate") < text.index("export TRACKER_KAFKA_BOOTSTRAP") < text.index("tracker sql")
    assert "Once in this shell" not in drawn(lambda to: screens.show_what_next(CUSTOMER, to))


def test_no_command_of_the_last_screen_is_broken_by_the_width() -> None:
    lines = drawn(lambda to: screens.show_what_next(CUSTOMER, to)).splitlines()
    shell = "\n".join(line for line in lines if line.startswith("  "))
    assert shell.count('"') % 2 == 0
    assert all(line.startswith(("  tracker ", "               WHERE ")) for line in shell.splitlines())


def test_nothing_yet_is_said_and_not_an_error() -> None:
    empty = Figures((), (), None, (), (), (), FirstResponse(0, 0, None, None, None))
    text = drawn(lambda to: screens.show(empty, to))
    assert "nothing yet" in text
    assert "no orders yet" in text
    assert "none of 0 tickets" in text
    assert "Public sets" not in text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (59.9, "59 seconds"),
        (60, "1 minute"),
        (7200, "2 hours"),
        (86_400, "1 day"),
        (8 * 86_400, "1 week"),
    ],
)
def test_lengths_of_time_in_words(seconds: float, words: str) -> None:
    assert length(seconds) == words


def test_shares_in_words() -> None:
    assert percent(0.12345) == "12.3 %"
    assert percent(None) == "-"


def test_a_touchpoint_in_plain_words_from_its_payload() -> None:
    assert phrase("order.placed", {"order_id": "O-7", "total": "12.00", "currency": "EUR"}) == "ordered O-7, 12.00 EUR"
    assert phrase("call.answered", {"wait_ms": 61_000}) == "call answered after 1 minute"
    assert phrase("notification.sent", {"subject": "order_accepted"}) == "was told: order accepted"


def test_a_touchpoint_without_a_phrase_or_without_its_fields_still_has_words() -> None:
    assert phrase("onboarding.step_done", {}) == "onboarding: step done"
    assert phrase("product.viewed", {"product_id": "SKU-7"}) == "looked at SKU-7"
    assert phrase("order.placed", {}) == "ordered ?, ? ?"


@pytest.mark.parametrize(
    ("share", "columns"), [(0.0, 0), (1.0, screens.BAR_COLUMNS), (0.5, screens.BAR_COLUMNS // 2), (7.0, screens.BAR_COLUMNS)]
)
def test_a_bar_is_as_long_as_its_share(share: float, columns: int) -> None:
    assert len(screens.bar(share)) == columns


def test_a_small_share_still_shows() -> None:
    assert len(screens.bar(0.01)) == 1
