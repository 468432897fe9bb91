// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {FixedMath} from "../math/FixedMath.sol";
import {ParaConfig} from "./ParaConfig.sol";
import {ParaErrors} from "./ParaErrors.sol";
import {IParaDebtToken, IParaPToken, IParaSentinel} from "./ParaInterfaces.sol";
import {ParaPoolBase} from "./ParaPoolBase.sol";
import {ParaReserves} from "./ParaReserves.sol";
import {ReserveConfigurationMap, ReserveData} from "./ParaTypes.sol";

/// @title Borrowers' part of the Pool, equal to ParaSpace's BorrowLogic without caps and time locks
abstract contract ParaBorrowing is ParaPoolBase {
    using SafeERC20 for IERC20;
    using FixedMath for uint256;
    using ParaConfig for ReserveConfigurationMap;
    using ParaReserves for ReserveData;

    event Borrow(
        address indexed reserve,
        address user,
        address indexed onBehalfOf,
        uint256 amount,
        uint256 borrowRate,
        uint16 indexed referralCode
    );
    event Repay(
        address indexed reserve, address indexed user, address indexed repayer, uint256 amount, bool usePTokens
    );

    function borrow(address asset, uint256 amount, uint16 referralCode, address onBehalfOf) external nonReentrant {
        ReserveData storage reserve = _reserves[asset];
        reserve.updateState();
        _validateBorrow(reserve, asset, amount, onBehalfOf);
        (bool first,) = IParaDebtToken(reserve.variableDebtTokenAddress).mint(
            msg.sender, onBehalfOf, amount, reserve.variableBorrowIndex
        );
        if (first) _setBorrowing(onBehalfOf, reserve.id, true);
        reserve.updateInterestRates(asset, 0, amount);
        IParaPToken(reserve.xTokenAddress).transferUnderlyingTo(msg.sender, amount);
        emit Borrow(asset, msg.sender, onBehalfOf, amount, reserve.currentVariableBorrowRate, referralCode);
    }

    function _validateBorrow(ReserveData storage reserve, address asset, uint256 amount, address onBehalfOf)
        private
        view
    {
        ParaErrors.check(amount != 0, ParaErrors.INVALID_AMOUNT);
        _requireUsable(reserve, false);
        ParaErrors.check(!reserve.configuration.frozen(), ParaErrors.RESERVE_FROZEN);
        ParaErrors.check(reserve.configuration.borrowing(), ParaErrors.BORROWING_NOT_ENABLED);
        address sentinel = _provider().getPriceOracleSentinel();
        ParaErrors.check(
            sentinel == address(0) || IParaSentinel(sentinel).isBorrowAllowed(), ParaErrors.SENTINEL_CHECK_FAILED
        );
        Account memory account = _account(onBehalfOf);
        ParaErrors.check(account.collateral != 0, ParaErrors.COLLATERAL_BALANCE_IS_ZERO);
        ParaErrors.check(account.ltv != 0, ParaErrors.LTV_VALIDATION_FAILED);
        ParaErrors.check(account.healthFactor > FixedMath.WAD, ParaErrors.HEALTH_FACTOR_TOO_LOW);
        uint256 value = (_price(asset) * amount) / reserve.configuration.unit();
        ParaErrors.check(
            (account.debt + value).percentDiv(account.ltv) <= account.collateral, ParaErrors.COLLATERAL_CANNOT_COVER
        );
    }

    /// @notice As in the original, an index that has not moved since the borrowing refuses repayment (48).
    function repay(address asset, uint256 amount, address onBehalfOf) external nonReentrant returns (uint256 paid) {
        ReserveData storage reserve = _reserves[asset];
        reserve.updateState();
        IParaDebtToken debtToken = IParaDebtToken(reserve.variableDebtTokenAddress);
        uint256 debt = debtToken.balanceOf(onBehalfOf);
        ParaErrors.check(amount != 0, ParaErrors.INVALID_AMOUNT);
        ParaErrors.check(
            amount != type(uint256).max || msg.sender == onBehalfOf, ParaErrors.NO_EXPLICIT_AMOUNT_ON_BEHALF
        );
        _requireRunning(reserve);
        ParaErrors.check(!reserve.configuration.isNft(), ParaErrors.INVALID_ASSET_TYPE);
        ParaErrors.check(
            debtToken.getPreviousIndex(onBehalfOf) < reserve.variableBorrowIndex, ParaErrors.SAME_BLOCK_BORROW_REPAY
        );
        ParaErrors.check(debt != 0, ParaErrors.NO_DEBT);

        paid = amount < debt ? amount : debt;
        debtToken.burn(onBehalfOf, paid, reserve.variableBorrowIndex);
        reserve.updateInterestRates(asset, paid, 0);
        if (paid == debt) _setBorrowing(onBehalfOf, reserve.id, false);
        IERC20(asset).safeTransferFrom(msg.sender, reserve.xTokenAddress, paid);
        emit Repay(asset, onBehalfOf, msg.sender, paid, false);
    }
}
