// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bitmap} from "../math/Bitmap.sol";
import {BendErrors} from "./BendErrors.sol";
import {IBendConfigurable, IBendProvider} from "./BendInterfaces.sol";

/// @title Equal to BendDAO v1's LendPoolConfigurator, except that tokens come ready instead of as proxies
contract LendPoolConfigurator {
    using Bitmap for uint256;

    event ReserveInitialized(
        address indexed asset, address indexed bToken, address debtToken, address interestRateAddress
    );
    event NftInitialized(address indexed asset, address indexed bNft);
    event BorrowingEnabledOnReserve(address indexed asset);
    event BorrowingDisabledOnReserve(address indexed asset);
    event ReserveActivated(address indexed asset);
    event ReserveDeactivated(address indexed asset);
    event ReserveFrozen(address indexed asset);
    event ReserveUnfrozen(address indexed asset);
    event ReserveFactorChanged(address indexed asset, uint256 factor);
    event ReserveInterestRateChanged(address indexed asset, address strategy);
    event ReserveMaxUtilizationRateChanged(address indexed asset, uint256 maxUtilRate);
    event NftActivated(address indexed asset);
    event NftDeactivated(address indexed asset);
    event NftFrozen(address indexed asset);
    event NftUnfrozen(address indexed asset);
    event NftConfigurationChanged(
        address indexed asset, uint256 ltv, uint256 liquidationThreshold, uint256 liquidationBonus
    );
    event NftAuctionChanged(
        address indexed asset, uint256 redeemDuration, uint256 auctionDuration, uint256 redeemFine
    );
    event NftRedeemThresholdChanged(address indexed asset, uint256 redeemThreshold);
    event NftMinBidFineChanged(address indexed asset, uint256 minBidFine);
    event NftMaxSupplyAndTokenIdChanged(address indexed asset, uint256 maxSupply, uint256 maxTokenId);
    event NftMaxCollateralCapChanged(address indexed asset, uint256 maxCap);

    IBendProvider private immutable PROVIDER;

    constructor(address provider) {
        PROVIDER = IBendProvider(provider);
    }

    modifier onlyPoolAdmin() {
        require(msg.sender == PROVIDER.getPoolAdmin(), BendErrors.CALLER_NOT_POOL_ADMIN);
        _;
    }

    modifier onlyEmergencyAdmin() {
        require(msg.sender == PROVIDER.getEmergencyAdmin(), BendErrors.CALLER_NOT_EMERGENCY_ADMIN);
        _;
    }

    function initReserve(address asset, uint8 decimals, address bToken, address debtToken, address interestRate)
        external
        onlyPoolAdmin
    {
        _pool().initReserve(asset, bToken, debtToken, interestRate);
        _setReserve(asset, 48, 8, decimals);
        _setReserve(asset, 56, 1, 1);
        emit ReserveInitialized(asset, bToken, debtToken, interestRate);
    }

    function initNft(address asset, address bNft) external onlyPoolAdmin {
        require(bNft != address(0), BendErrors.INVALID_BNFT);
        _pool().initNft(asset, bNft);
        _setNft(asset, 56, 1, 1);
        emit NftInitialized(asset, bNft);
    }

    function setBorrowingFlagOnReserve(address[] calldata assets, bool flag) external onlyPoolAdmin {
        for (uint256 i = 0; i < assets.length; i++) {
            _setReserve(assets[i], 58, 1, flag ? 1 : 0);
            if (flag) emit BorrowingEnabledOnReserve(assets[i]);
            else emit BorrowingDisabledOnReserve(assets[i]);
        }
    }

    function setActiveFlagOnReserve(address[] calldata assets, bool flag) external onlyPoolAdmin {
        for (uint256 i = 0; i < assets.length; i++) {
            _setReserve(assets[i], 56, 1, flag ? 1 : 0);
            if (flag) emit ReserveActivated(assets[i]);
            else emit ReserveDeactivated(assets[i]);
        }
    }

    function setFreezeFlagOnReserve(address[] calldata assets, bool flag) external onlyPoolAdmin {
        for (uint256 i = 0; i < assets.length; i++) {
            _setReserve(assets[i], 57, 1, flag ? 1 : 0);
            if (flag) emit ReserveFrozen(assets[i]);
            else emit ReserveUnfrozen(assets[i]);
        }
    }

    function setReserveFactor(address[] calldata assets, uint256 factor) external onlyPoolAdmin {
        for (uint256 i = 0; i < assets.length; i++) {
            _setReserve(assets[i], 64, 16, factor);
            emit ReserveFactorChanged(assets[i], factor);
        }
    }

    function setReserveInterestRateAddress(address[] calldata assets, address rateAddress) external onlyPoolAdmin {
        for (uint256 i = 0; i < assets.length; i++) {
            _pool().setReserveInterestRateAddress(assets[i], rateAddress);
            emit ReserveInterestRateChanged(assets[i], rateAddress);
        }
    }

    function setReserveMaxUtilizationRate(address[] calldata assets, uint256 maxUtilRate) external onlyPoolAdmin {
        for (uint256 i = 0; i < assets.length; i++) {
            _pool().setReserveMaxUtilizationRate(assets[i], maxUtilRate);
            emit ReserveMaxUtilizationRateChanged(assets[i], maxUtilRate);
        }
    }

    function setActiveFlagOnNft(address[] calldata assets, bool flag) external onlyPoolAdmin {
        for (uint256 i = 0; i < assets.length; i++) {
            _setNft(assets[i], 56, 1, flag ? 1 : 0);
            if (flag) emit NftActivated(assets[i]);
            else emit NftDeactivated(assets[i]);
        }
    }

    function setFreezeFlagOnNft(address[] calldata assets, bool flag) external onlyPoolAdmin {
        for (uint256 i = 0; i < assets.length; i++) {
            _setNft(assets[i], 57, 1, flag ? 1 : 0);
            if (flag) emit NftFrozen(assets[i]);
            else emit NftUnfrozen(assets[i]);
        }
    }

    /// @notice Percentages of 10000; a bonus of 10000 means that the debt alone bounds the first bid.
    function configureNftAsCollateral(
        address[] calldata assets, uint256 ltv, uint256 liquidationThreshold, uint256 liquidationBonus
    ) external onlyPoolAdmin {
        require(ltv <= liquidationThreshold, BendErrors.INVALID_CONFIGURATION);
        require(liquidationBonus <= (liquidationThreshold == 0 ? 0 : 10_000), BendErrors.INVALID_CONFIGURATION);
        for (uint256 i = 0; i < assets.length; i++) {
            _setNft(assets[i], 0, 16, ltv);
            _setNft(assets[i], 16, 16, liquidationThreshold);
            _setNft(assets[i], 32, 16, liquidationBonus);
            emit NftConfigurationChanged(assets[i], ltv, liquidationThreshold, liquidationBonus);
        }
    }

    /// @notice Durations in hours, the fine in percent of 10000.
    function configureNftAsAuction(
        address[] calldata assets, uint256 redeemDuration, uint256 auctionDuration, uint256 redeemFine
    ) external onlyPoolAdmin {
        require(redeemDuration <= auctionDuration, BendErrors.INVALID_CONFIGURATION);
        for (uint256 i = 0; i < assets.length; i++) {
            _setNft(assets[i], 64, 8, redeemDuration);
            _setNft(assets[i], 72, 8, auctionDuration);
            _setNft(assets[i], 80, 16, redeemFine);
            emit NftAuctionChanged(assets[i], redeemDuration, auctionDuration, redeemFine);
        }
    }

    function setNftRedeemThreshold(address[] calldata assets, uint256 redeemThreshold) external onlyPoolAdmin {
        for (uint256 i = 0; i < assets.length; i++) {
            _setNft(assets[i], 96, 16, redeemThreshold);
            emit NftRedeemThresholdChanged(assets[i], redeemThreshold);
        }
    }

    function setNftMinBidFine(address[] calldata assets, uint256 minBidFine) external onlyPoolAdmin {
        for (uint256 i = 0; i < assets.length; i++) {
            _setNft(assets[i], 112, 16, minBidFine);
            emit NftMinBidFineChanged(assets[i], minBidFine);
        }
    }

    function setNftMaxSupplyAndTokenId(address[] calldata assets, uint256 maxSupply, uint256 maxTokenId)
        external
        onlyPoolAdmin
    {
        for (uint256 i = 0; i < assets.length; i++) {
            _pool().setNftMaxSupplyAndTokenId(assets[i], maxSupply, maxTokenId);
            emit NftMaxSupplyAndTokenIdChanged(assets[i], maxSupply, maxTokenId);
        }
    }

    function setNftMaxCollateralCap(address[] calldata assets, uint256 maxCap) external onlyPoolAdmin {
        for (uint256 i = 0; i < assets.length; i++) {
            _pool().setNftMaxCollateralCap(assets[i], maxCap);
            emit NftMaxCollateralCapChanged(assets[i], maxCap);
        }
    }

    function setPoolPause(bool val) external onlyEmergencyAdmin {
        _pool().setPause(val);
    }

    function setPoolPausedTime(uint256 startTime, uint256 durationTime) external onlyEmergencyAdmin {
        _pool().setPausedTime(startTime, durationTime);
    }

    function _pool() private view returns (IBendConfigurable) {
        return IBendConfigurable(PROVIDER.getLendPool());
    }

    function _setReserve(address asset, uint256 from, uint256 width, uint256 value) private {
        uint256 word = _pool().getReserveConfiguration(asset).data;
        _pool().setReserveConfiguration(asset, word.write(from, width, value));
    }

    function _setNft(address asset, uint256 from, uint256 width, uint256 value) private {
        uint256 word = _pool().getNftConfiguration(asset).data;
        _pool().setNftConfiguration(asset, word.write(from, width, value));
    }
}
