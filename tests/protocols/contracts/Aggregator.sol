// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title A Chainlink aggregator whose answer anybody sets; asked directly, without a proxy
contract Aggregator {
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    uint8 public immutable decimals;
    int256 private _answer;
    uint80 private _round;
    uint256 private _updatedAt;

    constructor(uint8 decimals_, int256 first) {
        decimals = decimals_;
        set(first);
    }

    function set(int256 current) public {
        _answer = current;
        _round += 1;
        _updatedAt = block.timestamp;
        emit AnswerUpdated(current, _round, block.timestamp);
    }

    function latestAnswer() external view returns (int256) {
        return _answer;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (_round, _answer, _updatedAt, _updatedAt, _round);
    }
}

/// @title What stands before an aggregator and may turn to another
contract AggregatorProxy {
    event AggregatorConfirmed(address indexed previous, address indexed latest);

    Aggregator public aggregator;

    constructor(Aggregator first) {
        aggregator = first;
    }

    function confirm(Aggregator next) external {
        emit AggregatorConfirmed(address(aggregator), address(next));
        aggregator = next;
    }

    function decimals() external view returns (uint8) {
        return aggregator.decimals();
    }

    function latestAnswer() external view returns (int256) {
        return aggregator.latestAnswer();
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return aggregator.latestRoundData();
    }
}
