"""What passes on the topics, in words: `tracker tail`."""

from deploy.tail.decoders import DECODERS, Decoder, Passing, passing

__all__ = ["DECODERS", "Decoder", "Passing", "passing"]
