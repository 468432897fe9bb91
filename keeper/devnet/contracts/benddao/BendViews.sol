// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BendConfig} from "./BendConfig.sol";
import {BendPoolBase} from "./BendPoolBase.sol";
import {BendReserves} from "./BendReserves.sol";
import {ConfigurationMap, LoanData, LoanState, NftData, ReserveData} from "./BendTypes.sol";

/// @title The read side of BendDAO v1's LendPool
abstract contract BendViews is BendPoolBase {
    using BendReserves for ReserveData;
    using BendConfig for ConfigurationMap;

    function getReserveConfiguration(address asset) external view returns (ConfigurationMap memory) {
        return _reserves[asset].configuration;
    }

    function getNftConfiguration(address asset) external view returns (ConfigurationMap memory) {
        return _nfts[asset].configuration;
    }

    function getReserveNormalizedIncome(address asset) external view returns (uint256) {
        return _reserves[asset].normalizedIncome();
    }

    function getReserveNormalizedVariableDebt(address asset) external view returns (uint256) {
        return _reserves[asset].normalizedDebt();
    }

    function getReserveData(address asset) external view returns (ReserveData memory) {
        return _reserves[asset];
    }

    function getNftData(address asset) external view returns (NftData memory) {
        return _nfts[asset];
    }

    function getReservesList() external view returns (address[] memory) {
        return _reservesList;
    }

    function getNftsList() external view returns (address[] memory) {
        return _nftsList;
    }

    function getAddressesProvider() external view returns (address) {
        return address(PROVIDER);
    }

    function paused() external view returns (bool) {
        return _paused;
    }

    function getPausedTime() external view returns (uint256, uint256) {
        return (_pauseStartTime, _pauseDurationTime);
    }

    function getNftCollateralData(address nftAsset, address reserveAsset)
        external
        view
        returns (
            uint256 totalCollateralInETH,
            uint256 totalCollateralInReserve,
            uint256 availableBorrowsInETH,
            uint256 availableBorrowsInReserve,
            uint256 ltv,
            uint256 liquidationThreshold,
            uint256 liquidationBonus
        )
    {
        ConfigurationMap memory config = _nfts[nftAsset].configuration;
        (ltv, liquidationThreshold, liquidationBonus) =
            (config.ltv(), config.liquidationThreshold(), config.liquidationBonus());
        totalCollateralInETH = _nftPrice(nftAsset);
        if (reserveAsset != address(0)) totalCollateralInReserve = _collateralInReserve(nftAsset, reserveAsset);
        availableBorrowsInETH = _availableBorrows(totalCollateralInETH, 0, ltv);
        availableBorrowsInReserve = _availableBorrows(totalCollateralInReserve, 0, ltv);
    }

    /// @notice As in the original, the health factor of a loan in auction is 0.
    function getNftDebtData(address nftAsset, uint256 nftTokenId)
        external
        view
        returns (
            uint256 loanId,
            address reserveAsset,
            uint256 totalCollateral,
            uint256 totalDebt,
            uint256 availableBorrows,
            uint256 healthFactor
        )
    {
        loanId = _loans().getCollateralLoanId(nftAsset, nftTokenId);
        if (loanId == 0) return (0, address(0), 0, 0, 0, 0);
        LoanData memory loan = _loans().getLoan(loanId);
        ConfigurationMap memory config = _nfts[nftAsset].configuration;
        reserveAsset = loan.reserveAsset;
        totalCollateral = _collateralInReserve(nftAsset, reserveAsset);
        totalDebt = _debtOf(loanId);
        availableBorrows = _availableBorrows(totalCollateral, totalDebt, config.ltv());
        if (loan.state == LoanState.Active) {
            healthFactor = _healthFactor(totalCollateral, totalDebt, config.liquidationThreshold());
        }
    }

    function getNftAuctionData(address nftAsset, uint256 nftTokenId)
        external
        view
        returns (uint256 loanId, address bidderAddress, uint256 bidPrice, uint256 bidBorrowAmount, uint256 bidFine)
    {
        loanId = _loans().getCollateralLoanId(nftAsset, nftTokenId);
        if (loanId == 0) return (0, address(0), 0, 0, 0);
        LoanData memory loan = _loans().getLoan(loanId);
        return (loanId, loan.bidderAddress, loan.bidPrice, loan.bidBorrowAmount, _bidFine(loan));
    }

    function getNftAuctionEndTime(address nftAsset, uint256 nftTokenId)
        external
        view
        returns (uint256 loanId, uint256 bidStartTimestamp, uint256 bidEndTimestamp, uint256 redeemEndTimestamp)
    {
        loanId = _loans().getCollateralLoanId(nftAsset, nftTokenId);
        if (loanId == 0) return (0, 0, 0, 0);
        LoanData memory loan = _loans().getLoan(loanId);
        bidStartTimestamp = loan.bidStartTimestamp;
        if (bidStartTimestamp > 0) (bidEndTimestamp, redeemEndTimestamp) = _ends(loan);
    }

    function getNftLiquidatePrice(address nftAsset, uint256 nftTokenId)
        external
        view
        returns (uint256 liquidatePrice, uint256 paybackAmount)
    {
        uint256 loanId = _loans().getCollateralLoanId(nftAsset, nftTokenId);
        if (loanId == 0) return (0, 0);
        Valuation memory value = _valuation(_loans().getLoan(loanId));
        return (value.liquidatePrice, value.debt);
    }
}
