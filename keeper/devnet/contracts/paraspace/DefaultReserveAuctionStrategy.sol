// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PRBMathUD60x18} from "prb-math/contracts/PRBMathUD60x18.sol";

/// @title Equal to ParaSpace's DefaultReserveAuctionStrategy: exponential, then linear, then constant (60.18 numbers)
contract DefaultReserveAuctionStrategy {
    using PRBMathUD60x18 for uint256;

    uint256 public immutable getMaxPriceMultiplier;
    uint256 public immutable getMinExpPriceMultiplier;
    uint256 public immutable getMinPriceMultiplier;
    uint256 public immutable getStepLinear;
    uint256 public immutable getStepExp;
    uint256 public immutable getTickLength;

    /// @param tickLength Seconds.
    constructor(
        uint256 maxPrice, uint256 minExpPrice, uint256 minPrice, uint256 stepLinear, uint256 stepExp, uint256 tickLength
    ) {
        getMaxPriceMultiplier = maxPrice;
        getMinExpPriceMultiplier = minExpPrice;
        getMinPriceMultiplier = minPrice;
        getStepLinear = stepLinear;
        getStepExp = stepExp;
        getTickLength = tickLength;
    }

    function calculateAuctionPriceMultiplier(uint256 auctionStartTimestamp, uint256 currentTimestamp)
        external
        view
        returns (uint256)
    {
        uint256 ticks = (currentTimestamp - auctionStartTimestamp).div(getTickLength);
        if (ticks < 1e18) return getMaxPriceMultiplier;
        uint256 expEnd = (getMaxPriceMultiplier.ln() - getMinExpPriceMultiplier.ln()).div(getStepExp);
        if (ticks <= expEnd) return _exponential(ticks);
        uint256 atExpEnd = _exponential(expEnd);
        uint256 linearEnd = expEnd + (atExpEnd - getMinPriceMultiplier).div(getStepLinear);
        if (ticks > linearEnd) return getMinPriceMultiplier;
        return atExpEnd - getStepLinear.mul(ticks - expEnd);
    }

    function _exponential(uint256 ticks) private view returns (uint256) {
        return getMaxPriceMultiplier.div(getStepExp.mul(ticks).exp());
    }
}
