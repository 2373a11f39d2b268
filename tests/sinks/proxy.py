"""The chaos suite's proxy, under the names that the tests know."""

from deploy.chaos.proxy import Mode, Proxy

__all__ = ["Mode", "Proxy"]
