// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CurveBase} from "./CurveBase.sol";
import {CurveMath} from "./CurveMath.sol";

/// @title Equal to sudoswap v2's ExponentialCurve: each item moves the price by the factor delta (wad)
contract ExponentialCurve is CurveBase {
    using CurveMath for uint256;

    uint256 public constant MIN_PRICE = 1_000_000 wei;

    function validateDelta(uint128 delta) external pure returns (bool) {
        return delta > CurveMath.WAD;
    }

    function validateSpotPrice(uint128 spotPrice) external pure returns (bool) {
        return spotPrice >= MIN_PRICE;
    }

    function _buy(uint128 spot, uint128 delta, uint256 n) internal pure override returns (Error, uint128, uint256) {
        uint256 growth = uint256(delta).pow(n);
        uint256 newSpot = uint256(spot).mulUp(growth);
        if (newSpot > type(uint128).max) return (Error.SPOT_PRICE_OVERFLOW, 0, 0);
        uint256 series = (growth - CurveMath.WAD).divUp(delta - CurveMath.WAD);
        return (Error.OK, uint128(newSpot), uint256(spot).mulUp(delta).mulUp(series));
    }

    function _sell(uint128 spot, uint128 delta, uint256 n) internal pure override returns (Error, uint128, uint256) {
        uint256 shrink = CurveMath.WAD.divDown(delta);
        uint256 whole = shrink.pow(n);
        uint128 newSpot = uint128(uint256(spot).mulDown(whole));
        if (newSpot < MIN_PRICE) return (Error.SPOT_PRICE_UNDERFLOW, 0, 0);
        uint256 series = (CurveMath.WAD - whole).divDown(CurveMath.WAD - shrink);
        return (Error.OK, newSpot, uint256(spot).mulDown(series));
    }
}
