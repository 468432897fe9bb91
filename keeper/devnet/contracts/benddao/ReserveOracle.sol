// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @notice What is read of a Chainlink aggregator.
interface IAggregator {
    function decimals() external view returns (uint8);
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80);
}

/// @title Equal to BendDAO v1's ReserveOracle: token prices in wei of ETH, of any age; WETH is 1e18
contract ReserveOracle is Ownable {
    event AggregatorAdded(address currencyKey, address aggregator);
    event AggregatorRemoved(address currencyKey, address aggregator);

    mapping(address => IAggregator) public priceFeedMap;
    address[] public priceFeedKeys;
    address public weth;

    constructor(address weth_) {
        weth = weth_;
    }

    function setAggregators(address[] calldata keys, address[] calldata aggregators) external onlyOwner {
        require(keys.length == aggregators.length, "ReserveOracle: INCONSISTENT_PARAMS_LENGTH");
        for (uint256 i = 0; i < keys.length; i++) _add(keys[i], aggregators[i]);
    }

    function addAggregator(address key, address aggregator) external onlyOwner {
        _add(key, aggregator);
    }

    function removeAggregator(address key) external onlyOwner {
        address aggregator = address(priceFeedMap[key]);
        require(aggregator != address(0), "ReserveOracle: empty address");
        delete priceFeedMap[key];
        uint256 last = priceFeedKeys.length - 1;
        for (uint256 i = 0; i <= last; i++) {
            if (priceFeedKeys[i] == key) {
                priceFeedKeys[i] = priceFeedKeys[last];
                priceFeedKeys.pop();
                emit AggregatorRemoved(key, aggregator);
                break;
            }
        }
    }

    function getAggregator(address key) external view returns (IAggregator) {
        return priceFeedMap[key];
    }

    function getPriceFeedLength() external view returns (uint256) {
        return priceFeedKeys.length;
    }

    function getAssetPrice(address key) external view returns (uint256) {
        if (key == weth) return 1 ether;
        IAggregator aggregator = priceFeedMap[key];
        require(address(aggregator) != address(0), "ReserveOracle: key not existed");
        (, int256 price,,,) = aggregator.latestRoundData();
        require(price >= 0, "ReserveOracle: negative answer");
        return (uint256(price) * 1e18) / 10 ** aggregator.decimals();
    }

    function getLatestTimestamp(address key) external view returns (uint256) {
        require(address(priceFeedMap[key]) != address(0), "ReserveOracle: empty address");
        (,,, uint256 timestamp,) = priceFeedMap[key].latestRoundData();
        return timestamp;
    }

    function _add(address key, address aggregator) private {
        require(key != address(0) && aggregator != address(0), "ReserveOracle: empty address");
        if (address(priceFeedMap[key]) == address(0)) priceFeedKeys.push(key);
        priceFeedMap[key] = IAggregator(aggregator);
        emit AggregatorAdded(key, aggregator);
    }
}
