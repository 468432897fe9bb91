"""The parts of BendDAO v1's ABI that are read, followed or called."""

from keeper.chain.codec import Event, Function

LOAN_CREATED = Event.parse(
    "LoanCreated(address indexed user, address indexed onBehalfOf, uint256 indexed loanId, address nftAsset, "
    "uint256 nftTokenId, address reserveAsset, uint256 amount, uint256 borrowIndex)"
)
LOAN_UPDATED = Event.parse(
    "LoanUpdated(address indexed user, uint256 indexed loanId, address nftAsset, uint256 nftTokenId, "
    "address reserveAsset, uint256 amountAdded, uint256 amountTaken, uint256 borrowIndex)"
)
LOAN_REPAID = Event.parse(
    "LoanRepaid(address indexed user, uint256 indexed loanId, address nftAsset, uint256 nftTokenId, "
    "address reserveAsset, uint256 amount, uint256 borrowIndex)"
)
LOAN_AUCTIONED = Event.parse(
    "LoanAuctioned(address indexed user, uint256 indexed loanId, address nftAsset, uint256 nftTokenId, uint256 amount, "
    "uint256 borrowIndex, address bidder, uint256 price, address previousBidder, uint256 previousPrice)"
)
LOAN_REDEEMED = Event.parse(
    "LoanRedeemed(address indexed user, uint256 indexed loanId, address nftAsset, uint256 nftTokenId, "
    "address reserveAsset, uint256 amountTaken, uint256 borrowIndex)"
)
LOAN_LIQUIDATED = Event.parse(
    "LoanLiquidated(address indexed user, uint256 indexed loanId, address nftAsset, uint256 nftTokenId, "
    "address reserveAsset, uint256 amount, uint256 borrowIndex)"
)
REDEEM = Event.parse(
    "Redeem(address user, address indexed reserve, uint256 borrowAmount, uint256 fineAmount, address indexed nftAsset, "
    "uint256 nftTokenId, address indexed borrower, uint256 loanId)"
)
RESERVE_DATA_UPDATED = Event.parse(
    "ReserveDataUpdated(address indexed reserve, uint256 liquidityRate, uint256 variableBorrowRate, "
    "uint256 liquidityIndex, uint256 variableBorrowIndex)"
)
PAUSED = Event.parse("Paused()")
UNPAUSED = Event.parse("Unpaused()")
PAUSED_TIME_UPDATED = Event.parse("PausedTimeUpdated(uint256 startTime, uint256 durationTime)")

SET_ASSET_DATA = Event.parse("SetAssetData(address indexed asset, uint256 price, uint256 timestamp, uint256 roundId)")
SET_ASSET_TWAP_PRICE = Event.parse("SetAssetTwapPrice(address indexed asset, uint256 price, uint256 timestamp)")
ORACLE_ASSET_CHANGES = [
    Event.parse(text)
    for text in (
        "AssetAdded(address indexed asset)",
        "AssetRemoved(address indexed asset)",
    )
]
MAPPING_CHANGES = [
    Event.parse(text)
    for text in (
        "AssetMappingAdded(address indexed mappedAsset, address indexed originAsset)",
        "AssetMappingRemoved(address indexed mappedAsset, address indexed originAsset)",
    )
]
FEED_ADMIN_UPDATED = Event.parse("FeedAdminUpdated(address indexed admin)")

AGGREGATOR_CHANGES = [
    Event.parse(text)
    for text in (
        "AggregatorAdded(address currencyKey, address aggregator)",
        "AggregatorRemoved(address currencyKey, address aggregator)",
    )
]
ANSWER_UPDATED = Event.parse("AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt)")
AGGREGATOR_CONFIRMED = Event.parse("AggregatorConfirmed(address indexed previous, address indexed latest)")

