"""Seaport 1.6: collection offers and listings that somebody signed, as exits and as sources of pieces."""

from keeper.venues.seaport.adapter import Seaport

__all__ = ["Seaport"]
