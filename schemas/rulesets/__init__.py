"""The parts of rules.yaml as frozen models; `schemas.rules` puts them together."""
