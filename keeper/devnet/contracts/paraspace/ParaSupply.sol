// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {FixedMath} from "../math/FixedMath.sol";
import {ParaConfig} from "./ParaConfig.sol";
import {ParaErrors} from "./ParaErrors.sol";
import {IParaNToken, IParaPToken} from "./ParaInterfaces.sol";
import {ParaPoolBase} from "./ParaPoolBase.sol";
import {ParaReserves} from "./ParaReserves.sol";
import {ERC721SupplyParams, ReserveConfigurationMap, ReserveData} from "./ParaTypes.sol";

/// @title Suppliers' part of the Pool, equal to ParaSpace's SupplyLogic without caps and time locks
abstract contract ParaSupply is ParaPoolBase {
    using SafeERC20 for IERC20;
    using FixedMath for uint256;
    using ParaConfig for ReserveConfigurationMap;
    using ParaReserves for ReserveData;

    event Supply(
        address indexed reserve, address user, address indexed onBehalfOf, uint256 amount, uint16 indexed referralCode
    );
    event SupplyERC721(
        address indexed reserve,
        address user,
        address indexed onBehalfOf,
        ERC721SupplyParams[] tokenData,
        uint16 indexed referralCode,
        bool fromNToken
    );
    event Withdraw(address indexed reserve, address indexed user, address indexed to, uint256 amount);
    event WithdrawERC721(address indexed reserve, address indexed user, address indexed to, uint256[] tokenIds);

    function supply(address asset, uint256 amount, address onBehalfOf, uint16 referralCode) external nonReentrant {
        _supply(asset, amount, onBehalfOf, msg.sender, referralCode);
    }

    function supplyERC721(
        address asset, ERC721SupplyParams[] calldata tokenData, address onBehalfOf, uint16 referralCode
    ) external nonReentrant {
        ReserveData storage reserve = _reserves[asset];
        ParaErrors.check(tokenData.length != 0, ParaErrors.INVALID_AMOUNT);
        _requireUsable(reserve, true);
        ParaErrors.check(!reserve.configuration.frozen(), ParaErrors.RESERVE_FROZEN);
        address nToken = reserve.xTokenAddress;
        for (uint256 i = 0; i < tokenData.length; i++) {
            IERC721(asset).safeTransferFrom(msg.sender, nToken, tokenData[i].tokenId);
        }
        (uint64 before, uint64 afterwards) = IParaNToken(nToken).mint(onBehalfOf, tokenData);
        if (before == 0 && afterwards > 0) _setCollateral(onBehalfOf, asset, true);
        emit SupplyERC721(asset, msg.sender, onBehalfOf, tokenData, referralCode, false);
    }

    function withdraw(address asset, uint256 amount, address to) external nonReentrant returns (uint256) {
        ReserveData storage reserve = _reserves[asset];
        reserve.updateState();
        IParaPToken pToken = IParaPToken(reserve.xTokenAddress);
        uint256 balance = pToken.scaledBalanceOf(msg.sender).rayMul(reserve.liquidityIndex);
        if (amount == type(uint256).max) amount = balance;
        ParaErrors.check(amount != 0, ParaErrors.INVALID_AMOUNT);
        ParaErrors.check(amount <= balance, ParaErrors.NOT_ENOUGH_BALANCE);
        _requireUsable(reserve, false);
        reserve.updateInterestRates(asset, 0, amount);
        pToken.burn(msg.sender, to, amount, reserve.liquidityIndex);
        if (_isCollateral(msg.sender, reserve.id)) {
            _requireHealthyWithout(msg.sender, asset);
            if (amount == balance) _setCollateral(msg.sender, asset, false);
        }
        emit Withdraw(asset, msg.sender, to, amount);
        return amount;
    }

    function withdrawERC721(address asset, uint256[] calldata tokenIds, address to)
        external
        nonReentrant
        returns (uint256)
    {
        ReserveData storage reserve = _reserves[asset];
        ParaErrors.check(tokenIds.length != 0, ParaErrors.INVALID_AMOUNT);
        _requireUsable(reserve, true);
        (uint64 before, uint64 afterwards) = IParaNToken(reserve.xTokenAddress).burn(msg.sender, to, tokenIds);
        if (afterwards < before) {
            _requireHealthyWithout(msg.sender, asset);
            if (afterwards == 0) _setCollateral(msg.sender, asset, false);
        }
        emit WithdrawERC721(asset, msg.sender, to, tokenIds);
        return tokenIds.length;
    }

    function setUserUseERC721AsCollateral(address asset, uint256[] calldata tokenIds, bool useAsCollateral)
        external
        nonReentrant
    {
        ReserveData storage reserve = _reserves[asset];
        _requireUsable(reserve, true);
        (uint256 before, uint256 afterwards) =
            IParaNToken(reserve.xTokenAddress).batchSetIsUsedAsCollateral(tokenIds, useAsCollateral, msg.sender);
        if (before == afterwards) return;
        if (before == 0) _setCollateral(msg.sender, asset, true);
        if (afterwards == 0) _setCollateral(msg.sender, asset, false);
        if (!useAsCollateral) _requireHealthyWithout(msg.sender, asset);
    }

    /// @notice Called by an NToken after a transfer between accounts.
    function finalizeTransferERC721(
        address asset, uint256, address from, address to, bool usedAsCollateral, uint256 balanceFromBefore
    ) external {
        ParaErrors.check(msg.sender == _reserves[asset].xTokenAddress, ParaErrors.CALLER_NOT_XTOKEN);
        ParaErrors.check(!_reserves[asset].configuration.paused(), ParaErrors.RESERVE_PAUSED);
        if (from == to || !usedAsCollateral) return;
        _requireHealthyWithout(from, asset);
        if (balanceFromBefore == 1) _setCollateral(from, asset, false);
    }

    /// @notice `payer` is the caller, or this pool where ether was wrapped first.
    function _supply(address asset, uint256 amount, address onBehalfOf, address payer, uint16 referralCode) internal {
        ReserveData storage reserve = _reserves[asset];
        reserve.updateState();
        ParaErrors.check(amount != 0, ParaErrors.INVALID_AMOUNT);
        _requireUsable(reserve, false);
        ParaErrors.check(!reserve.configuration.frozen(), ParaErrors.RESERVE_FROZEN);
        reserve.updateInterestRates(asset, amount, 0);
        address pToken = reserve.xTokenAddress;
        if (payer == address(this)) IERC20(asset).safeTransfer(pToken, amount);
        else IERC20(asset).safeTransferFrom(payer, pToken, amount);
        bool first = IParaPToken(pToken).mint(msg.sender, onBehalfOf, amount, reserve.liquidityIndex);
        if (first) _setCollateral(onBehalfOf, asset, true);
        emit Supply(asset, msg.sender, onBehalfOf, amount, referralCode);
    }
}
