"""BendDAO v1: loans on one piece each, liquidated by English auctions that the borrower can redeem."""

from keeper.protocols.benddao_v1.adapter import BendDaoV1

__all__ = ["BendDaoV1"]
