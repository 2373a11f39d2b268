"""The page: one file without network or script, escaped, and a picture in which nothing covers another."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from deploy.looking.bars import bars
from deploy.looking.page import journey_page, parts_of
from deploy.looking.strips import BOLD, LEFT, RIGHT, WIDTH, days, gaps, runs, sessions, text_width, wrapped
from tests.deploy.looking.stories import a_long_story, a_story, a_touch, an_episode


class Page(HTMLParser):
    """Tags with their attributes, and whether each that was opened was closed."""

    EMPTY = frozenset({"meta", "circle", "rect", "line", "path", "polyline"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.EMPTY:
            assert self.open.pop() == tag


def test_the_page_is_one_whole_file_that_fetches_nothing() -> None:
    text = journey_page(a_long_story(40))
    page = Page(text)
    assert page.open == []
    assert {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object"} == set()
    assert re.findall(r"https?://|url\(|@import", text) == []
    assert all(value.startswith("#") for _, given in page.tags if (value := given.get("href")))


def test_every_mark_leads_to_its_row_and_says_what_it_is() -> None:
    page = Page(journey_page(a_long_story(40)))
    rows = {given["id"] for tag, given in page.tags if tag == "tr" and "id" in given}
    marks = [given for tag, given in page.tags if tag == "a"]
    assert {f"#{row}" for row in rows} == {mark["href"] for mark in marks}
    assert len(marks) == 40
    assert all("did thing number" in str(mark["aria-label"]) for mark in marks)


def test_what_customers_wrote_is_text_and_never_markup() -> None:
    text = journey_page(a_story(a_touch(0, told="<script>alert(1)</script>", channel="we&b", owner='"><b>')))
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert '"><b>' not in text


@pytest.mark.parametrize("count", [1, 10, 1000])
def test_touchpoints_stand_in_order_apart_from_one_another_and_inside_the_picture(count: int) -> None:
    strips = wrapped(a_long_story(count).touches)
    assert [placed.n for strip in strips for placed in strip] == list(range(count))
    for strip in strips:
        assert strip[0].x > LEFT
        assert strip[-1].x <= RIGHT
        assert all(b.x - a.x >= 14 for a, b in pairwise(strip))


@pytest.mark.parametrize("count", [10, 1000])
def test_no_label_covers_another(count: int) -> None:
    story = a_long_story(count)
    for strip in wrapped(story.touches):
        dates, pauses = days(strip), list(gaps(strip))
        assert all(a.x + BOLD * len(a.text) <= b.x for a, b in pairwise(dates))
        assert all(d.x + BOLD * len(d.text) <= WIDTH for d in dates)
        assert all(a.x + text_width(a.text) / 2 <= b.x - text_width(b.text) / 2 for a, b in pairwise(pauses))
        for run in runs(strip, lambda touch: touch.stage):
            assert text_width(run.label) <= run.x1 - run.x0


def test_bars_of_one_row_leave_room_for_their_labels() -> None:
    story = a_story(*(a_touch(n) for n in range(40)), episodes=tuple(an_episode("order", f"O-{n}", n, n + 9) for n in range(0, 40, 2)))
    (strip,) = wrapped(story.touches)
    packed = bars(story.episodes, strip)
    assert len(packed) == 20
    for row in {bar.row for bar in packed}:
        edges = [
            (min(b.x0, left), max(b.x1, left + text_width(b.label)))
            for b in packed
            if b.row == row
            for left in [b.label_x - (text_width(b.label) if b.anchor == "end" else 0)]
        ]
        assert all(a[1] < b[0] for a, b in pairwise(edges))


def test_an_episode_that_spans_strips_says_where_it_comes_from_and_goes() -> None:
    story = a_story(*(a_touch(n * 100) for n in range(60)), episodes=(an_episode("order", "O-1", 100, 5800),))
    labels = [bar.label for strip in wrapped(story.touches) for bar in bars(story.episodes, strip)]
    assert labels[0] == "order O-1: delivered →"
    assert labels[-1] == "← order O-1: delivered"
    assert len(labels) == len(wrapped(story.touches)) > 2


def test_a_session_is_one_stretch_though_others_act_in_it() -> None:
    (strip,) = wrapped([a_touch(0), a_touch(1, session_id=None), a_touch(2), a_touch(3, session_id="s2")])
    spans = sessions(strip)
    assert [(run.x0, run.x1) for run in spans] == [(strip[0].x - 9, strip[2].x + 9), (strip[3].x - 9, strip[3].x + 9)]


def test_what_belongs_to_no_journey_stays_where_it_happened() -> None:
    parts = parts_of(a_story(a_touch(0, journey_id=None), a_touch(1), a_touch(2, journey_id=None)))
    assert [(part.heading, sum(len(strip.dots) for strip in part.strips)) for part in parts] == [
        ("Outside of any journey", 1),
        ("Journey 1: 02 Jun to 05 Jun 2025", 2),
    ]
