// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {FixedMath} from "../math/FixedMath.sol";
import {CalculateInterestRatesParams} from "./ParaTypes.sol";

/// @title Equal to ParaSpace's DefaultReserveInterestRateStrategy: a base and two slopes (rays a year)
contract DefaultReserveInterestRateStrategy {
    using FixedMath for uint256;

    uint256 public immutable OPTIMAL_USAGE_RATIO;
    uint256 public immutable getBaseVariableBorrowRate;
    uint256 public immutable getVariableRateSlope1;
    uint256 public immutable getVariableRateSlope2;

    constructor(uint256 optimal, uint256 base, uint256 slope1, uint256 slope2) {
        OPTIMAL_USAGE_RATIO = optimal;
        getBaseVariableBorrowRate = base;
        getVariableRateSlope1 = slope1;
        getVariableRateSlope2 = slope2;
    }

    function MAX_EXCESS_USAGE_RATIO() public view returns (uint256) {
        return FixedMath.RAY - OPTIMAL_USAGE_RATIO;
    }

    function calculateInterestRates(CalculateInterestRatesParams calldata params)
        external
        view
        returns (uint256 liquidityRate, uint256 borrowRate)
    {
        uint256 usage = 0;
        if (params.totalVariableDebt != 0) {
            uint256 available =
                IERC20(params.reserve).balanceOf(params.xToken) + params.liquidityAdded - params.liquidityTaken;
            usage = params.totalVariableDebt.rayDiv(available + params.totalVariableDebt);
        }
        if (usage > OPTIMAL_USAGE_RATIO) {
            uint256 excess = (usage - OPTIMAL_USAGE_RATIO).rayDiv(MAX_EXCESS_USAGE_RATIO());
            borrowRate = getBaseVariableBorrowRate + getVariableRateSlope1 + getVariableRateSlope2.rayMul(excess);
        } else {
            borrowRate = getBaseVariableBorrowRate + getVariableRateSlope1.rayMul(usage).rayDiv(OPTIMAL_USAGE_RATIO);
        }
        liquidityRate = borrowRate.rayMul(usage).percentMul(FixedMath.PERCENT - params.reserveFactor);
    }
}
