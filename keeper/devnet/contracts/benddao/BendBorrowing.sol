// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Enumerable.sol";
import {FixedMath} from "../math/FixedMath.sol";
import {BendConfig} from "./BendConfig.sol";
import {BendErrors} from "./BendErrors.sol";
import {IBendDebtToken, IBendOracle, IBendToken, IBoundNft} from "./BendInterfaces.sol";
import {BendPoolBase} from "./BendPoolBase.sol";
import {BendReserves} from "./BendReserves.sol";
import {ConfigurationMap, LoanData, LoanState, NftData, ReserveData} from "./BendTypes.sol";

/// @title Borrowers' half of LendPool, equal to BendDAO v1's BorrowLogic and its validations
abstract contract BendBorrowing is BendPoolBase {
    using SafeERC20 for IERC20;
    using FixedMath for uint256;
    using BendReserves for ReserveData;
    using BendConfig for ConfigurationMap;

    event Borrow(
        address user,
        address indexed reserve,
        uint256 amount,
        address nftAsset,
        uint256 nftTokenId,
        address indexed onBehalfOf,
        uint256 borrowRate,
        uint256 loanId,
        uint16 indexed referral
    );
    event Repay(
        address user,
        address indexed reserve,
        uint256 amount,
        address indexed nftAsset,
        uint256 nftTokenId,
        address indexed borrower,
        uint256 loanId
    );

    /// @notice The arguments of borrow, which do not fit on the stack beside what is computed from them.
    struct Request {
        address asset;
        uint256 amount;
        address nftAsset;
        uint256 nftTokenId;
        address onBehalfOf;
        uint16 referral;
    }

    function borrow(
        address asset,
        uint256 amount,
        address nftAsset,
        uint256 nftTokenId,
        address onBehalfOf,
        uint16 referralCode
    ) external nonReentrant whenNotPaused {
        require(onBehalfOf != address(0), BendErrors.INVALID_ONBEHALFOF);
        _borrow(Request(asset, amount, nftAsset, nftTokenId, onBehalfOf, referralCode));
    }

    function _borrow(Request memory ask) private {
        ReserveData storage reserve = _reserves[ask.asset];
        NftData storage nft = _nfts[ask.nftAsset];
        reserve.updateState();
        uint256 loanId = _loans().getCollateralLoanId(ask.nftAsset, ask.nftTokenId);
        require(IERC721Enumerable(ask.nftAsset).totalSupply() <= nft.maxSupply, BendErrors.SUPPLY_OVER_LIMIT);
        require(ask.nftTokenId <= nft.maxTokenId, BendErrors.TOKEN_ID_OVER_LIMIT);
        _validateBorrow(ask, reserve, nft, loanId);

        if (loanId == 0) {
            require(IBoundNft(nft.bNftAddress).totalSupply() < nft.maxCollateralCap, BendErrors.COLLATERAL_OVER_CAP);
            IERC721(ask.nftAsset).safeTransferFrom(msg.sender, address(this), ask.nftTokenId);
            loanId = _loans().createLoan(
                msg.sender,
                ask.onBehalfOf,
                ask.nftAsset,
                ask.nftTokenId,
                nft.bNftAddress,
                ask.asset,
                ask.amount,
                reserve.variableBorrowIndex
            );
        } else {
            _loans().updateLoan(msg.sender, loanId, ask.amount, 0, reserve.variableBorrowIndex);
        }
        IBendDebtToken(reserve.debtTokenAddress).mint(
            msg.sender, ask.onBehalfOf, ask.amount, reserve.variableBorrowIndex
        );
        reserve.updateInterestRates(ask.asset, 0, ask.amount);
        IBendToken(reserve.bTokenAddress).transferUnderlyingTo(msg.sender, ask.amount);
        emit Borrow(
            msg.sender,
            ask.asset,
            ask.amount,
            ask.nftAsset,
            ask.nftTokenId,
            ask.onBehalfOf,
            reserve.currentVariableBorrowRate,
            loanId,
            ask.referral
        );
    }

    function _validateBorrow(Request memory ask, ReserveData storage reserve, NftData storage nft, uint256 loanId)
        private
        view
    {
        require(reserve.bTokenAddress != address(0), BendErrors.INVALID_RESERVE);
        require(nft.bNftAddress != address(0), BendErrors.INVALID_BNFT);
        require(ask.amount > 0, BendErrors.INVALID_AMOUNT);
        if (loanId != 0) {
            LoanData memory loan = _loans().getLoan(loanId);
            require(loan.state == LoanState.Active, BendErrors.INVALID_LOAN_STATE);
            require(loan.reserveAsset == ask.asset, BendErrors.LOAN_IN_ANOTHER_RESERVE);
            require(loan.borrower == ask.onBehalfOf, BendErrors.LOAN_OF_ANOTHER);
        }
        require(reserve.configuration.active(), BendErrors.NO_ACTIVE_RESERVE);
        require(!reserve.configuration.frozen(), BendErrors.RESERVE_FROZEN);
        require(reserve.configuration.borrowing(), BendErrors.BORROWING_NOT_ENABLED);
        require(nft.configuration.active(), BendErrors.NO_ACTIVE_NFT);
        require(!nft.configuration.frozen(), BendErrors.NFT_FROZEN);
        require(!IBendOracle(PROVIDER.getNFTOracle()).isPriceStale(ask.nftAsset), BendErrors.PRICE_STALE);
        _validateUtilization(ask, reserve);

        uint256 debt = loanId == 0 ? 0 : _debtOf(loanId);
        uint256 collateral = _collateralInReserve(ask.nftAsset, ask.asset);
        require(collateral > 0, BendErrors.COLLATERAL_IS_0);
        require(
            _healthFactor(collateral, debt, nft.configuration.liquidationThreshold()) > FixedMath.WAD,
            BendErrors.HEALTH_FACTOR_TOO_LOW
        );
        require(
            (debt + ask.amount).percentDiv(nft.configuration.ltv()) <= collateral, BendErrors.COLLATERAL_CANNOT_COVER
        );
    }

    function _validateUtilization(Request memory ask, ReserveData storage reserve) private view {
        uint256 total = ask.amount
            + IBendDebtToken(reserve.debtTokenAddress).scaledTotalSupply().rayMul(reserve.variableBorrowIndex);
        uint256 available = IERC20(ask.asset).balanceOf(reserve.bTokenAddress);
        require(total.rayDiv(available + total) <= reserve.maxUtilizationRate, BendErrors.MAX_UTILIZATION);
    }

    /// @return The amount repaid, and whether that closed the loan.
    function repay(address nftAsset, uint256 nftTokenId, uint256 amount)
        external
        nonReentrant
        whenNotPaused
        returns (uint256, bool)
    {
        LoanData memory loan = _loanOf(nftAsset, nftTokenId);
        ReserveData storage reserve = _reserves[loan.reserveAsset];
        reserve.updateState();
        uint256 debt = _debtOf(loan.loanId);
        _requireActive(loan);
        require(amount > 0, BendErrors.INVALID_AMOUNT);
        require(debt > 0, BendErrors.NO_DEBT);
        require(loan.state == LoanState.Active, BendErrors.INVALID_LOAN_STATE);

        bool whole = amount >= debt;
        uint256 paid = whole ? debt : amount;
        _takeFromLoan(loan, reserve, paid, whole);
        reserve.updateInterestRates(loan.reserveAsset, paid, 0);
        IERC20(loan.reserveAsset).safeTransferFrom(msg.sender, reserve.bTokenAddress, paid);
        if (whole) IERC721(nftAsset).safeTransferFrom(address(this), loan.borrower, nftTokenId);
        emit Repay(msg.sender, loan.reserveAsset, paid, nftAsset, nftTokenId, loan.borrower, loan.loanId);
        return (paid, whole);
    }

    function _takeFromLoan(LoanData memory loan, ReserveData storage reserve, uint256 paid, bool whole) private {
        uint256 index = reserve.variableBorrowIndex;
        if (whole) {
            _loans().repayLoan(msg.sender, loan.loanId, _nfts[loan.nftAsset].bNftAddress, paid, index);
        } else {
            _loans().updateLoan(msg.sender, loan.loanId, 0, paid, index);
        }
        IBendDebtToken(reserve.debtTokenAddress).burn(loan.borrower, paid, index);
    }
}
