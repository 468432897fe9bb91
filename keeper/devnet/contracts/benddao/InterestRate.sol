// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {FixedMath} from "../math/FixedMath.sol";

/// @title Equal to BendDAO v1's InterestRate: a base, and two slopes that meet at the optimal utilisation (rays)
contract InterestRate is Ownable {
    using FixedMath for uint256;

    uint256 public OPTIMAL_UTILIZATION_RATE;
    uint256 public baseVariableBorrowRate;
    uint256 public variableRateSlope1;
    uint256 public variableRateSlope2;

    constructor(uint256 optimal, uint256 base, uint256 slope1, uint256 slope2) {
        setInterestRateParams(optimal, base, slope1, slope2);
    }

    function setInterestRateParams(uint256 optimal, uint256 base, uint256 slope1, uint256 slope2) public onlyOwner {
        OPTIMAL_UTILIZATION_RATE = optimal;
        baseVariableBorrowRate = base;
        variableRateSlope1 = slope1;
        variableRateSlope2 = slope2;
    }

    function EXCESS_UTILIZATION_RATE() public view returns (uint256) {
        return FixedMath.RAY - OPTIMAL_UTILIZATION_RATE;
    }

    function getMaxVariableBorrowRate() external view returns (uint256) {
        return baseVariableBorrowRate + variableRateSlope1 + variableRateSlope2;
    }

    /// @return Liquidity rate and borrow rate, rays a year.
    function calculateInterestRates(
        address reserve,
        address bToken,
        uint256 liquidityAdded,
        uint256 liquidityTaken,
        uint256 totalVariableDebt,
        uint256 reserveFactor
    ) external view returns (uint256, uint256) {
        uint256 available = IERC20(reserve).balanceOf(bToken) + liquidityAdded - liquidityTaken;
        return calculateInterestRates(reserve, available, totalVariableDebt, reserveFactor);
    }

    function calculateInterestRates(address, uint256 availableLiquidity, uint256 debt, uint256 reserveFactor)
        public
        view
        returns (uint256 liquidityRate, uint256 borrowRate)
    {
        uint256 used = debt == 0 ? 0 : debt.rayDiv(availableLiquidity + debt);
        if (used > OPTIMAL_UTILIZATION_RATE) {
            uint256 excess = (used - OPTIMAL_UTILIZATION_RATE).rayDiv(EXCESS_UTILIZATION_RATE());
            borrowRate = baseVariableBorrowRate + variableRateSlope1 + variableRateSlope2.rayMul(excess);
        } else {
            borrowRate = baseVariableBorrowRate + used.rayMul(variableRateSlope1).rayDiv(OPTIMAL_UTILIZATION_RATE);
        }
        if (debt == 0) return (0, borrowRate);
        // The original averages over one kind of debt, with the rounding of an average.
        uint256 weight = debt * 1e9;
        uint256 average = weight.rayMul(borrowRate).rayDiv(weight);
        liquidityRate = average.rayMul(used).percentMul(FixedMath.PERCENT - reserveFactor);
    }
}
