// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CurveMath} from "./CurveMath.sol";
import {ICurve} from "./ICurve.sol";

/// @title What sudoswap v2's curves share: both fees are parts of the raw price, each rounded up
abstract contract CurveBase is ICurve {
    using CurveMath for uint256;

    function getBuyInfo(uint128 spotPrice, uint128 delta, uint256 n, uint256 fee, uint256 protocol)
        external
        pure
        returns (Error error, uint128 newSpot, uint128 newDelta, uint256 input, uint256 tradeFee, uint256 protocolFee)
    {
        if (n == 0) return (Error.INVALID_NUMITEMS, 0, 0, 0, 0, 0);
        (error, newSpot, input) = _buy(spotPrice, delta, n);
        if (error != Error.OK) return (error, 0, 0, 0, 0, 0);
        newDelta = delta;
        protocolFee = input.mulUp(protocol);
        tradeFee = input.mulUp(fee);
        input += tradeFee + protocolFee;
    }

    function getSellInfo(uint128 spotPrice, uint128 delta, uint256 n, uint256 fee, uint256 protocol)
        external
        pure
        returns (Error error, uint128 newSpot, uint128 newDelta, uint256 output, uint256 tradeFee, uint256 protocolFee)
    {
        if (n == 0) return (Error.INVALID_NUMITEMS, 0, 0, 0, 0, 0);
        (error, newSpot, output) = _sell(spotPrice, delta, n);
        if (error != Error.OK) return (error, 0, 0, 0, 0, 0);
        newDelta = delta;
        protocolFee = output.mulUp(protocol);
        tradeFee = output.mulUp(fee);
        output -= tradeFee + protocolFee;
    }

    /// @return error Why there is no price, newSpot The spot price after, raw What all items cost without fees.
    function _buy(uint128 spot, uint128 delta, uint256 n)
        internal
        pure
        virtual
        returns (Error error, uint128 newSpot, uint256 raw);

    function _sell(uint128 spot, uint128 delta, uint256 n)
        internal
        pure
        virtual
        returns (Error error, uint128 newSpot, uint256 raw);
}
