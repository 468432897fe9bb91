// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ReentrancyGuard} from "@openzeppelin/contracts/security/ReentrancyGuard.sol";
import {FixedMath} from "../math/FixedMath.sol";
import {BendConfig} from "./BendConfig.sol";
import {BendErrors} from "./BendErrors.sol";
import {IBendLoan, IBendOracle, IBendProvider} from "./BendInterfaces.sol";
import {ConfigurationMap, LoanData, LoanState, NftData, ReserveData} from "./BendTypes.sol";

/// @title State, guards and pricing that LendPool's parts share; pricing equals BendDAO v1's GenericLogic
abstract contract BendPoolBase is ReentrancyGuard {
    using FixedMath for uint256;
    using BendConfig for ConfigurationMap;

    /// @notice What decides about one loan now; amounts in units of its reserve.
    struct Valuation {
        uint256 debt;
        uint256 collateral;
        uint256 threshold;
        uint256 liquidatePrice;
    }

    IBendProvider internal immutable PROVIDER;
    mapping(address => ReserveData) internal _reserves;
    mapping(address => NftData) internal _nfts;
    address[] internal _reservesList;
    address[] internal _nftsList;
    bool internal _paused;
    uint256 internal _pauseStartTime;
    uint256 internal _pauseDurationTime;

    constructor(address provider) {
        PROVIDER = IBendProvider(provider);
    }

    modifier whenNotPaused() {
        _requireNotPaused();
        _;
    }

    modifier onlyConfigurator() {
        _requireConfigurator();
        _;
    }

    function _requireNotPaused() private view {
        require(!_paused, BendErrors.PAUSED);
    }

    function _requireConfigurator() private view {
        require(msg.sender == PROVIDER.getLendPoolConfigurator(), BendErrors.CALLER_NOT_CONFIGURATOR);
    }

    function _loans() internal view returns (IBendLoan) {
        return IBendLoan(PROVIDER.getLendPoolLoan());
    }

    /// @notice The loan on a token; error 409 if there is none.
    function _loanOf(address nftAsset, uint256 nftTokenId) internal view returns (LoanData memory) {
        uint256 loanId = _loans().getCollateralLoanId(nftAsset, nftTokenId);
        require(loanId != 0, BendErrors.NOT_COLLATERAL);
        return _loans().getLoan(loanId);
    }

    function _debtOf(uint256 loanId) internal view returns (uint256 debt) {
        (, debt) = _loans().getLoanReserveBorrowAmount(loanId);
    }

    function _reservePrice(address asset) internal view returns (uint256) {
        return IBendOracle(PROVIDER.getReserveOracle()).getAssetPrice(asset);
    }

    function _nftPrice(address asset) internal view returns (uint256) {
        return IBendOracle(PROVIDER.getNFTOracle()).getAssetPrice(asset);
    }

    /// @notice Floor of a collection's price in units of a reserve.
    function _collateralInReserve(address nftAsset, address reserveAsset) internal view returns (uint256) {
        return (10 ** _reserves[reserveAsset].configuration.decimals() * _nftPrice(nftAsset))
            / _reservePrice(reserveAsset);
    }

    function _valuation(LoanData memory loan) internal view returns (Valuation memory value) {
        ConfigurationMap memory config = _nfts[loan.nftAsset].configuration;
        value.debt = _debtOf(loan.loanId);
        value.collateral = _collateralInReserve(loan.nftAsset, loan.reserveAsset);
        value.threshold = value.collateral.percentMul(config.liquidationThreshold());
        uint256 bonus = config.liquidationBonus();
        if (bonus < FixedMath.PERCENT) value.liquidatePrice = value.collateral.percentMul(FixedMath.PERCENT - bonus);
        if (value.liquidatePrice < value.debt) value.liquidatePrice = value.debt;
    }

    /// @notice What a redeemer pays to the first bidder: a share of the debt, at least a share of one ether's worth.
    function _bidFine(LoanData memory loan) internal view returns (uint256 fine) {
        if (loan.bidPrice == 0) return 0;
        ConfigurationMap memory config = _nfts[loan.nftAsset].configuration;
        uint256 oneEther =
            (1 ether * 10 ** _reserves[loan.reserveAsset].configuration.decimals()) / _reservePrice(loan.reserveAsset);
        uint256 least = oneEther.percentMul(config.minBidFine());
        fine = _debtOf(loan.loanId).percentMul(config.redeemFine());
        if (fine < least) fine = least;
    }

    /// @notice A pause that began after the first bid lengthens both windows.
    function _ends(LoanData memory loan) internal view returns (uint256 auctionEnd, uint256 redeemEnd) {
        ConfigurationMap memory config = _nfts[loan.nftAsset].configuration;
        uint256 start = loan.bidStartTimestamp;
        if (_pauseDurationTime > 0 && start <= _pauseStartTime) start += _pauseDurationTime;
        return (start + config.auctionDuration(), start + config.redeemDuration());
    }

    function _healthFactor(uint256 collateral, uint256 debt, uint256 threshold) internal pure returns (uint256) {
        if (debt == 0) return type(uint256).max;
        return collateral.percentMul(threshold).wadDiv(debt);
    }

    function _availableBorrows(uint256 collateral, uint256 debt, uint256 ltv) internal pure returns (uint256) {
        uint256 power = collateral.percentMul(ltv);
        return power < debt ? 0 : power - debt;
    }

    /// @notice The checks that every step on a loan begins with, in the original's order.
    function _requireActive(LoanData memory loan) internal view {
        NftData storage nft = _nfts[loan.nftAsset];
        ReserveData storage reserve = _reserves[loan.reserveAsset];
        require(nft.bNftAddress != address(0), BendErrors.INVALID_BNFT);
        require(reserve.bTokenAddress != address(0), BendErrors.INVALID_RESERVE);
        require(reserve.configuration.active(), BendErrors.NO_ACTIVE_RESERVE);
        require(nft.configuration.active(), BendErrors.NO_ACTIVE_NFT);
    }

    function _requireInAuction(LoanData memory loan) internal view {
        _requireActive(loan);
        require(loan.state == LoanState.Auction, BendErrors.INVALID_LOAN_STATE);
        require(loan.bidderAddress != address(0), BendErrors.INVALID_BIDDER);
    }
}
