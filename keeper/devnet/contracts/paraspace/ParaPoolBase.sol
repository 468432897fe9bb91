// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ReentrancyGuard} from "@openzeppelin/contracts/security/ReentrancyGuard.sol";
import {FixedMath} from "../math/FixedMath.sol";
import {ParaConfig} from "./ParaConfig.sol";
import {ParaErrors} from "./ParaErrors.sol";
import {IParaNToken, IParaOracle, IParaProvider, IParaScaled, IParaSentinel} from "./ParaInterfaces.sol";
import {ParaReserves} from "./ParaReserves.sol";
import {ReserveConfigurationMap, ReserveData, UserConfigurationMap} from "./ParaTypes.sol";

/// @title State and account health that the Pool's parts share; health equals ParaSpace's GenericLogic
abstract contract ParaPoolBase is ReentrancyGuard {
    using FixedMath for uint256;
    using ParaConfig for ReserveConfigurationMap;
    using ParaReserves for ReserveData;

    event ReserveUsedAsCollateralEnabled(address indexed reserve, address indexed user);
    event ReserveUsedAsCollateralDisabled(address indexed reserve, address indexed user);

    /// @notice One account now; amounts in the base currency, thresholds in percent of 10000.
    struct Account {
        uint256 collateral;
        uint256 erc721Collateral;
        uint256 debt;
        uint256 ltv;
        uint256 threshold;
        uint256 erc721Threshold;
        uint256 payableByErc20;
        uint256 healthFactor;
        uint256 erc721HealthFactor;
        bool hasZeroLtv;
    }

    address public immutable ADDRESSES_PROVIDER;
    mapping(address => ReserveData) internal _reserves;
    mapping(uint256 => address) internal _reservesList;
    mapping(address => UserConfigurationMap) internal _users;
    uint16 internal _reservesCount;
    uint64 internal _auctionRecoveryHealthFactor;

    constructor(address provider) {
        ADDRESSES_PROVIDER = provider;
    }

    function _provider() internal view returns (IParaProvider) {
        return IParaProvider(ADDRESSES_PROVIDER);
    }

    function _weth() internal view returns (address) {
        return _provider().getWETH();
    }

    function _isAuctioned(address nToken, uint256 tokenId) internal view returns (bool) {
        return IParaNToken(nToken).isAuctioned(tokenId);
    }

    function _price(address asset) internal view returns (uint256) {
        return IParaOracle(_provider().getPriceOracle()).getAssetPrice(asset);
    }

    function _isCollateral(address user, uint256 id) internal view returns (bool) {
        return (_users[user].data >> (2 * id + 1)) & 1 == 1;
    }

    function _isBorrowing(address user, uint256 id) internal view returns (bool) {
        return (_users[user].data >> (2 * id)) & 1 == 1;
    }

    function _isBorrowingAny(address user) internal view returns (bool) {
        return _users[user].data & (type(uint256).max / 3) != 0;
    }

    function _setCollateral(address user, address asset, bool on) internal {
        uint256 bit = 1 << (2 * uint256(_reserves[asset].id) + 1);
        if (on) {
            _users[user].data |= bit;
            emit ReserveUsedAsCollateralEnabled(asset, user);
        } else {
            _users[user].data &= ~bit;
            emit ReserveUsedAsCollateralDisabled(asset, user);
        }
    }

    function _setBorrowing(address user, uint256 id, bool on) internal {
        if (on) _users[user].data |= 1 << (2 * id);
        else _users[user].data &= ~(1 << (2 * id));
    }

    /// @notice What a user has and owes. Reverts when one of the prices does, as the original.
    function _account(address user) internal view returns (Account memory account) {
        (account.healthFactor, account.erc721HealthFactor) = (type(uint256).max, type(uint256).max);
        if (_users[user].data == 0) return account;
        for (uint256 i = 0; i < _reservesCount; i++) {
            if ((_users[user].data >> (2 * i)) & 3 == 0) continue;
            address asset = _reservesList[i];
            if (_reserves[asset].configuration.isNft()) _addNfts(account, user, asset);
            else _addToken(account, user, asset);
        }
        if (account.collateral != 0) {
            account.ltv /= account.collateral;
            account.threshold /= account.collateral;
        }
        if (account.erc721Collateral != 0) account.erc721Threshold /= account.erc721Collateral;
        if (account.debt == 0) return account;
        account.healthFactor = account.collateral.percentMul(account.threshold).wadDiv(account.debt);
        if (account.payableByErc20 < account.debt) {
            account.erc721HealthFactor = account.erc721Collateral.percentMul(account.erc721Threshold).wadDiv(
                account.debt - account.payableByErc20
            );
        }
    }

    function _addToken(Account memory account, address user, address asset) private view {
        ReserveData storage reserve = _reserves[asset];
        uint256 price = _price(asset);
        uint256 unit = reserve.configuration.unit();
        if (reserve.configuration.liquidationThreshold() != 0 && _isCollateral(user, reserve.id)) {
            uint256 balance = IParaScaled(reserve.xTokenAddress).scaledBalanceOf(user);
            uint256 value = (balance.rayMul(reserve.normalizedIncome()) * price) / unit;
            account.payableByErc20 += value.percentDiv(reserve.configuration.liquidationBonus());
            _addCollateral(account, reserve, value);
        }
        if (_isBorrowing(user, reserve.id)) {
            uint256 scaled = IParaScaled(reserve.variableDebtTokenAddress).scaledBalanceOf(user);
            account.debt += (scaled.rayMul(reserve.normalizedDebt()) * price) / unit;
        }
    }

    function _addNfts(Account memory account, address user, address asset) private view {
        ReserveData storage reserve = _reserves[asset];
        if (reserve.configuration.liquidationThreshold() == 0 || !_isCollateral(user, reserve.id)) return;
        IParaNToken nToken = IParaNToken(reserve.xTokenAddress);
        uint256 pieces = nToken.collateralizedBalanceOf(user) * nToken.avgMultiplierOf(user);
        uint256 value = pieces.wadMul(_price(asset));
        account.erc721Collateral += value;
        account.erc721Threshold += value * reserve.configuration.liquidationThreshold();
        _addCollateral(account, reserve, value);
    }

    function _addCollateral(Account memory account, ReserveData storage reserve, uint256 value) private view {
        uint256 ltv = reserve.configuration.ltv();
        if (ltv == 0) account.hasZeroLtv = true;
        account.collateral += value;
        account.ltv += value * ltv;
        account.threshold += value * reserve.configuration.liquidationThreshold();
    }

    /// @notice What a user must still fulfil after taking collateral of an asset away.
    function _requireHealthyWithout(address user, address asset) internal view {
        if (!_isBorrowingAny(user)) return;
        Account memory account = _account(user);
        ParaErrors.check(account.healthFactor >= FixedMath.WAD, ParaErrors.HEALTH_FACTOR_TOO_LOW);
        ParaErrors.check(
            !account.hasZeroLtv || _reserves[asset].configuration.ltv() == 0, ParaErrors.LTV_VALIDATION_FAILED
        );
    }

    function _requireUsable(ReserveData storage reserve, bool nft) internal view {
        ParaErrors.check(reserve.configuration.isNft() == nft, ParaErrors.INVALID_ASSET_TYPE);
        _requireRunning(reserve);
    }

    function _requireRunning(ReserveData storage reserve) internal view {
        ParaErrors.check(reserve.configuration.active(), ParaErrors.RESERVE_INACTIVE);
        ParaErrors.check(!reserve.configuration.paused(), ParaErrors.RESERVE_PAUSED);
    }

    /// @notice Both sides of a liquidation: first whether both are active, then whether none is paused.
    function _requireBothRunning(ReserveData storage a, ReserveData storage b) internal view {
        ParaErrors.check(a.configuration.active() && b.configuration.active(), ParaErrors.RESERVE_INACTIVE);
        ParaErrors.check(!a.configuration.paused() && !b.configuration.paused(), ParaErrors.RESERVE_PAUSED);
    }

    /// @notice A sequencer that is down forbids liquidation, except of accounts under 0.95.
    function _requireSentinel(uint256 healthFactor) internal view {
        address sentinel = _provider().getPriceOracleSentinel();
        ParaErrors.check(
            sentinel == address(0) || healthFactor < 0.95e18 || IParaSentinel(sentinel).isLiquidationAllowed(),
            ParaErrors.SENTINEL_CHECK_FAILED
        );
    }
}
