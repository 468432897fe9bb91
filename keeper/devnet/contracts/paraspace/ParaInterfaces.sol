// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {
    Auction,
    CalculateInterestRatesParams,
    ERC721SupplyParams,
    ReserveConfigurationMap,
    UserConfigurationMap
} from "./ParaTypes.sol";

/// @notice What the contracts below ask of PoolAddressesProvider.
interface IParaProvider {
    function getPool() external view returns (address);
    function getPoolConfigurator() external view returns (address);
    function getPriceOracle() external view returns (address);
    function getPriceOracleSentinel() external view returns (address);
    function getACLManager() external view returns (address);
    function getWETH() external view returns (address);
}

/// @notice Who may do what.
interface IParaAcl {
    function isPoolAdmin(address admin) external view returns (bool);
    function isAssetListingAdmin(address admin) external view returns (bool);
}

/// @notice What tokens ask of the Pool.
interface IParaPool {
    function ADDRESSES_PROVIDER() external view returns (address);
    function getReserveNormalizedIncome(address asset) external view returns (uint256);
    function getReserveNormalizedVariableDebt(address asset) external view returns (uint256);
    function getUserConfiguration(address user) external view returns (UserConfigurationMap memory);
    function finalizeTransferERC721(
        address asset, uint256 tokenId, address from, address to, bool usedAsCollateral, uint256 balanceFromBefore
    ) external;
}

/// @notice What PoolConfigurator asks of the Pool.
interface IParaConfigurable {
    function getConfiguration(address asset) external view returns (ReserveConfigurationMap memory);
    function setConfiguration(address asset, ReserveConfigurationMap calldata configuration) external;
    function initReserve(
        address asset, address xToken, address variableDebtToken, address rateStrategy, address auctionStrategy
    ) external;
    function getReserveAuctionStrategy(address asset) external view returns (address);
    function setReserveAuctionStrategyAddress(address asset, address strategy) external;
    function setReserveInterestRateStrategyAddress(address asset, address strategy) external;
    function setAuctionRecoveryHealthFactor(uint64 value) external;
}

/// @notice A reserve's scaled balances.
interface IParaScaled {
    function scaledBalanceOf(address user) external view returns (uint256);
    function scaledTotalSupply() external view returns (uint256);
    function getPreviousIndex(address user) external view returns (uint256);
    function balanceOf(address user) external view returns (uint256);
}

interface IParaPToken is IParaScaled {
    function mint(address caller, address onBehalfOf, uint256 amount, uint256 index) external returns (bool);
    function burn(address from, address receiver, uint256 amount, uint256 index) external;
    function transferUnderlyingTo(address target, uint256 amount) external;
    function transferOnLiquidation(address from, address to, uint256 amount) external;
    function RESERVE_TREASURY_ADDRESS() external view returns (address);
}

interface IParaDebtToken is IParaScaled {
    function mint(address user, address onBehalfOf, uint256 amount, uint256 index) external returns (bool, uint256);
    function burn(address from, uint256 amount, uint256 index) external returns (uint256);
}

interface IParaNToken {
    function UNDERLYING_ASSET_ADDRESS() external view returns (address);
    function ownerOf(uint256 tokenId) external view returns (address);
    function mint(address onBehalfOf, ERC721SupplyParams[] calldata tokenData) external returns (uint64, uint64);
    function burn(address from, address receiver, uint256[] calldata tokenIds) external returns (uint64, uint64);
    function transferOnLiquidation(address from, address to, uint256 tokenId) external;
    function batchSetIsUsedAsCollateral(uint256[] calldata tokenIds, bool useAsCollateral, address sender)
        external
        returns (uint256, uint256);
    function collateralizedBalanceOf(address account) external view returns (uint256);
    function isUsedAsCollateral(uint256 tokenId) external view returns (bool);
    function avgMultiplierOf(address user) external view returns (uint256);
    function getTraitMultiplier(uint256 tokenId) external view returns (uint256);
    function isAuctioned(uint256 tokenId) external view returns (bool);
    function getAuctionData(uint256 tokenId) external view returns (Auction memory);
    function startAuction(uint256 tokenId) external;
    function endAuction(uint256 tokenId) external;
}

interface IParaAuctionStrategy {
    function getMaxPriceMultiplier() external view returns (uint256);
    function getMinExpPriceMultiplier() external view returns (uint256);
    function getMinPriceMultiplier() external view returns (uint256);
    function getStepLinear() external view returns (uint256);
    function getStepExp() external view returns (uint256);
    function getTickLength() external view returns (uint256);
    function calculateAuctionPriceMultiplier(uint256 start, uint256 now_) external view returns (uint256);
}

interface IParaRateStrategy {
    function calculateInterestRates(CalculateInterestRatesParams calldata params)
        external
        view
        returns (uint256, uint256);
}

interface IParaOracle {
    function getAssetPrice(address asset) external view returns (uint256);
}

/// @notice On second layers: whether the sequencer is up.
interface IParaSentinel {
    function isBorrowAllowed() external view returns (bool);
    function isLiquidationAllowed() external view returns (bool);
}

interface IWeth {
    function deposit() external payable;
}
