"""The keeper: liquidates NFT-backed loans and takes the arbitrages between their markets."""

__version__ = "0.1.0"
