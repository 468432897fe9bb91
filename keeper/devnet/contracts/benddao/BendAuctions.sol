// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {FixedMath} from "../math/FixedMath.sol";
import {BendConfig} from "./BendConfig.sol";
import {BendErrors} from "./BendErrors.sol";
import {IBendDebtToken} from "./BendInterfaces.sol";
import {BendPoolBase} from "./BendPoolBase.sol";
import {BendReserves} from "./BendReserves.sol";
import {ConfigurationMap, LoanData, LoanState, ReserveData} from "./BendTypes.sol";

/// @title Auction, redemption and finalisation of LendPool, equal to BendDAO v1's LiquidateLogic
abstract contract BendAuctions is BendPoolBase {
    using SafeERC20 for IERC20;
    using FixedMath for uint256;
    using BendReserves for ReserveData;
    using BendConfig for ConfigurationMap;

    event Auction(
        address user,
        address indexed reserve,
        uint256 bidPrice,
        address indexed nftAsset,
        uint256 nftTokenId,
        address onBehalfOf,
        address indexed borrower,
        uint256 loanId
    );
    event Redeem(
        address user,
        address indexed reserve,
        uint256 borrowAmount,
        uint256 fineAmount,
        address indexed nftAsset,
        uint256 nftTokenId,
        address indexed borrower,
        uint256 loanId
    );
    event Liquidate(
        address user,
        address indexed reserve,
        uint256 repayAmount,
        uint256 remainAmount,
        address indexed nftAsset,
        uint256 nftTokenId,
        address indexed borrower,
        uint256 loanId
    );

    uint256 private constant RAISE = 100; // percent of the debt, not of the bid
    uint256 private constant MOST_REDEEMED = 9000;

    function auction(address nftAsset, uint256 nftTokenId, uint256 bidPrice, address onBehalfOf)
        external
        nonReentrant
        whenNotPaused
    {
        require(onBehalfOf != address(0), BendErrors.INVALID_ONBEHALFOF);
        LoanData memory loan = _loanOf(nftAsset, nftTokenId);
        ReserveData storage reserve = _reserves[loan.reserveAsset];
        _requireActive(loan);
        require(
            loan.state == LoanState.Active || loan.state == LoanState.Auction, BendErrors.INVALID_LOAN_STATE
        );
        require(bidPrice > 0, BendErrors.INVALID_AMOUNT);

        reserve.updateState();
        Valuation memory value = _valuation(loan);
        if (loan.state == LoanState.Active) {
            require(value.debt > value.threshold, BendErrors.DEBT_NOT_OVER_THRESHOLD);
            require(bidPrice >= value.debt, BendErrors.BID_UNDER_DEBT);
            require(bidPrice >= value.liquidatePrice, BendErrors.BID_UNDER_LIQUIDATION_PRICE);
        } else {
            require(bidPrice >= value.debt, BendErrors.BID_UNDER_DEBT);
            (uint256 auctionEnd,) = _ends(loan);
            require(block.timestamp <= auctionEnd, BendErrors.AUCTION_ENDED);
            require(bidPrice >= loan.bidPrice + value.debt.percentMul(RAISE), BendErrors.BID_UNDER_HIGHEST);
        }
        _loans().auctionLoan(
            msg.sender, loan.loanId, onBehalfOf, bidPrice, value.debt, reserve.variableBorrowIndex
        );

        IERC20(loan.reserveAsset).safeTransferFrom(msg.sender, address(this), bidPrice);
        if (loan.bidderAddress != address(0)) {
            IERC20(loan.reserveAsset).safeTransfer(loan.bidderAddress, loan.bidPrice);
        }
        reserve.updateInterestRates(loan.reserveAsset, 0, 0);
        emit Auction(
            msg.sender, loan.reserveAsset, bidPrice, nftAsset, nftTokenId, onBehalfOf, loan.borrower, loan.loanId
        );
    }

    /// @return What the caller paid: the repayment and the fine.
    function redeem(address nftAsset, uint256 nftTokenId, uint256 amount, uint256 bidFine)
        external
        nonReentrant
        whenNotPaused
        returns (uint256)
    {
        LoanData memory loan = _loanOf(nftAsset, nftTokenId);
        ReserveData storage reserve = _reserves[loan.reserveAsset];
        _requireInAuction(loan);
        require(amount > 0, BendErrors.INVALID_AMOUNT);
        (, uint256 redeemEnd) = _ends(loan);
        require(block.timestamp <= redeemEnd, BendErrors.REDEEM_ENDED);

        reserve.updateState();
        uint256 debt = _valuation(loan).debt;
        uint256 fine = _bidFine(loan);
        require(fine <= bidFine, BendErrors.INVALID_BID_FINE);
        require(
            amount >= debt.percentMul(_nfts[nftAsset].configuration.redeemThreshold()),
            BendErrors.LESS_THAN_REDEEM_THRESHOLD
        );
        require(amount <= debt.percentMul(MOST_REDEEMED), BendErrors.MORE_THAN_MAX_REPAY);

        _loans().redeemLoan(msg.sender, loan.loanId, amount, reserve.variableBorrowIndex);
        IBendDebtToken(reserve.debtTokenAddress).burn(loan.borrower, amount, reserve.variableBorrowIndex);
        reserve.updateInterestRates(loan.reserveAsset, amount, 0);
        IERC20(loan.reserveAsset).safeTransferFrom(msg.sender, reserve.bTokenAddress, amount);
        IERC20(loan.reserveAsset).safeTransfer(loan.bidderAddress, loan.bidPrice);
        IERC20(loan.reserveAsset).safeTransferFrom(msg.sender, loan.firstBidderAddress, fine);
        emit Redeem(
            msg.sender, loan.reserveAsset, amount, fine, nftAsset, nftTokenId, loan.borrower, loan.loanId
        );
        return amount + fine;
    }

    /// @return The part of the debt that the bid did not cover and the caller paid.
    function liquidate(address nftAsset, uint256 nftTokenId, uint256 amount)
        external
        nonReentrant
        whenNotPaused
        returns (uint256)
    {
        LoanData memory loan = _loanOf(nftAsset, nftTokenId);
        ReserveData storage reserve = _reserves[loan.reserveAsset];
        _requireInAuction(loan);
        (uint256 auctionEnd,) = _ends(loan);
        require(block.timestamp > auctionEnd, BendErrors.AUCTION_NOT_ENDED);

        reserve.updateState();
        uint256 debt = _valuation(loan).debt;
        uint256 extra = loan.bidPrice < debt ? debt - loan.bidPrice : 0;
        uint256 surplus = loan.bidPrice > debt ? loan.bidPrice - debt : 0;
        require(amount >= extra, BendErrors.LESS_THAN_EXTRA_DEBT);

        _close(loan, reserve, debt);
        if (extra > 0) IERC20(loan.reserveAsset).safeTransferFrom(msg.sender, address(this), extra);
        IERC20(loan.reserveAsset).safeTransfer(reserve.bTokenAddress, debt);
        if (surplus > 0) IERC20(loan.reserveAsset).safeTransfer(loan.borrower, surplus);
        IERC721(nftAsset).safeTransferFrom(address(this), loan.bidderAddress, nftTokenId);
        emit Liquidate(
            msg.sender, loan.reserveAsset, debt, surplus, nftAsset, nftTokenId, loan.borrower, loan.loanId
        );
        return extra;
    }

    function _close(LoanData memory loan, ReserveData storage reserve, uint256 debt) private {
        uint256 index = reserve.variableBorrowIndex;
        address boundNft = _nfts[loan.nftAsset].bNftAddress;
        _loans().liquidateLoan(loan.bidderAddress, loan.loanId, boundNft, debt, index);
        IBendDebtToken(reserve.debtTokenAddress).burn(loan.borrower, debt, index);
        reserve.updateInterestRates(loan.reserveAsset, debt, 0);
    }
}
