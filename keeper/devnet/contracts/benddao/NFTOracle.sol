// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title Equal to BendDAO v1's NFTOracle without mapped assets: pushed floor prices, averaged over time at each push
contract NFTOracle is Ownable {
    event FeedAdminUpdated(address indexed admin);
    event AssetAdded(address indexed asset);
    event AssetRemoved(address indexed asset);
    event SetAssetData(address indexed asset, uint256 price, uint256 timestamp, uint256 roundId);
    event SetAssetTwapPrice(address indexed asset, uint256 price, uint256 timestamp);
    event SetPriceStale(address indexed asset, bool val);

    struct Round {
        uint256 roundId;
        uint256 price;
        uint256 timestamp;
    }

    struct Feed {
        bool registered;
        Round[] rounds;
    }

    address public priceFeedAdmin;
    mapping(address => Feed) public nftPriceFeedMap;
    address[] public nftPriceFeedKeys;
    uint256 public maxPriceDeviation;
    uint256 public maxPriceDeviationWithTime;
    uint256 public timeIntervalWithPrice;
    uint256 public minUpdateTime;
    mapping(address => bool) public nftPaused;
    uint256 public twapInterval;
    mapping(address => uint256) public twapPriceMap;
    uint8 public decimals;
    uint256 public decimalPrecision;
    mapping(address => bool) public nftPriceStale;

    /// @param deviation Most that a price may move from the last round, 18 digits (0.2e18).
    /// @param deviationWithTime Most that it may move within `interval` seconds (0.1e18 in 1800).
    /// @param minimum Least seconds between rounds of different prices (600).
    /// @param window Seconds over which prices are averaged (21600).
    constructor(
        address admin,
        uint256 deviation,
        uint256 deviationWithTime,
        uint256 interval,
        uint256 minimum,
        uint256 window,
        uint8 decimals_
    ) {
        priceFeedAdmin = admin;
        maxPriceDeviation = deviation;
        maxPriceDeviationWithTime = deviationWithTime;
        timeIntervalWithPrice = interval;
        minUpdateTime = minimum;
        twapInterval = window;
        decimals = decimals_;
        decimalPrecision = 10 ** decimals_;
    }

    modifier onlyAdmin() {
        require(msg.sender == priceFeedAdmin, "NFTOracle: !admin");
        _;
    }

    function setPriceFeedAdmin(address admin) external onlyOwner {
        priceFeedAdmin = admin;
        emit FeedAdminUpdated(admin);
    }

    function setAssets(address[] calldata assets) external onlyOwner {
        for (uint256 i = 0; i < assets.length; i++) _add(assets[i]);
    }

    function addAsset(address asset) external onlyOwner {
        _add(asset);
    }

    function removeAsset(address asset) external onlyOwner {
        _requireKnown(asset);
        delete nftPriceFeedMap[asset];
        uint256 last = nftPriceFeedKeys.length - 1;
        for (uint256 i = 0; i <= last; i++) {
            if (nftPriceFeedKeys[i] == asset) {
                nftPriceFeedKeys[i] = nftPriceFeedKeys[last];
                nftPriceFeedKeys.pop();
                break;
            }
        }
        emit AssetRemoved(asset);
    }

    function setAssetData(address asset, uint256 price) external onlyAdmin {
        require(!nftPaused[asset], "NFTOracle: nft price feed paused");
        _push(asset, price);
    }

    /// @notice Paused assets are passed over; one invalid price reverts them all.
    function setMultipleAssetsData(address[] calldata assets, uint256[] calldata prices) external onlyAdmin {
        require(assets.length == prices.length, "NFTOracle: data length not match");
        for (uint256 i = 0; i < assets.length; i++) {
            if (!nftPaused[assets[i]]) _push(assets[i], prices[i]);
        }
    }

    function setDataValidityParameters(
        uint256 deviation, uint256 deviationWithTime, uint256 interval, uint256 minimum
    ) external onlyOwner {
        maxPriceDeviation = deviation;
        maxPriceDeviationWithTime = deviationWithTime;
        timeIntervalWithPrice = interval;
        minUpdateTime = minimum;
    }

    function setPause(address asset, bool val) external onlyOwner {
        _requireKnown(asset);
        nftPaused[asset] = val;
    }

    function setTwapInterval(uint256 window) external onlyOwner {
        twapInterval = window;
    }

    /// @notice The feeder may only call a price stale; taking it back is the owner's.
    function setPriceStale(address[] calldata assets, bool val) external {
        require(msg.sender == owner() || (val && msg.sender == priceFeedAdmin), "NFTOracle: invalid caller");
        for (uint256 i = 0; i < assets.length; i++) {
            _requireKnown(assets[i]);
            nftPriceStale[assets[i]] = val;
            emit SetPriceStale(assets[i], val);
        }
    }

    function isPriceStale(address asset) external view returns (bool) {
        return nftPriceStale[asset];
    }

    function getDecimals() external view returns (uint8) {
        return decimals;
    }

    /// @notice The average of the last push, however long ago; the last price while there is no average.
    function getAssetPrice(address asset) external view returns (uint256) {
        _requireKnown(asset);
        Round[] storage rounds = nftPriceFeedMap[asset].rounds;
        require(rounds.length > 0, "NFTOracle: no price data");
        uint256 average = twapPriceMap[asset];
        return average == 0 ? rounds[rounds.length - 1].price : average;
    }

    function getLatestTimestamp(address asset) public view returns (uint256) {
        _requireKnown(asset);
        Round[] storage rounds = nftPriceFeedMap[asset].rounds;
        return rounds.length == 0 ? 0 : rounds[rounds.length - 1].timestamp;
    }

    function getPreviousPrice(address asset, uint256 back) external view returns (uint256) {
        return _previous(asset, back).price;
    }

    function getPreviousTimestamp(address asset, uint256 back) external view returns (uint256) {
        return _previous(asset, back).timestamp;
    }

    function getPriceFeedLength(address asset) public view returns (uint256) {
        return nftPriceFeedMap[asset].rounds.length;
    }

    function getLatestRoundId(address asset) external view returns (uint256) {
        Round[] storage rounds = nftPriceFeedMap[asset].rounds;
        return rounds.length == 0 ? 0 : rounds[rounds.length - 1].roundId;
    }

    /// @notice Each price weighs by the time it was the newest inside the window; a push weighs nothing at once.
    function calculateTwapPrice(address asset) public view returns (uint256) {
        _requireKnown(asset);
        require(twapInterval != 0, "NFTOracle: interval can't be 0");
        Round[] storage rounds = nftPriceFeedMap[asset].rounds;
        require(rounds.length > 0, "NFTOracle: Not enough history");
        uint256 i = rounds.length - 1;
        uint256 windowStart = block.timestamp - twapInterval;
        if (rounds[i].timestamp < windowStart || i == 0) return rounds[i].price;

        uint256 until = block.timestamp;
        uint256 weighted = 0;
        while (true) {
            Round storage round = rounds[i];
            if (round.timestamp <= windowStart && i < rounds.length - 1) {
                return (weighted + round.price * (until - windowStart)) / twapInterval;
            }
            weighted += round.price * (until - round.timestamp);
            until = round.timestamp;
            if (i == 0) return weighted / (block.timestamp - until);
            i--;
        }
        return 0;
    }

    function _push(address asset, uint256 price) private {
        _requireKnown(asset);
        require(block.timestamp > getLatestTimestamp(asset), "NFTOracle: incorrect timestamp");
        require(price > 0, "NFTOracle: price can not be 0");
        require(_valid(asset, price), "NFTOracle: invalid price data");
        Round[] storage rounds = nftPriceFeedMap[asset].rounds;
        uint256 roundId = rounds.length;
        rounds.push(Round(roundId, price, block.timestamp));
        uint256 average = calculateTwapPrice(asset);
        twapPriceMap[asset] = average;
        emit SetAssetData(asset, price, block.timestamp, roundId);
        emit SetAssetTwapPrice(asset, average, block.timestamp);
    }

    function _valid(address asset, uint256 price) private view returns (bool) {
        Round[] storage rounds = nftPriceFeedMap[asset].rounds;
        if (rounds.length == 0) return true;
        Round storage last = rounds[rounds.length - 1];
        if (price == last.price) return true;
        uint256 moved = price > last.price ? price - last.price : last.price - price;
        uint256 deviation = (moved * decimalPrecision) / last.price;
        uint256 elapsed = block.timestamp - last.timestamp;
        if (deviation > maxPriceDeviation || elapsed < minUpdateTime) return false;
        return deviation <= maxPriceDeviationWithTime || elapsed >= timeIntervalWithPrice;
    }

    function _previous(address asset, uint256 back) private view returns (Round storage) {
        _requireKnown(asset);
        Round[] storage rounds = nftPriceFeedMap[asset].rounds;
        require(back < rounds.length, "NFTOracle: Not enough history");
        return rounds[rounds.length - back - 1];
    }

    function _add(address asset) private {
        require(!nftPriceFeedMap[asset].registered, "NFTOracle: key existed");
        nftPriceFeedMap[asset].registered = true;
        nftPriceFeedKeys.push(asset);
        emit AssetAdded(asset);
    }

    function _requireKnown(address asset) private view {
        require(nftPriceFeedMap[asset].registered, "NFTOracle: key not existed");
    }
}