NFT_CHANGES = [
    Event.parse(text)
    for text in (
        "NftInitialized(address indexed asset, address indexed bNft)",
        "NftConfigurationChanged(address indexed asset, uint256 ltv, uint256 threshold, uint256 bonus)",
        "NftAuctionChanged(address indexed asset, uint256 redeemDuration, uint256 auctionDuration, uint256 redeemFine)",
        "NftRedeemThresholdChanged(address indexed asset, uint256 redeemThreshold)",
        "NftMinBidFineChanged(address indexed asset, uint256 minBidFine)",
        "NftActivated(address indexed asset)",
        "NftDeactivated(address indexed asset)",
    )
]
RESERVE_CHANGES = [
    Event.parse(text)
    for text in (
        "ReserveInitialized(address indexed asset, address indexed bToken, address debtToken, address interestRateAddress)",
        "ReserveActivated(address indexed asset)",
        "ReserveDeactivated(address indexed asset)",
    )
]
PROVIDER_CHANGES = [
    Event.parse(text)
    for text in (
        "NftOracleUpdated(address indexed newAddress)",
        "ReserveOracleUpdated(address indexed newAddress)",
        "AddressSet(bytes32 id, address indexed newAddress, bool hasProxy, bytes encodedCallData)",
    )
]

GET_LEND_POOL = Function.parse("getLendPool() returns (address)")
GET_LEND_POOL_LOAN = Function.parse("getLendPoolLoan() returns (address)")
GET_NFT_ORACLE = Function.parse("getNFTOracle() returns (address)")
GET_RESERVE_ORACLE = Function.parse("getReserveOracle() returns (address)")
GET_CONFIGURATOR = Function.parse("getLendPoolConfigurator() returns (address)")

GET_NFTS_LIST = Function.parse("getNftsList() returns (address[])")
GET_RESERVES_LIST = Function.parse("getReservesList() returns (address[])")
GET_NFT_CONFIGURATION = Function.parse("getNftConfiguration(address) returns (uint256)")
GET_RESERVE_DATA = Function.parse(
    "getReserveData(address) returns (uint256 configuration, uint128 liquidityIndex, uint128 variableBorrowIndex, "
    "uint128 currentLiquidityRate, uint128 currentVariableBorrowRate, uint40 lastUpdateTimestamp)"
)
IS_PAUSED = Function.parse("paused() returns (bool)")
GET_PAUSED_TIME = Function.parse("getPausedTime() returns (uint256 start, uint256 duration)")
GET_LOAN_HIGHEST_BID = Function.parse("getLoanHighestBid(uint256) returns (address bidder, uint256 price)")

GET_ASSET_PRICE = Function.parse("getAssetPrice(address) returns (uint256)")
GET_PRICE_FEED_LENGTH = Function.parse("getPriceFeedLength(address) returns (uint256)")
GET_LATEST_ROUND_ID = Function.parse("getLatestRoundId(address) returns (uint256)")
GET_PREVIOUS_PRICE = Function.parse("getPreviousPrice(address,uint256) returns (uint256)")
GET_PREVIOUS_TIMESTAMP = Function.parse("getPreviousTimestamp(address,uint256) returns (uint256)")
GET_ASSET_MAPPING = Function.parse("getAssetMapping(address) returns (address[])")
NFT_PAUSED = Function.parse("nftPaused(address) returns (bool)")
PRICE_FEED_ADMIN = Function.parse("priceFeedAdmin() returns (address)")
TWAP_INTERVAL = Function.parse("twapInterval() returns (uint256)")
MAX_PRICE_DEVIATION = Function.parse("maxPriceDeviation() returns (uint256)")
MAX_PRICE_DEVIATION_WITH_TIME = Function.parse("maxPriceDeviationWithTime() returns (uint256)")
TIME_INTERVAL_WITH_PRICE = Function.parse("timeIntervalWithPrice() returns (uint256)")
MIN_UPDATE_TIME = Function.parse("minUpdateTime() returns (uint256)")
DECIMAL_PRECISION = Function.parse("decimalPrecision() returns (uint256)")
SET_ONE = Function.parse("setAssetData(address asset, uint256 price)")
SET_MANY = Function.parse("setMultipleAssetsData(address[] assets, uint256[] prices)")

RESERVE_ORACLE_WETH = Function.parse("weth() returns (address)")
GET_AGGREGATOR = Function.parse("getAggregator(address) returns (address)")
AGGREGATOR = Function.parse("aggregator() returns (address)")
DECIMALS = Function.parse("decimals() returns (uint8)")
LATEST_ROUND_DATA = Function.parse(
    "latestRoundData() returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn)"
)

AUCTION = Function.parse("auction(address nftAsset, uint256 nftTokenId, uint256 bidPrice, address onBehalfOf)")
LIQUIDATE = Function.parse("liquidate(address nftAsset, uint256 nftTokenId, uint256 amount) returns (uint256)")
