// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ConfigurationMap, LoanData} from "./BendTypes.sol";

/// @notice What the contracts below ask of LendPoolAddressesProvider.
interface IBendProvider {
    function getLendPool() external view returns (address);
    function getLendPoolConfigurator() external view returns (address);
    function getLendPoolLoan() external view returns (address);
    function getPoolAdmin() external view returns (address);
    function getEmergencyAdmin() external view returns (address);
    function getReserveOracle() external view returns (address);
    function getNFTOracle() external view returns (address);
}

/// @notice What LendPool asks of LendPoolLoan.
interface IBendLoan {
    function initNft(address nftAsset, address bNftAddress) external;
    function createLoan(
        address initiator,
        address onBehalfOf,
        address nftAsset,
        uint256 nftTokenId,
        address bNftAddress,
        address reserveAsset,
        uint256 amount,
        uint256 borrowIndex
    ) external returns (uint256);
    function updateLoan(
        address initiator, uint256 loanId, uint256 amountAdded, uint256 amountTaken, uint256 borrowIndex
    ) external;
    function repayLoan(
        address initiator, uint256 loanId, address bNftAddress, uint256 amount, uint256 borrowIndex
    ) external;
    function auctionLoan(
        address initiator,
        uint256 loanId,
        address onBehalfOf,
        uint256 bidPrice,
        uint256 borrowAmount,
        uint256 borrowIndex
    ) external;
    function redeemLoan(address initiator, uint256 loanId, uint256 amountTaken, uint256 borrowIndex) external;
    function liquidateLoan(
        address initiator, uint256 loanId, address bNftAddress, uint256 borrowAmount, uint256 borrowIndex
    ) external;
    function getCollateralLoanId(address nftAsset, uint256 nftTokenId) external view returns (uint256);
    function getLoan(uint256 loanId) external view returns (LoanData memory);
    function getLoanReserveBorrowAmount(uint256 loanId) external view returns (address, uint256);
}

/// @notice What the tokens ask of LendPool.
interface IBendPool {
    function getReserveNormalizedIncome(address asset) external view returns (uint256);
    function getReserveNormalizedVariableDebt(address asset) external view returns (uint256);
}

/// @notice What LendPoolConfigurator asks of LendPool.
interface IBendConfigurable {
    function getReserveConfiguration(address asset) external view returns (ConfigurationMap memory);
    function getNftConfiguration(address asset) external view returns (ConfigurationMap memory);
    function initReserve(address asset, address bToken, address debtToken, address interestRate) external;
    function initNft(address asset, address bNft) external;
    function setReserveConfiguration(address asset, uint256 configuration) external;
    function setNftConfiguration(address asset, uint256 configuration) external;
    function setReserveInterestRateAddress(address asset, address rateAddress) external;
    function setReserveMaxUtilizationRate(address asset, uint256 maxUtilRate) external;
    function setNftMaxSupplyAndTokenId(address asset, uint256 maxSupply, uint256 maxTokenId) external;
    function setNftMaxCollateralCap(address asset, uint256 maxCap) external;
    function setPause(bool val) external;
    function setPausedTime(uint256 startTime, uint256 durationTime) external;
}

/// @notice What LendPool asks of a reserve's two tokens.
interface IBendToken {
    function mint(address user, uint256 amount, uint256 index) external returns (bool);
    function burn(address user, address receiver, uint256 amount, uint256 index) external;
    function mintToTreasury(uint256 amount, uint256 index) external;
    function transferUnderlyingTo(address user, uint256 amount) external returns (uint256);
    function balanceOf(address user) external view returns (uint256);
}

interface IBendDebtToken {
    function mint(address initiator, address onBehalfOf, uint256 amount, uint256 index) external returns (bool);
    function burn(address user, uint256 amount, uint256 index) external;
    function scaledTotalSupply() external view returns (uint256);
}

/// @notice The interest rate strategy of a reserve.
interface IBendRate {
    function calculateInterestRates(
        address reserve,
        address bToken,
        uint256 liquidityAdded,
        uint256 liquidityTaken,
        uint256 totalVariableDebt,
        uint256 reserveFactor
    ) external view returns (uint256, uint256);
}

/// @notice Prices of reserves and of collections, in wei of ETH.
interface IBendOracle {
    function getAssetPrice(address asset) external view returns (uint256);
    function isPriceStale(address asset) external view returns (bool);
}

/// @notice The bound NFT that stands for a collateral.
interface IBoundNft {
    function mint(address to, uint256 tokenId) external;
    function burn(uint256 tokenId) external;
    function totalSupply() external view returns (uint256);
}
