"""Sudoswap v2 (sudoAMM v2): ERC-721 pools against ETH or WETH, as exits and as sources of pieces."""

from keeper.venues.sudoswap_v2.adapter import SudoswapV2

__all__ = ["SudoswapV2"]
