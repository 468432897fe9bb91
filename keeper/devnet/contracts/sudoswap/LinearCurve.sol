// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CurveBase} from "./CurveBase.sol";

/// @title Equal to sudoswap v2's LinearCurve: each item moves the price by delta
contract LinearCurve is CurveBase {
    function validateDelta(uint128) external pure returns (bool) {
        return true;
    }

    function validateSpotPrice(uint128) external pure returns (bool) {
        return true;
    }

    function _buy(uint128 spot, uint128 delta, uint256 n) internal pure override returns (Error, uint128, uint256) {
        uint256 newSpot = spot + delta * n;
        if (newSpot > type(uint128).max) return (Error.SPOT_PRICE_OVERFLOW, 0, 0);
        uint128 first = spot + delta;
        return (Error.OK, uint128(newSpot), n * first + (n * (n - 1) * delta) / 2);
    }

    /// @notice Past a price of zero the pool takes all items and pays for those above it.
    function _sell(uint128 spot, uint128 delta, uint256 n)
        internal
        pure
        override
        returns (Error, uint128 newSpot, uint256)
    {
        uint256 fall = delta * n;
        if (spot < fall) n = spot / delta + 1;
        else newSpot = spot - uint128(fall);
        return (Error.OK, newSpot, n * spot - (n * (n - 1) * delta) / 2);
    }
}
