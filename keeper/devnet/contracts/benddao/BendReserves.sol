// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedMath} from "../math/FixedMath.sol";
import {BendConfig} from "./BendConfig.sol";
import {IBendDebtToken, IBendRate, IBendToken} from "./BendInterfaces.sol";
import {ConfigurationMap, ReserveData} from "./BendTypes.sol";

/// @title Indices and rates of a reserve, equal to BendDAO v1's ReserveLogic and MathUtils
library BendReserves {
    using FixedMath for uint256;
    using BendConfig for ConfigurationMap;

    event ReserveDataUpdated(
        address indexed reserve,
        uint256 liquidityRate,
        uint256 variableBorrowRate,
        uint256 liquidityIndex,
        uint256 variableBorrowIndex
    );

    uint256 private constant YEAR = 365 days;

    /// @notice Three terms of the binomial series of (1 + rate per second) ^ elapsed; the rate per second is floored.
    function compounded(uint256 rate, uint256 elapsed) internal pure returns (uint256) {
        if (elapsed == 0) return FixedMath.RAY;
        uint256 perSecond = rate / YEAR;
        uint256 squared = perSecond.rayMul(perSecond);
        uint256 cubed = squared.rayMul(perSecond);
        uint256 pairs = elapsed * (elapsed - 1);
        uint256 triples = pairs * (elapsed > 2 ? elapsed - 2 : 0);
        return FixedMath.RAY + perSecond * elapsed + (pairs * squared) / 2 + (triples * cubed) / 6;
    }

    function linear(uint256 rate, uint256 elapsed) internal pure returns (uint256) {
        return FixedMath.RAY + (rate * elapsed) / YEAR;
    }

    function normalizedDebt(ReserveData storage reserve) internal view returns (uint256) {
        uint256 elapsed = block.timestamp - reserve.lastUpdateTimestamp;
        if (elapsed == 0) return reserve.variableBorrowIndex;
        return compounded(reserve.currentVariableBorrowRate, elapsed).rayMul(reserve.variableBorrowIndex);
    }

    function normalizedIncome(ReserveData storage reserve) internal view returns (uint256) {
        uint256 elapsed = block.timestamp - reserve.lastUpdateTimestamp;
        if (elapsed == 0) return reserve.liquidityIndex;
        return linear(reserve.currentLiquidityRate, elapsed).rayMul(reserve.liquidityIndex);
    }

    /// @notice Moves both indices to now. As in the original, no income means no accrual, even of debt.
    function updateState(ReserveData storage reserve) internal {
        uint256 scaledDebt = IBendDebtToken(reserve.debtTokenAddress).scaledTotalSupply();
        uint256 previousIndex = reserve.variableBorrowIndex;
        uint256 elapsed = block.timestamp - reserve.lastUpdateTimestamp;
        if (reserve.currentLiquidityRate > 0) {
            uint256 income = linear(reserve.currentLiquidityRate, elapsed).rayMul(reserve.liquidityIndex);
            require(income <= type(uint128).max, "602");
            reserve.liquidityIndex = uint128(income);
            if (scaledDebt != 0) {
                uint256 debt = compounded(reserve.currentVariableBorrowRate, elapsed).rayMul(previousIndex);
                require(debt <= type(uint128).max, "603");
                reserve.variableBorrowIndex = uint128(debt);
            }
        }
        reserve.lastUpdateTimestamp = uint40(block.timestamp);

        uint256 factor = reserve.configuration.reserveFactor();
        if (factor == 0) return;
        uint256 accrued = scaledDebt.rayMul(reserve.variableBorrowIndex) - scaledDebt.rayMul(previousIndex);
        uint256 share = accrued.percentMul(factor);
        if (share != 0) IBendToken(reserve.bTokenAddress).mintToTreasury(share, reserve.liquidityIndex);
    }

    function updateInterestRates(ReserveData storage reserve, address asset, uint256 added, uint256 taken) internal {
        uint256 debt =
            IBendDebtToken(reserve.debtTokenAddress).scaledTotalSupply().rayMul(reserve.variableBorrowIndex);
        (uint256 liquidityRate, uint256 borrowRate) = IBendRate(reserve.interestRateAddress).calculateInterestRates(
            asset, reserve.bTokenAddress, added, taken, debt, reserve.configuration.reserveFactor()
        );
        require(liquidityRate <= type(uint128).max, "604");
        require(borrowRate <= type(uint128).max, "605");
        reserve.currentLiquidityRate = uint128(liquidityRate);
        reserve.currentVariableBorrowRate = uint128(borrowRate);
        emit ReserveDataUpdated(asset, liquidityRate, borrowRate, reserve.liquidityIndex, reserve.variableBorrowIndex);
    }
}
