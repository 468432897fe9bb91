// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Equal to BendDAO v1's DataTypes.LoanState.
enum LoanState {
    None,
    Created,
    Active,
    Auction,
    Repaid,
    Defaulted
}

/// @notice Equal to ReserveConfigurationMap and NftConfigurationMap: one word of fields.
struct ConfigurationMap {
    uint256 data;
}

/// @notice Equal to DataTypes.ReserveData, field by field.
struct ReserveData {
    ConfigurationMap configuration;
    uint128 liquidityIndex;
    uint128 variableBorrowIndex;
    uint128 currentLiquidityRate;
    uint128 currentVariableBorrowRate;
    uint40 lastUpdateTimestamp;
    address bTokenAddress;
    address debtTokenAddress;
    address interestRateAddress;
    uint8 id;
    uint256 maxUtilizationRate;
}

/// @notice Equal to DataTypes.NftData, field by field.
struct NftData {
    ConfigurationMap configuration;
    address bNftAddress;
    uint8 id;
    uint256 maxSupply;
    uint256 maxTokenId;
    uint256 maxCollateralCap;
}

/// @notice Equal to DataTypes.LoanData, field by field.
struct LoanData {
    uint256 loanId;
    LoanState state;
    address borrower;
    address nftAsset;
    uint256 nftTokenId;
    address reserveAsset;
    uint256 scaledAmount;
    uint256 bidStartTimestamp;
    address bidderAddress;
    uint256 bidPrice;
    uint256 bidBorrowAmount;
    address firstBidderAddress;
}
