// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title Equal to BendDAO v1's LendPoolAddressesProvider, without proxies: set addresses by their ids
contract LendPoolAddressesProvider is Ownable {
    event MarketIdSet(string newMarketId);
    event ConfigurationAdminUpdated(address indexed newAddress);
    event EmergencyAdminUpdated(address indexed newAddress);
    event ReserveOracleUpdated(address indexed newAddress);
    event NftOracleUpdated(address indexed newAddress);
    event BNFTRegistryUpdated(address indexed newAddress);
    event UIDataProviderUpdated(address indexed newAddress);
    event AddressSet(bytes32 id, address indexed newAddress, bool hasProxy, bytes encodedCallData);

    mapping(bytes32 => address) private _addresses;
    string private _marketId;

    constructor(string memory marketId) {
        _marketId = marketId;
        emit MarketIdSet(marketId);
    }

    function setAddress(bytes32 id, address newAddress) external onlyOwner {
        _addresses[id] = newAddress;
        emit AddressSet(id, newAddress, false, new bytes(0));
    }

    function setPoolAdmin(address admin) external onlyOwner {
        _addresses["POOL_ADMIN"] = admin;
        emit ConfigurationAdminUpdated(admin);
    }

    function setEmergencyAdmin(address admin) external onlyOwner {
        _addresses["EMERGENCY_ADMIN"] = admin;
        emit EmergencyAdminUpdated(admin);
    }

    function setReserveOracle(address oracle) external onlyOwner {
        _addresses["RESERVE_ORACLE"] = oracle;
        emit ReserveOracleUpdated(oracle);
    }

    function setNFTOracle(address oracle) external onlyOwner {
        _addresses["NFT_ORACLE"] = oracle;
        emit NftOracleUpdated(oracle);
    }

    function setBNFTRegistry(address registry) external onlyOwner {
        _addresses["BNFT_REGISTRY"] = registry;
        emit BNFTRegistryUpdated(registry);
    }

    function setUIDataProvider(address provider) external onlyOwner {
        _addresses["UI_DATA_PROVIDER"] = provider;
        emit UIDataProviderUpdated(provider);
    }

    function getMarketId() external view returns (string memory) {
        return _marketId;
    }

    function getAddress(bytes32 id) external view returns (address) {
        return _addresses[id];
    }

    function getLendPool() external view returns (address) {
        return _addresses["LEND_POOL"];
    }

    function getLendPoolConfigurator() external view returns (address) {
        return _addresses["LEND_POOL_CONFIGURATOR"];
    }

    function getLendPoolLoan() external view returns (address) {
        return _addresses["LEND_POOL_LOAN"];
    }

    function getPoolAdmin() external view returns (address) {
        return _addresses["POOL_ADMIN"];
    }

    function getEmergencyAdmin() external view returns (address) {
        return _addresses["EMERGENCY_ADMIN"];
    }

    function getReserveOracle() external view returns (address) {
        return _addresses["RESERVE_ORACLE"];
    }

    function getNFTOracle() external view returns (address) {
        return _addresses["NFT_ORACLE"];
    }

    function getBNFTRegistry() external view returns (address) {
        return _addresses["BNFT_REGISTRY"];
    }

    function getUIDataProvider() external view returns (address) {
        return _addresses["UI_DATA_PROVIDER"];
    }
}
