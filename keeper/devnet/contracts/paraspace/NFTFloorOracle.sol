// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

/// @title Equal to ParaSpace's NFTFloorOracle: the median of at least three feeders, good for a number of blocks
contract NFTFloorOracle is AccessControl {
    event AssetAdded(address indexed asset);
    event AssetRemoved(address indexed asset);
    event AssetPaused(address indexed asset, bool paused);
    event FeederAdded(address indexed feeder);
    event FeederRemoved(address indexed feeder);
    event OracleConfigSet(uint128 expirationPeriod, uint128 maxPriceDeviation);
    event AssetDataSet(address indexed asset, uint256 twap, uint256 lastUpdatedBlock);

    /// @notice Blocks, and how many times (in percent) a price may differ from the last.
    struct OracleConfig {
        uint128 expirationPeriod;
        uint128 maxPriceDeviation;
    }

    struct PriceInformation {
        uint256 twap;
        uint256 updatedAt;
        uint256 updatedTimestamp;
    }

    struct Registration {
        bool registered;
        bool paused;
        mapping(address => PriceInformation) byFeeder;
    }

    bytes32 public constant UPDATER_ROLE = keccak256("UPDATER_ROLE");
    uint256 private constant MIN_FEEDERS = 3;

    mapping(address => PriceInformation) public assetPriceMap;
    address[] public feeders;
    address[] public assets;
    mapping(address => bool) private _feeds;
    mapping(address => Registration) private _registrations;
    OracleConfig public config;

    constructor(address admin, address[] memory feeders_, address[] memory assets_) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(UPDATER_ROLE, admin);
        for (uint256 i = 0; i < assets_.length; i++) _addAsset(assets_[i]);
        for (uint256 i = 0; i < feeders_.length; i++) _addFeeder(feeders_[i]);
        _setConfig(1800, 300);
    }

    function addAssets(address[] calldata added) external onlyRole(DEFAULT_ADMIN_ROLE) {
        for (uint256 i = 0; i < added.length; i++) _addAsset(added[i]);
    }

    function addFeeders(address[] calldata added) external onlyRole(DEFAULT_ADMIN_ROLE) {
        for (uint256 i = 0; i < added.length; i++) _addFeeder(added[i]);
    }

    function removeFeeders(address[] calldata removed) external onlyRole(DEFAULT_ADMIN_ROLE) {
        for (uint256 i = 0; i < removed.length; i++) _removeFeeder(removed[i]);
    }

    function setConfig(uint128 expirationPeriod, uint128 maxPriceDeviation) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setConfig(expirationPeriod, maxPriceDeviation);
    }

    function setPause(address asset, bool paused) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _requireKnown(asset);
        _registrations[asset].paused = paused;
        emit AssetPaused(asset, paused);
    }

    function setEmergencyPrice(address asset, uint256 twap) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _requireKnown(asset);
        _store(asset, twap);
    }

    function setMultiplePrices(address[] calldata assets_, uint256[] calldata twaps) external onlyRole(UPDATER_ROLE) {
        require(_feeds[msg.sender], "NFTOracle: feeder not existed");
        require(assets_.length == twaps.length, "NFTOracle: Tokens and price length differ");
        for (uint256 i = 0; i < assets_.length; i++) _setPrice(assets_[i], twaps[i]);
    }

    /// @notice Reverts once the price is older than the expiration period, counted in blocks.
    function getPrice(address asset) external view returns (uint256) {
        PriceInformation storage info = assetPriceMap[asset];
        require(info.updatedAt != 0, "NFTOracle: asset price not ready");
        require(block.number - info.updatedAt <= config.expirationPeriod, "NFTOracle: asset price expired");
        return info.twap;
    }

    function getLastUpdateTime(address asset) external view returns (uint256) {
        return assetPriceMap[asset].updatedTimestamp;
    }

    function getFeederSize() external view returns (uint256) {
        return feeders.length;
    }

    function _setPrice(address asset, uint256 twap) private {
        _requireKnown(asset);
        Registration storage registration = _registrations[asset];
        require(!registration.paused, "NFTOracle: nft price feed paused");
        require(twap > 0, "NFTOracle: price should be more than 0");
        uint256 last = assetPriceMap[asset].updatedAt == 0 ? 0 : assetPriceMap[asset].twap;
        if (last != 0) {
            uint256 ratio = twap > last ? (twap * 100) / last : (last * 100) / twap;
            require(ratio < config.maxPriceDeviation, "NFTOracle: invalid price data");
        }
        registration.byFeeder[msg.sender].twap = twap;
        registration.byFeeder[msg.sender].updatedAt = block.number;
        if (assetPriceMap[asset].twap == 0) {
            _store(asset, twap);
            return;
        }
        (uint256 count, uint256 median) = _median(registration);
        if (count >= MIN_FEEDERS) _store(asset, median);
    }

    /// @notice The upper one of the two in the middle where feeders are even.
    function _median(Registration storage registration) private view returns (uint256 count, uint256 median) {
        uint256[] memory sorted = new uint256[](feeders.length);
        for (uint256 i = 0; i < feeders.length; i++) {
            PriceInformation storage info = registration.byFeeder[feeders[i]];
            if (info.updatedAt == 0 || block.number - info.updatedAt > config.expirationPeriod) continue;
            uint256 at = count++;
            for (; at > 0 && sorted[at - 1] > info.twap; at--) sorted[at] = sorted[at - 1];
            sorted[at] = info.twap;
        }
        if (count > 0) median = sorted[count / 2];
    }

    function _store(address asset, uint256 twap) private {
        assetPriceMap[asset] = PriceInformation(twap, block.number, block.timestamp);
        emit AssetDataSet(asset, twap, block.number);
    }

    function _addAsset(address asset) private {
        require(!_registrations[asset].registered, "NFTOracle: asset existed");
        _registrations[asset].registered = true;
        assets.push(asset);
        emit AssetAdded(asset);
    }

    function _addFeeder(address feeder) private {
        require(!_feeds[feeder], "NFTOracle: feeder existed");
        _feeds[feeder] = true;
        feeders.push(feeder);
        _grantRole(UPDATER_ROLE, feeder);
        emit FeederAdded(feeder);
    }

    function _removeFeeder(address feeder) private {
        require(_feeds[feeder], "NFTOracle: feeder not existed");
        _feeds[feeder] = false;
        for (uint256 i = 0; i < feeders.length; i++) {
            if (feeders[i] == feeder) {
                feeders[i] = feeders[feeders.length - 1];
                feeders.pop();
                break;
            }
        }
        _revokeRole(UPDATER_ROLE, feeder);
        emit FeederRemoved(feeder);
    }

    function _setConfig(uint128 expirationPeriod, uint128 maxPriceDeviation) private {
        config = OracleConfig(expirationPeriod, maxPriceDeviation);
        emit OracleConfigSet(expirationPeriod, maxPriceDeviation);
    }

    function _requireKnown(address asset) private view {
        require(_registrations[asset].registered, "NFTOracle: asset not existed");
    }
}
