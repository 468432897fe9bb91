"""The parts of ParaSpace's ABI that are read, followed or called."""

from keeper.chain.codec import Event, Function

COLLATERAL_ENABLED = Event.parse("ReserveUsedAsCollateralEnabled(address indexed reserve, address indexed user)")
COLLATERAL_DISABLED = Event.parse("ReserveUsedAsCollateralDisabled(address indexed reserve, address indexed user)")
LIQUIDATE_ERC20 = Event.parse(
    "LiquidateERC20(address indexed collateralAsset, address indexed liquidationAsset, address indexed borrower, "
    "uint256 liquidationAmount, uint256 liquidatedCollateralAmount, address liquidator, bool receivePToken)"
)
LIQUIDATE_ERC721 = Event.parse(
    "LiquidateERC721(address indexed collateralAsset, address indexed liquidationAsset, address indexed borrower, "
    "uint256 liquidationAmount, uint256 liquidatedCollateralTokenId, address liquidator, bool receiveNToken)"
)
AUCTION_STARTED = Event.parse(
    "AuctionStarted(address indexed user, address indexed collateralAsset, uint256 indexed collateralTokenId)"
)
AUCTION_ENDED = Event.parse(
    "AuctionEnded(address indexed user, address indexed collateralAsset, uint256 indexed collateralTokenId)"
)
RESERVE_DATA_UPDATED = Event.parse(
    "ReserveDataUpdated(address indexed reserve, uint256 liquidityRate, uint256 variableBorrowRate, "
    "uint256 liquidityIndex, uint256 variableBorrowIndex)"
)

NFT_TRANSFER = Event.parse("Transfer(address indexed from, address indexed to, uint256 indexed tokenId)")
TRAIT_MULTIPLIER_SET = Event.parse(
    "TraitMultiplierSet(address indexed owner, uint256 indexed tokenId, uint256 multiplier)"
)
AVG_MULTIPLIER_UPDATED = Event.parse("AvgMultiplierUpdated(address indexed owner, uint256 avgMultiplier)")
TOKEN_TRANSFER = Event.parse("Transfer(address indexed from, address indexed to, uint256 value)")
MINT = Event.parse(
    "Mint(address indexed caller, address indexed onBehalfOf, uint256 value, uint256 balanceIncrease, uint256 index)"
)
BURN = Event.parse(
    "Burn(address indexed from, address indexed target, uint256 value, uint256 balanceIncrease, uint256 index)"
)

RESERVE_CHANGES = [
    Event.parse(text)
    for text in (
        "ReserveInitialized(address indexed asset, address indexed xToken, address debtToken, address rateStrategy)",
        "CollateralConfigurationChanged(address indexed asset, uint256 ltv, uint256 threshold, uint256 bonus)",
        "ReserveActive(address indexed asset, bool active)",
        "ReservePaused(address indexed asset, bool paused)",
        "ReserveFrozen(address indexed asset, bool frozen)",
        "ReserveDropped(address indexed asset)",
        "LiquidationProtocolFeeChanged(address indexed asset, uint256 oldFee, uint256 newFee)",
        "ReserveAuctionStrategyChanged(address indexed asset, address oldStrategy, address newStrategy)",
    )
]
SOURCE_CHANGES = [
    Event.parse(text)
    for text in (
        "AssetSourceUpdated(address indexed asset, address indexed source)",
        "FallbackOracleUpdated(address indexed fallbackOracle)",
    )
]
PROVIDER_CHANGES = [
    Event.parse(text)
    for text in (
        "PriceOracleUpdated(address indexed oldAddress, address indexed newAddress)",
        "PriceOracleSentinelUpdated(address indexed oldAddress, address indexed newAddress)",
        "PoolConfiguratorUpdated(address indexed oldAddress, address indexed newAddress)",
        "WETHUpdated(address indexed oldAddress, address indexed newAddress)",
        "AddressSet(bytes32 indexed id, address indexed oldAddress, address indexed newAddress)",
    )
]

