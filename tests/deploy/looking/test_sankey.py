"""Flows of journeys: nothing is lost between two steps, nothing covers another, and the page says the same as the table."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.looking.paths import Path, Paths, Question
from deploy.looking.paths_page import paths_document, paths_page, rate, rest, rows
from deploy.looking.sankey import GAP, OTHER, flow_of
from tests.deploy.looking.test_page import Page

WORDS = [f"channel_{n}" for n in range(12)]
SOME = (
    Path(("web", "email"), False, 60, 30),
    Path(("web",), False, 30, 0),
    Path(("paid_search", "web"), True, 10, 10),
)


def found(*paths: Path) -> Paths:
    return Paths(Question(), paths, len(paths), sum(p.journeys for p in paths), sum(p.converted for p in paths))


def some_paths() -> st.SearchStrategy[list[Path]]:
    steps = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(tuple)
    return st.lists(
        st.builds(lambda s, n, share: Path(s, False, n, int(n * share)), steps, st.integers(1, 500), st.floats(0, 1)),
        min_size=1,
        max_size=60,
    )


def test_a_worked_example() -> None:
    """100 journeys in 215 units of height: two nodes in each column, so 2 units for each journey but for the gap and the least heights."""
    flow = flow_of(SOME, 100 * 2 + GAP + 3)
    assert [(n.step, n.word, n.journeys, n.converted, n.ends, n.y, n.height) for n in flow.nodes] == [
        (0, "web", 90, 30, 30, 0.0, 180.0),
        (0, "paid_search", 10, 10, 0, 180.0 + GAP, 20.0),
        (1, "email", 60, 30, 60, 0.0, 120.0),
        (1, "web", 10, 10, 10, 120.0 + GAP, 20.0),
    ]
    assert [(link.source, link.target, link.journeys, link.converted, link.y0, link.y1, link.height) for link in flow.links] == [
        ((0, "web"), (1, "email"), 60, 30, 0.0, 0.0, 120.0),
        ((0, "paid_search"), (1, "web"), 10, 10, 180.0 + GAP, 120.0 + GAP, 20.0),
    ]


@given(some_paths())
def test_what_flows_in_flows_out_or_ends(paths: list[Path]) -> None:
    flow = flow_of(paths, 500)
    into, out = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    for link in flow.links:
        into[link.target] += link.journeys
        out[link.source] += link.journeys
    for node in flow.nodes:
        assert node.journeys == out[node.step, node.word] + node.ends
        assert node.step == 0 or node.journeys == into[node.step, node.word]
        assert 0 <= node.converted <= node.journeys
    assert sum(node.ends for node in flow.nodes) == sum(path.journeys for path in paths)


@given(some_paths())
def test_nodes_stand_apart_and_links_stay_inside_their_nodes(paths: list[Path]) -> None:
    flow = flow_of(paths, 500, most_words=4)
    assert flow.height <= 500.001
    nodes = {(node.step, node.word): node for node in flow.nodes}
    for above, below in pairwise(flow.nodes):
        assert below.step > above.step or below.y >= above.y + above.height + GAP - 0.001
    for link in flow.links:
        for key, y in ((link.source, link.y0), (link.target, link.y1)):
            assert nodes[key].y - 0.001 <= y <= nodes[key].y + nodes[key].height - link.height + 0.001


def test_rare_words_are_one_node_at_the_foot_of_their_step() -> None:
    flow = flow_of([Path((word,), False, 100 - n, 0) for n, word in enumerate(WORDS)], 500, most_words=4)
    assert [node.word for node in flow.nodes] == [*WORDS[:3], OTHER]
    assert flow.nodes[-1].journeys == sum(100 - n for n in range(3, 12))


def test_no_journeys_are_an_empty_picture_and_not_an_error() -> None:
    assert flow_of([], 500).nodes == []
    assert "0 journeys on 0 paths" in paths_page(found(), 10)


def test_the_table_has_the_top_and_everything_else_in_one_line() -> None:
    assert list(rows(found(*SOME), 1)) == [("web > email", 60, 0.6, "50.0 %")]
    assert rest(found(*SOME), 1) == ("2 other paths", 40, 0.4, "25.0 %")
    assert list(rows(found(*SOME), 3))[2] == ("paid_search > web > ...", 10, 0.1, "10 of 10")
    assert rest(found(*SOME), 3) is None


@pytest.mark.parametrize(("converted", "journeys", "told"), [(10, 29, "10 of 29"), (10, 30, "33.3 %"), (0, 0, "0 of 0")])
def test_a_rate_of_few_is_told_as_how_many_of_how_many(converted: int, journeys: int, told: str) -> None:
    assert rate(converted, journeys) == told


def test_the_page_is_one_whole_file_in_which_every_flow_says_what_it_is() -> None:
    text = paths_page(found(*SOME, Path(("<b>&",), False, 1, 0)), 10)
    page = Page(text)
    assert page.open == []
    assert "web to email: 60 journeys, 50.0 % with an order" in text
    assert "<b>&" not in text
    assert "https://" not in text


def test_the_document_has_paths_and_flows() -> None:
    document = paths_document(found(*SOME), 1)
    assert document["paths"] == [
        {"steps": ["web", "email"], "goes_on": False, "journeys": 60, "converted": 30, "share": 0.6, "conversion": 0.5}
    ]
    assert document["flows"][0] == {"step": 1, "from": "web", "to": "email", "journeys": 60, "converted": 30}
    assert (document["journeys"], document["converted"], document["paths_found"]) == (100, 40, 3)
