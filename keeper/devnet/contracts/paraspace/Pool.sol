// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {FixedMath} from "../math/FixedMath.sol";
import {ParaBorrowing} from "./ParaBorrowing.sol";
import {ParaErrors} from "./ParaErrors.sol";
import {ParaLiquidation} from "./ParaLiquidation.sol";
import {ParaPoolBase} from "./ParaPoolBase.sol";
import {ParaReserves} from "./ParaReserves.sol";
import {ReserveConfigurationMap, ReserveData, UserConfigurationMap} from "./ParaTypes.sol";

/// @title Equal to ParaSpace's PoolCore and PoolParameters in what a keeper touches; one contract instead of a diamond
contract Pool is ParaBorrowing, ParaLiquidation, ERC721Holder {
    using FixedMath for uint256;
    using ParaReserves for ReserveData;

    constructor(address provider) ParaPoolBase(provider) {}

    receive() external payable {
        require(msg.sender == _weth(), "Receive not allowed");
    }

    modifier onlyPoolConfigurator() {
        _requireConfigurator();
        _;
    }

    function initReserve(
        address asset, address xToken, address variableDebtToken, address rateStrategy, address auctionStrategy
    ) external onlyPoolConfigurator {
        ReserveData storage reserve = _reserves[asset];
        ParaErrors.check(reserve.xTokenAddress == address(0), ParaErrors.RESERVE_ALREADY_ADDED);
        reserve.liquidityIndex = 1e27;
        reserve.variableBorrowIndex = 1e27;
        reserve.xTokenAddress = xToken;
        reserve.variableDebtTokenAddress = variableDebtToken;
        reserve.interestRateStrategyAddress = rateStrategy;
        reserve.auctionStrategyAddress = auctionStrategy;
        reserve.id = _reservesCount;
        _reservesList[_reservesCount++] = asset;
    }

    function setConfiguration(address asset, ReserveConfigurationMap calldata configuration)
        external
        onlyPoolConfigurator
    {
        ParaErrors.check(_reserves[asset].xTokenAddress != address(0), ParaErrors.ASSET_NOT_LISTED);
        _reserves[asset].configuration = configuration;
    }

    function setReserveInterestRateStrategyAddress(address asset, address strategy) external onlyPoolConfigurator {
        _reserves[asset].interestRateStrategyAddress = strategy;
    }

    function setReserveAuctionStrategyAddress(address asset, address strategy) external onlyPoolConfigurator {
        _reserves[asset].auctionStrategyAddress = strategy;
    }

    function setAuctionRecoveryHealthFactor(uint64 value) external onlyPoolConfigurator {
        ParaErrors.check(value != 0, ParaErrors.INVALID_AMOUNT);
        _auctionRecoveryHealthFactor = value;
    }

    function AUCTION_RECOVERY_HEALTH_FACTOR() external view returns (uint64) {
        return _auctionRecoveryHealthFactor;
    }

    function MAX_NUMBER_RESERVES() external pure returns (uint16) {
        return 128;
    }

    function getUserAccountData(address user)
        external
        view
        returns (
            uint256 totalCollateralBase,
            uint256 totalDebtBase,
            uint256 availableBorrowsBase,
            uint256 currentLiquidationThreshold,
            uint256 ltv,
            uint256 healthFactor,
            uint256 erc721HealthFactor
        )
    {
        Account memory account = _account(user);
        uint256 power = account.collateral.percentMul(account.ltv);
        return (
            account.collateral,
            account.debt,
            power < account.debt ? 0 : power - account.debt,
            account.threshold,
            account.ltv,
            account.healthFactor,
            account.erc721HealthFactor
        );
    }

    function getReserveData(address asset) external view returns (ReserveData memory) {
        return _reserves[asset];
    }

    function getReserveXToken(address asset) external view returns (address) {
        return _reserves[asset].xTokenAddress;
    }

    function getReserveAuctionStrategy(address asset) external view returns (address) {
        return _reserves[asset].auctionStrategyAddress;
    }

    function getConfiguration(address asset) external view returns (ReserveConfigurationMap memory) {
        return _reserves[asset].configuration;
    }

    function getUserConfiguration(address user) external view returns (UserConfigurationMap memory) {
        return _users[user];
    }

    function getReserveNormalizedIncome(address asset) external view returns (uint256) {
        return _reserves[asset].normalizedIncome();
    }

    function getReserveNormalizedVariableDebt(address asset) external view returns (uint256) {
        return _reserves[asset].normalizedDebt();
    }

    function getReservesList() external view returns (address[] memory list) {
        list = new address[](_reservesCount);
        for (uint256 i = 0; i < list.length; i++) list[i] = _reservesList[i];
    }

    function getReserveAddressById(uint16 id) external view returns (address) {
        return _reservesList[id];
    }

    function _requireConfigurator() private view {
        ParaErrors.check(msg.sender == _provider().getPoolConfigurator(), ParaErrors.CALLER_NOT_POOL_CONFIGURATOR);
    }
}
