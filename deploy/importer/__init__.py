"""Brings files of other systems in: rows become events by a mapping file. `tracker import` runs it; docs/importing.md describes it."""

from deploy.importer.mapping import load_mapping, mapping_of
from deploy.importer.reading import events_from

__all__ = ["events_from", "load_mapping", "mapping_of"]
