// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {FixedMath} from "../math/FixedMath.sol";
import {BendErrors} from "./BendErrors.sol";
import {IBendPool, IBendProvider, IBoundNft} from "./BendInterfaces.sol";
import {LoanData, LoanState} from "./BendTypes.sol";

/// @title Equal to BendDAO v1's LendPoolLoan without interceptors and flash-claim locks: the book of loans
contract LendPoolLoan is ERC721Holder {
    using FixedMath for uint256;

    event LoanCreated(
        address indexed user,
        address indexed onBehalfOf,
        uint256 indexed loanId,
        address nftAsset,
        uint256 nftTokenId,
        address reserveAsset,
        uint256 amount,
        uint256 borrowIndex
    );
    event LoanUpdated(
        address indexed user,
        uint256 indexed loanId,
        address nftAsset,
        uint256 nftTokenId,
        address reserveAsset,
        uint256 amountAdded,
        uint256 amountTaken,
        uint256 borrowIndex
    );
    event LoanRepaid(
        address indexed user,
        uint256 indexed loanId,
        address nftAsset,
        uint256 nftTokenId,
        address reserveAsset,
        uint256 amount,
        uint256 borrowIndex
    );
    event LoanAuctioned(
        address indexed user,
        uint256 indexed loanId,
        address nftAsset,
        uint256 nftTokenId,
        uint256 amount,
        uint256 borrowIndex,
        address bidder,
        uint256 price,
        address previousBidder,
        uint256 previousPrice
    );
    event LoanRedeemed(
        address indexed user,
        uint256 indexed loanId,
        address nftAsset,
        uint256 nftTokenId,
        address reserveAsset,
        uint256 amountTaken,
        uint256 borrowIndex
    );
    event LoanLiquidated(
        address indexed user,
        uint256 indexed loanId,
        address nftAsset,
        uint256 nftTokenId,
        address reserveAsset,
        uint256 amount,
        uint256 borrowIndex
    );

    IBendProvider private immutable PROVIDER;
    uint256 private _nextId = 1;
    mapping(uint256 => LoanData) private _loans;
    mapping(address => mapping(uint256 => uint256)) private _loanIds;
    mapping(address => uint256) private _collateralAmount;
    mapping(address => mapping(address => uint256)) private _userCollateralAmount;

    constructor(address provider) {
        PROVIDER = IBendProvider(provider);
    }

    modifier onlyLendPool() {
        require(msg.sender == PROVIDER.getLendPool(), BendErrors.CALLER_NOT_POOL);
        _;
    }

    function initNft(address nftAsset, address bNftAddress) external onlyLendPool {
        IERC721(nftAsset).setApprovalForAll(bNftAddress, true);
    }

    function createLoan(
        address initiator,
        address onBehalfOf,
        address nftAsset,
        uint256 nftTokenId,
        address bNftAddress,
        address reserveAsset,
        uint256 amount,
        uint256 borrowIndex
    ) external onlyLendPool returns (uint256 loanId) {
        require(_loanIds[nftAsset][nftTokenId] == 0, BendErrors.ALREADY_COLLATERAL);
        loanId = _nextId++;
        _loanIds[nftAsset][nftTokenId] = loanId;
        IERC721(nftAsset).safeTransferFrom(msg.sender, address(this), nftTokenId);
        IBoundNft(bNftAddress).mint(onBehalfOf, nftTokenId);

        LoanData storage loan = _loans[loanId];
        loan.loanId = loanId;
        loan.state = LoanState.Active;
        loan.borrower = onBehalfOf;
        loan.nftAsset = nftAsset;
        loan.nftTokenId = nftTokenId;
        loan.reserveAsset = reserveAsset;
        loan.scaledAmount = amount.rayDiv(borrowIndex);
        _userCollateralAmount[onBehalfOf][nftAsset] += 1;
        _collateralAmount[nftAsset] += 1;
        emit LoanCreated(initiator, onBehalfOf, loanId, nftAsset, nftTokenId, reserveAsset, amount, borrowIndex);
    }

    function updateLoan(
        address initiator, uint256 loanId, uint256 amountAdded, uint256 amountTaken, uint256 borrowIndex
    ) external onlyLendPool {
        LoanData storage loan = _loans[loanId];
        require(loan.state == LoanState.Active, BendErrors.INVALID_LOAN_STATE);
        if (amountAdded > 0) {
            uint256 scaled = amountAdded.rayDiv(borrowIndex);
            require(scaled != 0, BendErrors.INVALID_LOAN_AMOUNT);
            loan.scaledAmount += scaled;
        }
        if (amountTaken > 0) _take(loan, amountTaken, borrowIndex);
        emit LoanUpdated(
            initiator,
            loanId,
            loan.nftAsset,
            loan.nftTokenId,
            loan.reserveAsset,
            amountAdded,
            amountTaken,
            borrowIndex
        );
    }

    function repayLoan(
        address initiator, uint256 loanId, address bNftAddress, uint256 amount, uint256 borrowIndex
    ) external onlyLendPool {
        LoanData storage loan = _loans[loanId];
        require(loan.state == LoanState.Active, BendErrors.INVALID_LOAN_STATE);
        loan.state = LoanState.Repaid;
        _release(loan, bNftAddress);
        emit LoanRepaid(
            initiator, loanId, loan.nftAsset, loan.nftTokenId, loan.reserveAsset, amount, borrowIndex
        );
    }

    function auctionLoan(
        address initiator,
        uint256 loanId,
        address onBehalfOf,
        uint256 bidPrice,
        uint256 borrowAmount,
        uint256 borrowIndex
    ) external onlyLendPool {
        LoanData storage loan = _loans[loanId];
        address previousBidder = loan.bidderAddress;
        uint256 previousPrice = loan.bidPrice;
        if (loan.bidStartTimestamp == 0) {
            require(loan.state == LoanState.Active, BendErrors.INVALID_LOAN_STATE);
            loan.state = LoanState.Auction;
            loan.bidStartTimestamp = block.timestamp;
            loan.firstBidderAddress = onBehalfOf;
        } else {
            require(loan.state == LoanState.Auction, BendErrors.INVALID_LOAN_STATE);
            require(bidPrice > loan.bidPrice, BendErrors.BID_UNDER_HIGHEST);
        }
        loan.bidBorrowAmount = borrowAmount;
        loan.bidderAddress = onBehalfOf;
        loan.bidPrice = bidPrice;
        emit LoanAuctioned(
            initiator,
            loanId,
            loan.nftAsset,
            loan.nftTokenId,
            borrowAmount,
            borrowIndex,
            onBehalfOf,
            bidPrice,
            previousBidder,
            previousPrice
        );
    }

    function redeemLoan(address initiator, uint256 loanId, uint256 amountTaken, uint256 borrowIndex)
        external
        onlyLendPool
    {
        LoanData storage loan = _loans[loanId];
        require(loan.state == LoanState.Auction, BendErrors.INVALID_LOAN_STATE);
        _take(loan, amountTaken, borrowIndex);
        loan.state = LoanState.Active;
        loan.bidStartTimestamp = 0;
        loan.bidBorrowAmount = 0;
        loan.bidderAddress = address(0);
        loan.bidPrice = 0;
        loan.firstBidderAddress = address(0);
        emit LoanRedeemed(
            initiator, loanId, loan.nftAsset, loan.nftTokenId, loan.reserveAsset, amountTaken, borrowIndex
        );
    }

    function liquidateLoan(
        address initiator, uint256 loanId, address bNftAddress, uint256 borrowAmount, uint256 borrowIndex
    ) external onlyLendPool {
        LoanData storage loan = _loans[loanId];
        require(loan.state == LoanState.Auction, BendErrors.INVALID_LOAN_STATE);
        loan.state = LoanState.Defaulted;
        loan.bidBorrowAmount = borrowAmount;
        _release(loan, bNftAddress);
        emit LoanLiquidated(
            initiator, loanId, loan.nftAsset, loan.nftTokenId, loan.reserveAsset, borrowAmount, borrowIndex
        );
    }

    function borrowerOf(uint256 loanId) external view returns (address) {
        return _loans[loanId].borrower;
    }

    function getCollateralLoanId(address nftAsset, uint256 nftTokenId) external view returns (uint256) {
        return _loanIds[nftAsset][nftTokenId];
    }

    function getLoan(uint256 loanId) external view returns (LoanData memory) {
        return _loans[loanId];
    }

    /// @notice One more than the last id given.
    function getCurrentLoanId() external view returns (uint256) {
        return _nextId;
    }

    function getLoanCollateralAndReserve(uint256 loanId)
        external
        view
        returns (address nftAsset, uint256 nftTokenId, address reserveAsset, uint256 scaledAmount)
    {
        LoanData storage loan = _loans[loanId];
        return (loan.nftAsset, loan.nftTokenId, loan.reserveAsset, loan.scaledAmount);
    }

    function getLoanReserveBorrowAmount(uint256 loanId) external view returns (address, uint256) {
        LoanData storage loan = _loans[loanId];
        if (loan.scaledAmount == 0) return (loan.reserveAsset, 0);
        uint256 index = IBendPool(PROVIDER.getLendPool()).getReserveNormalizedVariableDebt(loan.reserveAsset);
        return (loan.reserveAsset, loan.scaledAmount.rayMul(index));
    }

    function getLoanReserveBorrowScaledAmount(uint256 loanId) external view returns (address, uint256) {
        return (_loans[loanId].reserveAsset, _loans[loanId].scaledAmount);
    }

    function getLoanHighestBid(uint256 loanId) external view returns (address, uint256) {
        return (_loans[loanId].bidderAddress, _loans[loanId].bidPrice);
    }

    function getNftCollateralAmount(address nftAsset) external view returns (uint256) {
        return _collateralAmount[nftAsset];
    }

    function getUserNftCollateralAmount(address user, address nftAsset) external view returns (uint256) {
        return _userCollateralAmount[user][nftAsset];
    }

    function _take(LoanData storage loan, uint256 amount, uint256 borrowIndex) private {
        uint256 scaled = amount.rayDiv(borrowIndex);
        require(scaled != 0, BendErrors.INVALID_TAKEN_AMOUNT);
        require(loan.scaledAmount >= scaled, BendErrors.AMOUNT_OVERFLOW);
        loan.scaledAmount -= scaled;
    }

    /// @notice The token goes back to the pool, which passes it on; the closed loan keeps its figures.
    function _release(LoanData storage loan, address bNftAddress) private {
        _loanIds[loan.nftAsset][loan.nftTokenId] = 0;
        _userCollateralAmount[loan.borrower][loan.nftAsset] -= 1;
        _collateralAmount[loan.nftAsset] -= 1;
        IBoundNft(bNftAddress).burn(loan.nftTokenId);
        IERC721(loan.nftAsset).safeTransferFrom(address(this), msg.sender, loan.nftTokenId);
    }
}
