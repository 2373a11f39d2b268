"""Every episode machine by kind, and which episodes a fact belongs to."""

from collections.abc import Mapping
from types import MappingProxyType

from streams.core.episodes.calls import CALL, CONVERSATION
from streams.core.episodes.machine import Machine
from streams.core.episodes.orders import ORDER, SHIPMENT
from streams.core.episodes.returns import RETURN
from streams.core.episodes.subscriptions import SUBSCRIPTION, SURVEY
from streams.core.episodes.tickets import TICKET

MACHINES: Mapping[str, Machine] = MappingProxyType(
    {m.kind: m for m in (ORDER, SHIPMENT, TICKET, CALL, RETURN, SUBSCRIPTION, SURVEY, CONVERSATION)}
)
