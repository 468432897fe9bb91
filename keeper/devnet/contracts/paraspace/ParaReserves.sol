// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedMath} from "../math/FixedMath.sol";
import {ParaConfig} from "./ParaConfig.sol";
import {IParaDebtToken, IParaRateStrategy} from "./ParaInterfaces.sol";
import {CalculateInterestRatesParams, ReserveConfigurationMap, ReserveData} from "./ParaTypes.sol";

/// @title Indices and rates of an ERC-20 reserve, equal to ParaSpace's ReserveLogic and MathUtils
library ParaReserves {
    using FixedMath for uint256;
    using ParaConfig for ReserveConfigurationMap;

    event ReserveDataUpdated(
        address indexed reserve,
        uint256 liquidityRate,
        uint256 variableBorrowRate,
        uint256 liquidityIndex,
        uint256 variableBorrowIndex
    );

    uint256 private constant YEAR = 365 days;

    /// @notice Three terms of the binomial series; the yearly rate is divided last, unlike in BendDAO.
    function compounded(uint256 rate, uint256 elapsed) internal pure returns (uint256) {
        if (elapsed == 0) return FixedMath.RAY;
        uint256 squared = rate.rayMul(rate) / (YEAR * YEAR);
        uint256 cubed = squared.rayMul(rate) / YEAR;
        uint256 pairs = elapsed * (elapsed - 1);
        uint256 triples = pairs * (elapsed > 2 ? elapsed - 2 : 0);
        return FixedMath.RAY + (rate * elapsed) / YEAR + (pairs * squared) / 2 + (triples * cubed) / 6;
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

    function scaledDebt(ReserveData storage reserve) internal view returns (uint256) {
        return IParaDebtToken(reserve.variableDebtTokenAddress).scaledTotalSupply();
    }

    /// @notice Moves both indices to now. As in the original, no income means no accrual, even of debt.
    function updateState(ReserveData storage reserve) internal {
        uint256 debt = scaledDebt(reserve);
        uint256 previousIndex = reserve.variableBorrowIndex;
        uint256 elapsed = block.timestamp - reserve.lastUpdateTimestamp;
        if (reserve.currentLiquidityRate != 0) {
            uint256 income = linear(reserve.currentLiquidityRate, elapsed).rayMul(reserve.liquidityIndex);
            reserve.liquidityIndex = uint128(income);
            if (debt != 0) {
                uint256 factor = compounded(reserve.currentVariableBorrowRate, elapsed);
                reserve.variableBorrowIndex = uint128(factor.rayMul(previousIndex));
            }
        }
        reserve.lastUpdateTimestamp = uint40(block.timestamp);

        uint256 reserveFactor = reserve.configuration.reserveFactor();
        if (reserveFactor == 0) return;
        uint256 accrued = debt.rayMul(reserve.variableBorrowIndex) - debt.rayMul(previousIndex);
        uint256 share = accrued.percentMul(reserveFactor);
        if (share != 0) reserve.accruedToTreasury += uint128(share.rayDiv(reserve.liquidityIndex));
    }

    function updateInterestRates(ReserveData storage reserve, address asset, uint256 added, uint256 taken) internal {
        (uint256 liquidityRate, uint256 borrowRate) = IParaRateStrategy(reserve.interestRateStrategyAddress)
            .calculateInterestRates(
            CalculateInterestRatesParams({
                liquidityAdded: added + reserve.unbacked,
                liquidityTaken: taken,
                totalVariableDebt: scaledDebt(reserve).rayMul(reserve.variableBorrowIndex),
                reserveFactor: reserve.configuration.reserveFactor(),
                reserve: asset,
                xToken: reserve.xTokenAddress
            })
        );
        reserve.currentLiquidityRate = uint128(liquidityRate);
        reserve.currentVariableBorrowRate = uint128(borrowRate);
        emit ReserveDataUpdated(asset, liquidityRate, borrowRate, reserve.liquidityIndex, reserve.variableBorrowIndex);
    }
}
