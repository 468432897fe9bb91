// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {BendConfig} from "./BendConfig.sol";
import {BendErrors} from "./BendErrors.sol";
import {IBendToken} from "./BendInterfaces.sol";
import {BendPoolBase} from "./BendPoolBase.sol";
import {BendReserves} from "./BendReserves.sol";
import {ConfigurationMap, ReserveData} from "./BendTypes.sol";

/// @title Depositors' half of LendPool, equal to BendDAO v1's SupplyLogic
abstract contract BendSupply is BendPoolBase {
    using SafeERC20 for IERC20;
    using BendReserves for ReserveData;
    using BendConfig for ConfigurationMap;

    event Deposit(
        address user, address indexed reserve, uint256 amount, address indexed onBehalfOf, uint16 indexed referral
    );
    event Withdraw(address indexed user, address indexed reserve, uint256 amount, address indexed to);

    function deposit(address asset, uint256 amount, address onBehalfOf, uint16 referralCode)
        external
        nonReentrant
        whenNotPaused
    {
        require(onBehalfOf != address(0), BendErrors.INVALID_ONBEHALFOF);
        ReserveData storage reserve = _reserves[asset];
        address bToken = reserve.bTokenAddress;
        require(bToken != address(0), BendErrors.INVALID_RESERVE);
        require(amount != 0, BendErrors.INVALID_AMOUNT);
        require(reserve.configuration.active(), BendErrors.NO_ACTIVE_RESERVE);
        require(!reserve.configuration.frozen(), BendErrors.RESERVE_FROZEN);

        reserve.updateState();
        reserve.updateInterestRates(asset, amount, 0);
        IERC20(asset).safeTransferFrom(msg.sender, bToken, amount);
        IBendToken(bToken).mint(onBehalfOf, amount, reserve.liquidityIndex);
        emit Deposit(msg.sender, asset, amount, onBehalfOf, referralCode);
    }

    function withdraw(address asset, uint256 amount, address to)
        external
        nonReentrant
        whenNotPaused
        returns (uint256)
    {
        require(to != address(0), BendErrors.INVALID_TARGET);
        ReserveData storage reserve = _reserves[asset];
        address bToken = reserve.bTokenAddress;
        require(bToken != address(0), BendErrors.INVALID_RESERVE);
        uint256 balance = IBendToken(bToken).balanceOf(msg.sender);
        if (amount == type(uint256).max) amount = balance;
        require(amount != 0, BendErrors.INVALID_AMOUNT);
        require(amount <= balance, BendErrors.NOT_ENOUGH_BALANCE);
        require(reserve.configuration.active(), BendErrors.NO_ACTIVE_RESERVE);

        reserve.updateState();
        reserve.updateInterestRates(asset, 0, amount);
        IBendToken(bToken).burn(msg.sender, to, amount, reserve.liquidityIndex);
        emit Withdraw(msg.sender, asset, amount, to);
        return amount;
    }
}
