// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Equal to ParaSpace's DataTypes.ReserveConfigurationMap: one word of fields.
struct ReserveConfigurationMap {
    uint256 data;
}

/// @notice Equal to DataTypes.UserConfigurationMap: two bits per reserve, borrowing and then collateral.
struct UserConfigurationMap {
    uint256 data;
    uint256 auctionValidityTime;
}

/// @notice Equal to DataTypes.ReserveData, field by field.
struct ReserveData {
    ReserveConfigurationMap configuration;
    uint128 liquidityIndex;
    uint128 currentLiquidityRate;
    uint128 variableBorrowIndex;
    uint128 currentVariableBorrowRate;
    uint40 lastUpdateTimestamp;
    uint16 id;
    address xTokenAddress;
    address variableDebtTokenAddress;
    address interestRateStrategyAddress;
    address auctionStrategyAddress;
    uint128 accruedToTreasury;
    address timeLockStrategyAddress;
    uint128 unbacked;
}

/// @notice Equal to DataTypes.ERC721SupplyParams.
struct ERC721SupplyParams {
    uint256 tokenId;
    bool useAsCollateral;
}

/// @notice Equal to DataTypes.Auction.
struct Auction {
    uint256 startTime;
}

/// @notice Equal to DataTypes.AuctionData, field by field.
struct AuctionData {
    address asset;
    uint256 tokenId;
    uint256 startTime;
    uint256 currentPriceMultiplier;
    uint256 maxPriceMultiplier;
    uint256 minExpPriceMultiplier;
    uint256 minPriceMultiplier;
    uint256 stepLinear;
    uint256 stepExp;
    uint256 tickLength;
}

/// @notice Equal to DataTypes.CalculateInterestRatesParams, field by field.
struct CalculateInterestRatesParams {
    uint256 liquidityAdded;
    uint256 liquidityTaken;
    uint256 totalVariableDebt;
    uint256 reserveFactor;
    address reserve;
    address xToken;
}
