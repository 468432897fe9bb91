// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bitmap} from "../math/Bitmap.sol";
import {ParaErrors} from "./ParaErrors.sol";
import {IParaAcl, IParaConfigurable, IParaProvider} from "./ParaInterfaces.sol";
import {ReserveConfigurationMap} from "./ParaTypes.sol";

/// @title Equal to ParaSpace's PoolConfigurator, except that tokens come ready instead of as proxies
contract PoolConfigurator {
    using Bitmap for uint256;

    event ReserveInitialized(
        address indexed asset,
        address indexed xToken,
        address variableDebtToken,
        address interestRateStrategyAddress
    );
    event ReserveBorrowing(address indexed asset, bool enabled);
    event CollateralConfigurationChanged(
        address indexed asset, uint256 ltv, uint256 liquidationThreshold, uint256 liquidationBonus
    );
    event ReserveActive(address indexed asset, bool active);
    event ReserveFrozen(address indexed asset, bool frozen);
    event ReservePaused(address indexed asset, bool paused);
    event ReserveFactorChanged(address indexed asset, uint256 oldReserveFactor, uint256 newReserveFactor);
    event LiquidationProtocolFeeChanged(address indexed asset, uint256 oldFee, uint256 newFee);
    event ReserveInterestRateStrategyChanged(address indexed asset, address oldStrategy, address newStrategy);
    event ReserveAuctionStrategyChanged(address indexed asset, address oldStrategy, address newStrategy);

    IParaProvider private immutable PROVIDER;

    constructor(address provider) {
        PROVIDER = IParaProvider(provider);
    }

    modifier onlyPoolAdmin() {
        bool admin = IParaAcl(PROVIDER.getACLManager()).isPoolAdmin(msg.sender);
        ParaErrors.check(admin, ParaErrors.CALLER_NOT_POOL_ADMIN);
        _;
    }

    /// @param isNft Whether the asset is a collection; its decimals are then 0.
    /// @param auctionStrategy The zero address where there are no auctions.
    function initReserve(
        address asset,
        uint8 decimals,
        bool isNft,
        address xToken,
        address variableDebtToken,
        address rateStrategy,
        address auctionStrategy
    ) external onlyPoolAdmin {
        _pool().initReserve(asset, xToken, variableDebtToken, rateStrategy, auctionStrategy);
        _write(asset, 48, 8, decimals);
        _write(asset, 56, 1, 1);
        _write(asset, 168, 4, isNft ? 1 : 0);
        emit ReserveInitialized(asset, xToken, variableDebtToken, rateStrategy);
    }

    function setReserveBorrowing(address asset, bool enabled) external onlyPoolAdmin {
        _write(asset, 58, 1, enabled ? 1 : 0);
        emit ReserveBorrowing(asset, enabled);
    }

    /// @notice In percent of 10000; the bonus includes the 10000 (10450 is 4.5 % on top).
    function configureReserveAsCollateral(
        address asset, uint256 ltv, uint256 liquidationThreshold, uint256 liquidationBonus
    ) external onlyPoolAdmin {
        ParaErrors.check(ltv <= liquidationThreshold, ParaErrors.INVALID_RESERVE_PARAMS);
        if (liquidationThreshold != 0) {
            ParaErrors.check(liquidationBonus > 10_000, ParaErrors.INVALID_RESERVE_PARAMS);
            uint256 seized = (liquidationThreshold * liquidationBonus + 5000) / 10_000;
            ParaErrors.check(seized <= 10_000, ParaErrors.INVALID_RESERVE_PARAMS);
        } else {
            ParaErrors.check(liquidationBonus == 0, ParaErrors.INVALID_RESERVE_PARAMS);
        }
        _write(asset, 0, 16, ltv);
        _write(asset, 16, 16, liquidationThreshold);
        _write(asset, 32, 16, liquidationBonus);
        emit CollateralConfigurationChanged(asset, ltv, liquidationThreshold, liquidationBonus);
    }

    function setReserveActive(address asset, bool active) external onlyPoolAdmin {
        _write(asset, 56, 1, active ? 1 : 0);
        emit ReserveActive(asset, active);
    }

    function setReserveFreeze(address asset, bool freeze) external onlyPoolAdmin {
        _write(asset, 57, 1, freeze ? 1 : 0);
        emit ReserveFrozen(asset, freeze);
    }

    function setReservePause(address asset, bool paused) external onlyPoolAdmin {
        _write(asset, 60, 1, paused ? 1 : 0);
        emit ReservePaused(asset, paused);
    }

    function setReserveFactor(address asset, uint256 newFactor) external onlyPoolAdmin {
        emit ReserveFactorChanged(asset, _write(asset, 64, 16, newFactor), newFactor);
    }

    function setLiquidationProtocolFee(address asset, uint256 newFee) external onlyPoolAdmin {
        emit LiquidationProtocolFeeChanged(asset, _write(asset, 152, 16, newFee), newFee);
    }

    function setReserveInterestRateStrategyAddress(address asset, address oldStrategy, address newStrategy)
        external
        onlyPoolAdmin
    {
        _pool().setReserveInterestRateStrategyAddress(asset, newStrategy);
        emit ReserveInterestRateStrategyChanged(asset, oldStrategy, newStrategy);
    }

    function setReserveAuctionStrategyAddress(address asset, address newStrategy) external onlyPoolAdmin {
        address oldStrategy = _pool().getReserveAuctionStrategy(asset);
        _pool().setReserveAuctionStrategyAddress(asset, newStrategy);
        emit ReserveAuctionStrategyChanged(asset, oldStrategy, newStrategy);
    }

    function setAuctionRecoveryHealthFactor(uint64 value) external onlyPoolAdmin {
        _pool().setAuctionRecoveryHealthFactor(value);
    }

    function _pool() private view returns (IParaConfigurable) {
        return IParaConfigurable(PROVIDER.getPool());
    }

    function _write(address asset, uint256 from, uint256 width, uint256 value) private returns (uint256 old) {
        uint256 word = _pool().getConfiguration(asset).data;
        old = word.read(from, width);
        _pool().setConfiguration(asset, ReserveConfigurationMap(word.write(from, width, value)));
    }
}
