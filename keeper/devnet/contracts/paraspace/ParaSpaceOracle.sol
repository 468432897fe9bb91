// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ParaErrors} from "./ParaErrors.sol";
import {IParaAcl, IParaOracle, IParaProvider} from "./ParaInterfaces.sol";

/// @notice What is read of a price source.
interface IPriceSource {
    function latestAnswer() external view returns (int256);
}

/// @title Equal to ParaSpace's ParaSpaceOracle: a source per asset, then the fallback; the base currency is one unit
contract ParaSpaceOracle {
    event AssetSourceUpdated(address indexed asset, address indexed source);
    event FallbackOracleUpdated(address indexed fallbackOracle);
    event BaseCurrencySet(address indexed baseCurrency, uint256 baseCurrencyUnit);

    address public immutable ADDRESSES_PROVIDER;
    address public immutable BASE_CURRENCY;
    uint256 public immutable BASE_CURRENCY_UNIT;
    mapping(address => address) public getSourceOfAsset;
    address public getFallbackOracle;

    constructor(
        address provider,
        address[] memory assets,
        address[] memory sources,
        address fallbackOracle,
        address baseCurrency,
        uint256 baseCurrencyUnit
    ) {
        ADDRESSES_PROVIDER = provider;
        BASE_CURRENCY = baseCurrency;
        BASE_CURRENCY_UNIT = baseCurrencyUnit;
        _setFallback(fallbackOracle);
        _setSources(assets, sources);
        emit BaseCurrencySet(baseCurrency, baseCurrencyUnit);
    }

    modifier onlyAssetListingOrPoolAdmins() {
        IParaAcl acl = IParaAcl(IParaProvider(ADDRESSES_PROVIDER).getACLManager());
        ParaErrors.check(
            acl.isAssetListingAdmin(msg.sender) || acl.isPoolAdmin(msg.sender),
            ParaErrors.CALLER_NOT_ASSET_LISTING_OR_POOL_ADMIN
        );
        _;
    }

    function setAssetSources(address[] calldata assets, address[] calldata sources)
        external
        onlyAssetListingOrPoolAdmins
    {
        _setSources(assets, sources);
    }

    function setFallbackOracle(address fallbackOracle) external onlyAssetListingOrPoolAdmins {
        _setFallback(fallbackOracle);
    }

    function getAssetPrice(address asset) public view returns (uint256) {
        if (asset == BASE_CURRENCY) return BASE_CURRENCY_UNIT;
        int256 price = 0;
        address source = getSourceOfAsset[asset];
        if (source != address(0)) price = IPriceSource(source).latestAnswer();
        if (price <= 0 && getFallbackOracle != address(0)) {
            price = int256(IParaOracle(getFallbackOracle).getAssetPrice(asset));
        }
        ParaErrors.check(price > 0, ParaErrors.ORACLE_PRICE_NOT_READY);
        return uint256(price);
    }

    function getAssetsPrices(address[] calldata assets) external view returns (uint256[] memory prices) {
        prices = new uint256[](assets.length);
        for (uint256 i = 0; i < assets.length; i++) prices[i] = getAssetPrice(assets[i]);
    }

    function _setSources(address[] memory assets, address[] memory sources) private {
        ParaErrors.check(assets.length == sources.length, ParaErrors.INCONSISTENT_LENGTH);
        for (uint256 i = 0; i < assets.length; i++) {
            ParaErrors.check(assets[i] != BASE_CURRENCY, ParaErrors.SET_ORACLE_SOURCE_NOT_ALLOWED);
            getSourceOfAsset[assets[i]] = sources[i];
            emit AssetSourceUpdated(assets[i], sources[i]);
        }
    }

    function _setFallback(address fallbackOracle) private {
        getFallbackOracle = fallbackOracle;
        emit FallbackOracleUpdated(fallbackOracle);
    }
}
