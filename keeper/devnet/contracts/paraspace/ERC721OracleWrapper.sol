// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What is read of NFTFloorOracle.
interface IFloorOracle {
    function getPrice(address asset) external view returns (uint256);
    function getLastUpdateTime(address asset) external view returns (uint256);
}

/// @title Equal to ParaSpace's ERC721OracleWrapper: one collection of the floor oracle as a price source
contract ERC721OracleWrapper {
    address public immutable ADDRESSES_PROVIDER;
    IFloorOracle private immutable ORACLE;
    address private immutable ASSET;

    constructor(address provider, address oracle, address asset) {
        ADDRESSES_PROVIDER = provider;
        ORACLE = IFloorOracle(oracle);
        ASSET = asset;
    }

    function decimals() external pure returns (uint8) {
        return 18;
    }

    function latestAnswer() external view returns (int256) {
        return int256(ORACLE.getPrice(ASSET));
    }

    function latestTimestamp() external view returns (uint256) {
        return ORACLE.getLastUpdateTime(ASSET);
    }
}
