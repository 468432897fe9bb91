// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Wad arithmetic with the roundings of solmate's FixedPointMathLib, which sudoswap v2's curves use
library CurveMath {
    uint256 internal constant WAD = 1e18;

    function mulDown(uint256 a, uint256 b) internal pure returns (uint256) {
        return (a * b) / WAD;
    }

    function mulUp(uint256 a, uint256 b) internal pure returns (uint256) {
        return (a * b + WAD - 1) / WAD;
    }

    function divDown(uint256 a, uint256 b) internal pure returns (uint256) {
        return (a * WAD) / b;
    }

    function divUp(uint256 a, uint256 b) internal pure returns (uint256) {
        return (a * WAD + b - 1) / b;
    }

    /// @notice base ^ exponent by squaring, each product rounded half-up.
    function pow(uint256 base, uint256 exponent) internal pure returns (uint256 result) {
        result = exponent % 2 == 0 ? WAD : base;
        for (exponent /= 2; exponent > 0; exponent /= 2) {
            base = (base * base + WAD / 2) / WAD;
            if (exponent % 2 == 1) result = (result * base + WAD / 2) / WAD;
        }
    }
}
