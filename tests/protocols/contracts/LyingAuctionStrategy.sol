// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title A strategy that tells the parameters of one curve and follows another: a line all the way
contract LyingAuctionStrategy {
    uint256 public immutable getMaxPriceMultiplier;
    uint256 public immutable getMinExpPriceMultiplier;
    uint256 public immutable getMinPriceMultiplier;
    uint256 public immutable getStepLinear;
    uint256 public immutable getStepExp;
    uint256 public immutable getTickLength;

    constructor(uint256 max, uint256 minExp, uint256 min, uint256 stepLinear, uint256 stepExp, uint256 tickLength) {
        getMaxPriceMultiplier = max;
        getMinExpPriceMultiplier = minExp;
        getMinPriceMultiplier = min;
        getStepLinear = stepLinear;
        getStepExp = stepExp;
        getTickLength = tickLength;
    }

    function calculateAuctionPriceMultiplier(uint256 start, uint256 now_) external view returns (uint256) {
        uint256 fallen = ((now_ - start) * getStepLinear) / getTickLength;
        uint256 range = getMaxPriceMultiplier - getMinPriceMultiplier;
        return getMaxPriceMultiplier - (fallen < range ? fallen : range);
    }
}
