"""What a store was made for, and others that differ in one thing each."""

from streams.stores import Purpose

PURPOSE = Purpose("touchpoints.raw", "id-1", 2, 6, "1:abc")
OTHERS = {
    "the topic was made anew": Purpose("touchpoints.raw", "id-2", 2, 6, "1:abc"),
    "partitions": Purpose("touchpoints.raw", "id-1", 2, 7, "1:abc"),
    "rules": Purpose("touchpoints.raw", "id-1", 2, 6, "1:abd"),
    "layout": Purpose("touchpoints.raw", "id-1", 2, 6, "1:abc", layout=0),
}
