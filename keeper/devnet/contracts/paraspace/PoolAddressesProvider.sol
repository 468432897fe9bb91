// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title Equal to ParaSpace's PoolAddressesProvider, without proxies: set addresses by their ids
contract PoolAddressesProvider is Ownable {
    event AddressSet(bytes32 indexed id, address indexed oldAddress, address indexed newAddress);
    event PriceOracleUpdated(address indexed oldAddress, address indexed newAddress);
    event ACLManagerUpdated(address indexed oldAddress, address indexed newAddress);
    event PriceOracleSentinelUpdated(address indexed oldAddress, address indexed newAddress);
    event WETHUpdated(address indexed oldAddress, address indexed newAddress);

    mapping(bytes32 => address) private _addresses;
    string private _marketId;

    constructor(string memory marketId) {
        _marketId = marketId;
    }

    function setAddress(bytes32 id, address newAddress) external onlyOwner {
        emit AddressSet(id, _addresses[id], newAddress);
        _addresses[id] = newAddress;
    }

    function setPriceOracle(address newAddress) external onlyOwner {
        emit PriceOracleUpdated(_addresses["PRICE_ORACLE"], newAddress);
        _addresses["PRICE_ORACLE"] = newAddress;
    }

    function setACLManager(address newAddress) external onlyOwner {
        emit ACLManagerUpdated(_addresses["ACL_MANAGER"], newAddress);
        _addresses["ACL_MANAGER"] = newAddress;
    }

    function setPriceOracleSentinel(address newAddress) external onlyOwner {
        emit PriceOracleSentinelUpdated(_addresses["PRICE_ORACLE_SENTINEL"], newAddress);
        _addresses["PRICE_ORACLE_SENTINEL"] = newAddress;
    }

    function setWETH(address newAddress) external onlyOwner {
        emit WETHUpdated(_addresses["WETH"], newAddress);
        _addresses["WETH"] = newAddress;
    }

    function getMarketId() external view returns (string memory) {
        return _marketId;
    }

    function getAddress(bytes32 id) external view returns (address) {
        return _addresses[id];
    }

    function getPool() external view returns (address) {
        return _addresses["POOL"];
    }

    function getPoolConfigurator() external view returns (address) {
        return _addresses["POOL_CONFIGURATOR"];
    }

    function getPriceOracle() external view returns (address) {
        return _addresses["PRICE_ORACLE"];
    }

    function getPriceOracleSentinel() external view returns (address) {
        return _addresses["PRICE_ORACLE_SENTINEL"];
    }

    function getACLManager() external view returns (address) {
        return _addresses["ACL_MANAGER"];
    }

    function getWETH() external view returns (address) {
        return _addresses["WETH"];
    }
}