ASSET_DATA_SET = Event.parse("AssetDataSet(address indexed asset, uint256 twap, uint256 lastUpdatedBlock)")
ORACLE_CONFIG_SET = Event.parse("OracleConfigSet(uint128 expirationPeriod, uint128 maxPriceDeviation)")
ASSET_REMOVED = Event.parse("AssetRemoved(address indexed asset)")
ANSWER_UPDATED = Event.parse("AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt)")
AGGREGATOR_CONFIRMED = Event.parse("AggregatorConfirmed(address indexed previous, address indexed latest)")

GET_POOL = Function.parse("getPool() returns (address)")
GET_CONFIGURATOR = Function.parse("getPoolConfigurator() returns (address)")
GET_PRICE_ORACLE = Function.parse("getPriceOracle() returns (address)")
GET_SENTINEL = Function.parse("getPriceOracleSentinel() returns (address)")
GET_WETH = Function.parse("getWETH() returns (address)")

GET_RESERVES_LIST = Function.parse("getReservesList() returns (address[])")
GET_RESERVE_DATA = Function.parse(
    "getReserveData(address) returns (uint256 configuration, uint128 liquidityIndex, uint128 currentLiquidityRate, "
    "uint128 variableBorrowIndex, uint128 currentVariableBorrowRate, uint40 lastUpdateTimestamp, uint16 id, "
    "address xToken, address debtToken, address rateStrategy, address auctionStrategy)"
)
RECOVERY = Function.parse("AUCTION_RECOVERY_HEALTH_FACTOR() returns (uint64)")
GET_AUCTION_DATA = Function.parse(
    "getAuctionData(address ntokenAsset, uint256 tokenId) returns (address asset, uint256 tokenId, uint256 startTime, "
    "uint256 currentPriceMultiplier, uint256 maxPriceMultiplier, uint256 minExpPriceMultiplier, "
    "uint256 minPriceMultiplier, uint256 stepLinear, uint256 stepExp, uint256 tickLength)"
)
MULTIPLIER_AT = Function.parse("calculateAuctionPriceMultiplier(uint256 start, uint256 now) returns (uint256)")
CURVE_GETTERS = [
    Function.parse(f"{name}() returns (uint256)")
    for name in (
        "getMaxPriceMultiplier",
        "getMinExpPriceMultiplier",
        "getMinPriceMultiplier",
        "getStepLinear",
        "getStepExp",
        "getTickLength",
    )
]

GET_XTOKEN_TYPE = Function.parse("getXTokenType() returns (uint8)")
IS_USED_AS_COLLATERAL = Function.parse("isUsedAsCollateral(uint256) returns (bool)")
GET_TRAIT_MULTIPLIER = Function.parse("getTraitMultiplier(uint256) returns (uint256)")
AVG_MULTIPLIER_OF = Function.parse("avgMultiplierOf(address) returns (uint256)")
IS_AUCTIONED = Function.parse("isAuctioned(uint256) returns (bool)")

BASE_CURRENCY = Function.parse("BASE_CURRENCY() returns (address)")
GET_ASSET_PRICE = Function.parse("getAssetPrice(address) returns (uint256)")
GET_SOURCE = Function.parse("getSourceOfAsset(address) returns (address)")
AGGREGATOR = Function.parse("aggregator() returns (address)")
FLOOR_PRICE = Function.parse(
    "assetPriceMap(address) returns (uint256 twap, uint256 updatedAt, uint256 updatedTimestamp)"
)
FLOOR_CONFIG = Function.parse("config() returns (uint128 expirationPeriod, uint128 maxPriceDeviation)")
SET_EMERGENCY_PRICE = Function.parse("setEmergencyPrice(address asset, uint256 twap)")
SET_MULTIPLE_PRICES = Function.parse("setMultiplePrices(address[] assets, uint256[] twaps)")

START_AUCTION = Function.parse("startAuction(address user, address collateralAsset, uint256 collateralTokenId)")
LIQUIDATE_NFT = Function.parse(
    "liquidateERC721(address collateralAsset, address user, uint256 collateralTokenId, uint256 maxLiquidationAmount, "
    "bool receiveNToken)"
)
LIQUIDATE_TOKENS = Function.parse(
    "liquidateERC20(address collateralAsset, address liquidationAsset, address user, uint256 liquidationAmount, "
    "bool receivePToken)"
)
