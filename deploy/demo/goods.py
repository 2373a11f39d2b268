"""What the simulated shop sells, where it advertises, what its help center answers. Prices in cents of a euro."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    product_id: str
    name: str
    category: str
    cents: int
    often_returned: float
    """share of the pieces sold that come back"""


@dataclass(frozen=True, slots=True)
class Campaign:
    network: str
    campaign_id: str
    channel: str
    medium: str
    click_parameter: str
    cost_cents_a_day: int


PRODUCTS = (
    Product("SH-100", "Trail shoe", "shoes", 11990, 0.24),
    Product("SH-110", "Running shoe", "shoes", 13950, 0.22),
    Product("SH-120", "Sandal", "shoes", 5990, 0.18),
    Product("CO-200", "Rain coat", "clothes", 14900, 0.20),
    Product("CO-210", "Merino shirt", "clothes", 6490, 0.15),
    Product("CO-220", "Hiking socks, 3 pairs", "clothes", 2490, 0.05),
    Product("BA-300", "Backpack 30 l", "bags", 9990, 0.08),
    Product("BA-310", "Day pack 15 l", "bags", 5490, 0.07),
    Product("KI-400", "Espresso pot", "kitchen", 3890, 0.06),
    Product("KI-410", "Coffee beans 1 kg", "kitchen", 2190, 0.01),
    Product("KI-420", "Kettle", "kitchen", 4990, 0.09),
    Product("AU-500", "Earphones", "audio", 8990, 0.12),
    Product("AU-510", "Radio", "audio", 7490, 0.10),
    Product("GI-900", "Gift card", "gifts", 5000, 0.0),
)
CAMPAIGNS = (
    Campaign("google", "brand-search", "paid_search", "cpc", "gclid", 4200),
    Campaign("google", "shoes-search", "paid_search", "cpc", "gclid", 9800),
    Campaign("meta", "spring-social", "paid_social", "paid_social", "fbclid", 7600),
    Campaign("meta", "coats-social", "paid_social", "paid_social", "fbclid", 5100),
    Campaign("display-net", "retargeting", "display", "display", "dclid", 2900),
    Campaign("partner-net", "outdoor-blogs", "affiliate", "affiliate", "afclid", 1500),
)
MAILINGS = ("newsletter-1", "newsletter-2", "back-in-stock", "welcome-series")
ARTICLES = ("delivery-times", "send-something-back", "change-an-order", "invoice", "size-guide", "password")
QUERIES = ("trail shoe", "rain coat", "kettle", "backpack", "radio fm dab", "vegan boots", "gift")
STORES = ("berlin-mitte", "hamburg-altona", "wien-7")
PLAN_CENTS = {"coffee-monthly": 1990, "coffee-double": 3480}
REPRESENTATIVES = tuple(f"rep-{n:02d}" for n in range(1, 13))


def euros(cents: int) -> str:
    """A decimal string, as money travels."""
    return f"{cents // 100}.{cents % 100:02d}"
