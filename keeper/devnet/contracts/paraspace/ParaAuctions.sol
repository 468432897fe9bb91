// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedMath} from "../math/FixedMath.sol";
import {ParaConfig} from "./ParaConfig.sol";
import {ParaErrors} from "./ParaErrors.sol";
import {IParaAuctionStrategy, IParaNToken} from "./ParaInterfaces.sol";
import {ParaPoolBase} from "./ParaPoolBase.sol";
import {AuctionData, ReserveConfigurationMap, ReserveData} from "./ParaTypes.sol";

/// @title Starting and ending Dutch auctions, equal to ParaSpace's AuctionLogic and setAuctionValidityTime
abstract contract ParaAuctions is ParaPoolBase {
    using ParaConfig for ReserveConfigurationMap;

    event AuctionStarted(
        address indexed user, address indexed collateralAsset, uint256 indexed collateralTokenId
    );
    event AuctionEnded(address indexed user, address indexed collateralAsset, uint256 indexed collateralTokenId);

    function startAuction(address user, address collateralAsset, uint256 collateralTokenId) external nonReentrant {
        (ReserveData storage reserve, uint256 health) = _owned(user, collateralAsset, collateralTokenId);
        ParaErrors.check(reserve.auctionStrategyAddress != address(0), ParaErrors.AUCTION_NOT_ENABLED);
        ParaErrors.check(!_isAuctioned(reserve.xTokenAddress, collateralTokenId), ParaErrors.AUCTION_ALREADY_STARTED);
        ParaErrors.check(health < FixedMath.WAD, ParaErrors.ERC721_HEALTH_FACTOR_NOT_BELOW);
        _requireCollateral(user, reserve, collateralTokenId);
        IParaNToken(reserve.xTokenAddress).startAuction(collateralTokenId);
        emit AuctionStarted(user, collateralAsset, collateralTokenId);
    }

    function endAuction(address user, address collateralAsset, uint256 collateralTokenId) external nonReentrant {
        (ReserveData storage reserve, uint256 health) = _owned(user, collateralAsset, collateralTokenId);
        ParaErrors.check(_isAuctioned(reserve.xTokenAddress, collateralTokenId), ParaErrors.AUCTION_NOT_STARTED);
        ParaErrors.check(health >= _auctionRecoveryHealthFactor, ParaErrors.ERC721_HEALTH_FACTOR_NOT_ABOVE);
        IParaNToken(reserve.xTokenAddress).endAuction(collateralTokenId);
        emit AuctionEnded(user, collateralAsset, collateralTokenId);
    }

    /// @notice Makes all auctions that a recovered user has so far invalid at once.
    function setAuctionValidityTime(address user) external nonReentrant {
        ParaErrors.check(user != address(0), ParaErrors.ZERO_ADDRESS);
        ParaErrors.check(
            _account(user).erc721HealthFactor >= _auctionRecoveryHealthFactor,
            ParaErrors.ERC721_HEALTH_FACTOR_NOT_ABOVE
        );
        _users[user].auctionValidityTime = block.timestamp;
    }

    function getAuctionData(address ntokenAsset, uint256 tokenId) external view returns (AuctionData memory data) {
        address asset = IParaNToken(ntokenAsset).UNDERLYING_ASSET_ADDRESS();
        ReserveData storage reserve = _reserves[asset];
        ParaErrors.check(reserve.id != 0 || _reservesList[0] == asset, ParaErrors.ASSET_NOT_LISTED);
        if (reserve.auctionStrategyAddress == address(0)) return data;
        IParaAuctionStrategy strategy = IParaAuctionStrategy(reserve.auctionStrategyAddress);
        data.asset = asset;
        data.tokenId = tokenId;
        data.startTime = IParaNToken(ntokenAsset).getAuctionData(tokenId).startTime;
        data.currentPriceMultiplier = strategy.calculateAuctionPriceMultiplier(data.startTime, block.timestamp);
        data.maxPriceMultiplier = strategy.getMaxPriceMultiplier();
        data.minExpPriceMultiplier = strategy.getMinExpPriceMultiplier();
        data.minPriceMultiplier = strategy.getMinPriceMultiplier();
        data.stepLinear = strategy.getStepLinear();
        data.stepExp = strategy.getStepExp();
        data.tickLength = strategy.getTickLength();
    }

    /// @notice What starting and ending have in common, in the original's order of checks.
    function _owned(address user, address asset, uint256 tokenId)
        private
        view
        returns (ReserveData storage reserve, uint256 health)
    {
        reserve = _reserves[asset];
        health = _account(user).erc721HealthFactor;
        ParaErrors.check(reserve.configuration.isNft(), ParaErrors.INVALID_ASSET_TYPE);
        ParaErrors.check(
            IParaNToken(reserve.xTokenAddress).ownerOf(tokenId) == user, ParaErrors.NOT_THE_OWNER
        );
        _requireRunning(reserve);
    }

    function _requireCollateral(address user, ReserveData storage reserve, uint256 tokenId) internal view {
        ParaErrors.check(
            reserve.configuration.liquidationThreshold() != 0 && _isCollateral(user, reserve.id)
                && IParaNToken(reserve.xTokenAddress).isUsedAsCollateral(tokenId),
            ParaErrors.COLLATERAL_NOT_ENABLED
        );
    }
}
