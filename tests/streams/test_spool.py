"""The backlog on disk: what was taken is there after any end of the process, in order, until it is acknowledged."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.backlog import MemoryBacklog, SpoolFull, SpoolUnusable
from streams.segments import MAGIC
from streams.spool import Spool

MIB = 1 << 20


def event(number: int) -> bytes:
    return number.to_bytes(16, "big")


def fill(spool: Spool | MemoryBacklog, count: int, first: int = 0, size: int = 100) -> None:
    for number in range(first, first + count):
        spool.append(event(number), str(number).encode(), bytes([number % 256]) * size)


def numbers(spool: Spool | MemoryBacklog, start: int | None = None) -> list[int]:
    found: list[int] = []
    at = spool.first if start is None else start
    while taken := spool.read(at, 1000):
        found += [int.from_bytes(pending.event_id, "big") for pending in taken]
        at = taken[-1].number + 1
    return found


def abandoned(spool: Spool) -> None:
    """As a killed process leaves it: locks gone, nothing closed properly."""
    spool._slot.release()


def segments(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.segment"))


def test_what_was_taken_comes_back_whole_and_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    spool.append(event(7), b"key", b"value")
    fill(spool, 50, first=8)
    [first] = spool.read(0, 1)
    assert (first.number, first.event_id, first.key, first.value) == (0, event(7), b"key", b"value")
    assert numbers(spool) == list(range(7, 58))


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    fill(spool, 30)
    abandoned(spool)
    assert numbers(Spool(tmp_path, MIB)) == list(range(30))


def test_acknowledged_events_do_not_come_back(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    fill(spool, 30)
    spool.acknowledge(12)
    abandoned(spool)
    again = Spool(tmp_path, MIB)
    assert (again.first, again.end) == (12, 30)
    assert numbers(again) == list(range(12, 30))


def test_a_lost_note_of_what_was_acknowledged_means_that_all_goes_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    fill(spool, 30)
    spool.acknowledge(12)
    abandoned(spool)
    (spool.folder / "acknowledged").write_bytes(b"\x01\x02garbage...")
    assert numbers(Spool(tmp_path, MIB)) == list(range(30))


@given(cut=st.integers(min_value=1, max_value=140))
def test_a_torn_end_takes_only_the_last_event_with_it(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    folder = tmp_path_factory.mktemp("spool")
    spool = Spool(folder, MIB)
    fill(spool, 10, size=200)
    abandoned(spool)
    [segment] = segments(folder)
    segment.write_bytes(segment.read_bytes()[:-cut])
    again = Spool(folder, MIB)
    assert numbers(again) == list(range(9))
    fill(again, 1, first=99)
    assert numbers(again) == [*range(9), 99]
    again.close()


def test_a_damaged_middle_is_set_aside_and_later_segments_are_kept(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    fill(spool, 400, size=400)
    abandoned(spool)
    first, *others = segments(tmp_path)
    assert others
    content = bytearray(first.read_bytes())
    content[len(MAGIC) + 5 * 430] ^= 0xFF
    first.write_bytes(content)
    again = Spool(tmp_path, MIB)
    found = numbers(again)
    assert found[:5] == [0, 1, 2, 3, 4]
    assert found[5:] == list(range(int(others[0].stem), 400))
    assert first.with_suffix(".damaged").stat().st_size > 0
    again.acknowledge(again.end)
    assert numbers(again) == []


def test_a_full_spool_refuses_names_the_remedy_and_drops_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    with pytest.raises(SpoolFull, match=r"fill the spool of 1 MiB.*raise spool_mib") as full:
        fill(spool, 2000, size=1000)
    assert full.value.pending == spool.end > 900
    assert numbers(spool) == list(range(spool.end))


def test_room_comes_back_as_events_are_acknowledged(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    with pytest.raises(SpoolFull):
        fill(spool, 2000, size=1000)
    spool.acknowledge(spool.end - 1)
    fill(spool, 500, first=5000, size=1000)
    assert numbers(spool)[1:] == list(range(5000, 5500))


def test_disk_is_given_back_while_events_flow_through(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    for start in range(0, 20_000, 500):
        fill(spool, 500, first=start, size=1000)
        spool.acknowledge(spool.end)
    assert sum(path.stat().st_size for path in segments(tmp_path)) < MIB // 4


def test_a_closed_empty_spool_leaves_no_segment(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    fill(spool, 10)
    spool.acknowledge(10)
    spool.close()
    assert segments(tmp_path) == []
    again = Spool(tmp_path, MIB)
    assert again.first == again.end == 10


def test_a_second_producer_takes_a_slot_of_its_own(tmp_path: Path) -> None:
    one, two = Spool(tmp_path, MIB), Spool(tmp_path, MIB)
    assert one.folder != two.folder
    fill(one, 3)
    fill(two, 2, first=10)
    assert (numbers(one), numbers(two)) == ([0, 1, 2], [10, 11])


def test_what_dead_processes_left_is_taken_over_by_the_next_one(tmp_path: Path) -> None:
    one, two = Spool(tmp_path, MIB), Spool(tmp_path, MIB)
    fill(one, 3)
    fill(two, 2, first=10)
    abandoned(one)
    abandoned(two)
    heir = Spool(tmp_path, MIB)
    fill(heir, 1, first=20)
    assert numbers(heir) == [0, 1, 2, 10, 11, 20]
    assert len(segments(two.folder)) == 0


def test_what_a_living_process_holds_is_left_alone(tmp_path: Path) -> None:
    one = Spool(tmp_path, MIB)
    two = Spool(tmp_path, MIB)
    fill(two, 2)
    one.close()
    assert numbers(Spool(tmp_path, MIB)) == []
    assert numbers(two) == [0, 1]


def test_a_file_that_is_no_segment_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "slot-0").mkdir()
    foreign = tmp_path / "slot-0" / "00000000000000000000.segment"
    foreign.write_bytes(b"something else entirely")
    with pytest.raises(SpoolUnusable, match="no file of this spool"):
        Spool(tmp_path, MIB)
    assert foreign.read_bytes() == b"something else entirely"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolUnusable, match=r"cannot be used.*choose a spool_dir"):
        Spool(tmp_path / "file", MIB)


def test_a_refused_event_is_kept_for_a_person_to_look_at(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    spool.append(event(1), b"k", b'{"event_type":"x"}')
    spool.refuse(spool.read(0, 1)[0], "too large")
    assert (spool.folder / "refused.ndjson").read_bytes() == b'{"event_type":"x"}\n'


@given(steps=st.lists(st.one_of(st.just("reopen"), st.integers(1, 30), st.tuples(st.just("ack"), st.floats(0, 1))), max_size=25))
def test_disk_and_memory_hold_the_same_whatever_happens(tmp_path_factory: pytest.TempPathFactory, steps: list[object]) -> None:
    folder = tmp_path_factory.mktemp("spool")
    spool, twin = Spool(folder, 64 * MIB), MemoryBacklog(64 * MIB)
    made = 0
    for step in steps:
        match step:
            case "reopen":
                abandoned(spool)
                spool = Spool(folder, 64 * MIB)
            case int():
                for backlog in (spool, twin):
                    fill(backlog, step, first=made, size=3000)
                made += step
            case ("ack", float(share)):
                upto = spool.first + int(share * (spool.end - spool.first))
                spool.acknowledge(upto)
                twin.acknowledge(upto)
        assert (spool.first, spool.end) == (twin.first, twin.end)
        assert numbers(spool) == numbers(twin)
    spool.close()
