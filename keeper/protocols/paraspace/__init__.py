"""ParaSpace: accounts with baskets of NFTs and tokens; NFTs sold by Dutch auctions, tokens at a bonus."""

from keeper.protocols.paraspace.adapter import ParaSpace

__all__ = ["ParaSpace"]
