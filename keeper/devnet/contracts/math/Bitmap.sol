// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Fields of a configuration word, as ReserveConfiguration and NftConfiguration lay them out
library Bitmap {
    function read(uint256 word, uint256 from, uint256 width) internal pure returns (uint256) {
        return (word >> from) & ((1 << width) - 1);
    }

    function write(uint256 word, uint256 from, uint256 width, uint256 value) internal pure returns (uint256) {
        uint256 mask = ((1 << width) - 1) << from;
        return (word & ~mask) | ((value << from) & mask);
    }
}
