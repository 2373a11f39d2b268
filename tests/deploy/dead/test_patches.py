"""Patches of dead letters."""

import pytest

from deploy.dead.patches import patch_of, unpatched
from schemas.errors import SettingInvalid

EVENT = b'{"source":"shop","payload":{"total":"7","old":1}}'


def test_an_object_is_merged_and_null_takes_a_field_away() -> None:
    assert patch_of(b'{"source":"shop-eu","payload":{"old":null}}')(EVENT) == b'{"source":"shop-eu","payload":{"total":"7"}}'


def test_an_array_is_a_list_of_operations() -> None:
    patch = patch_of(b'[{"op":"move","from":"/payload/old","path":"/payload/new"},{"op":"test","path":"/source","value":"shop"}]')
    assert patch(EVENT) == b'{"source":"shop","payload":{"total":"7","new":1}}'


@pytest.mark.parametrize(
    ("raw", "why"), [(b"{", "no JSON object"), (b"[1]", "no JSON object"), (b'{"payload":{}}', "does not apply (JsonP")]
)
def test_what_cannot_be_patched_is_said_in_words(raw: bytes, why: str) -> None:
    told = patch_of(b'[{"op":"remove","path":"/payload/old"}]')(raw)
    assert isinstance(told, str)
    assert why in told


@pytest.mark.parametrize("text", [b"", b"7", b'"x"', b'[{"op":"fly"}]', b"[1]", b'[{"path":"/a"}]'])
def test_what_is_no_patch_is_refused_with_the_two_forms(text: bytes) -> None:
    with pytest.raises(SettingInvalid) as refusal:
        patch_of(text)
    assert "RFC 6902" in refusal.value.remedy


def test_without_a_patch_the_bytes_stay() -> None:
    assert unpatched(EVENT) == EVENT
