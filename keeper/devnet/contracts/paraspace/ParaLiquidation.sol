// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {PRBMathUD60x18} from "prb-math/contracts/PRBMathUD60x18.sol";
import {FixedMath} from "../math/FixedMath.sol";
import {ParaAuctions} from "./ParaAuctions.sol";
import {ParaConfig} from "./ParaConfig.sol";
import {ParaErrors} from "./ParaErrors.sol";
import {IParaAuctionStrategy, IParaDebtToken, IParaNToken, IParaPToken, IWeth} from "./ParaInterfaces.sol";
import {ParaReserves} from "./ParaReserves.sol";
import {ParaSupply} from "./ParaSupply.sol";
import {ReserveConfigurationMap, ReserveData} from "./ParaTypes.sol";

/// @title Buying collateral, equal to ParaSpace's LiquidationLogic and its validations
abstract contract ParaLiquidation is ParaSupply, ParaAuctions {
    using SafeERC20 for IERC20;
    using FixedMath for uint256;
    using PRBMathUD60x18 for uint256;
    using ParaConfig for ReserveConfigurationMap;
    using ParaReserves for ReserveData;

    event LiquidateERC20(
        address indexed collateralAsset,
        address indexed liquidationAsset,
        address indexed borrower,
        uint256 liquidationAmount,
        uint256 liquidatedCollateralAmount,
        address liquidator,
        bool receivePToken
    );
    event LiquidateERC721(
        address indexed collateralAsset,
        address indexed liquidationAsset,
        address indexed borrower,
        uint256 liquidationAmount,
        uint256 liquidatedCollateralTokenId,
        address liquidator,
        bool receiveNToken
    );

    /// @notice The arguments of a liquidation, and what is computed from them.
    struct Order {
        address collateralAsset;
        address liquidationAsset;
        address borrower;
        uint256 amount;
        bool receiveXToken;
        uint256 debt;
        uint256 healthFactor;
        uint256 owned;
        uint256 taken;
        uint256 paid;
        uint256 fee;
        address payer;
    }

    function liquidateERC20(
        address collateralAsset,
        address liquidationAsset,
        address borrower,
        uint256 liquidationAmount,
        bool receivePToken
    ) external payable nonReentrant {
        Order memory order;
        order.collateralAsset = collateralAsset;
        order.liquidationAsset = liquidationAsset;
        order.borrower = borrower;
        order.amount = liquidationAmount;
        order.receiveXToken = receivePToken;
        _reserves[liquidationAsset].updateState();
        order.healthFactor = _account(borrower).healthFactor;
        _sizeErc20(order);
        _validateErc20(order);

        if (order.debt == order.paid) _setBorrowing(borrower, _reserves[liquidationAsset].id, false);
        if (order.taken + order.fee == order.owned) _setCollateral(borrower, collateralAsset, false);
        if (order.fee != 0) {
            IParaPToken pToken = IParaPToken(_reserves[collateralAsset].xTokenAddress);
            pToken.transferOnLiquidation(borrower, pToken.RESERVE_TREASURY_ADDRESS(), order.fee);
        }
        _payDebt(order);
        _handOverErc20(order);
        emit LiquidateERC20(
            collateralAsset, liquidationAsset, borrower, order.paid, order.taken, msg.sender, receivePToken
        );
    }

    function liquidateERC721(
        address collateralAsset,
        address borrower,
        uint256 collateralTokenId,
        uint256 maxLiquidationAmount,
        bool receiveNToken
    ) external payable nonReentrant {
        Order memory order;
        order.collateralAsset = collateralAsset;
        order.liquidationAsset = _weth();
        order.borrower = borrower;
        order.amount = maxLiquidationAmount;
        order.receiveXToken = receiveNToken;
        Account memory account = _account(borrower);
        order.healthFactor = account.erc721HealthFactor;
        order.debt = account.debt;
        _priceErc721(order, collateralTokenId);
        _validateErc721(order, collateralTokenId);

        IParaNToken nToken = IParaNToken(_reserves[collateralAsset].xTokenAddress);
        if (_reserves[collateralAsset].auctionStrategyAddress != address(0)) {
            nToken.endAuction(collateralTokenId);
            emit AuctionEnded(borrower, collateralAsset, collateralTokenId);
        }
        _payIntoCollateral(order);
        _handOverErc721(order, nToken, collateralTokenId);
        emit LiquidateERC721(
            collateralAsset,
            order.liquidationAsset,
            borrower,
            order.paid,
            collateralTokenId,
            msg.sender,
            receiveNToken
        );
    }

    /// @notice Half of the debt may be repaid, all of it at a health factor of 0.95 or less; at most what is owned
    /// is taken.
    function _sizeErc20(Order memory order) private view {
        ReserveData storage collateral = _reserves[order.collateralAsset];
        ReserveData storage principal = _reserves[order.liquidationAsset];
        order.debt = IParaDebtToken(principal.variableDebtTokenAddress).balanceOf(order.borrower);
        uint256 most = order.debt.percentMul(order.healthFactor > 0.95e18 ? 5000 : 10_000);
        order.paid = order.amount < most ? order.amount : most;
        order.owned = IParaPToken(collateral.xTokenAddress).balanceOf(order.borrower);

        uint256 bonus = collateral.configuration.liquidationBonus();
        uint256 collateralPrice = _price(order.collateralAsset) * principal.configuration.unit();
        uint256 principalPrice = _price(order.liquidationAsset) * collateral.configuration.unit();
        order.taken = ((principalPrice * order.paid) / collateralPrice).percentMul(bonus);
        if (order.taken > order.owned) {
            order.taken = order.owned;
            order.paid = ((collateralPrice * order.taken) / principalPrice).percentDiv(bonus);
        }
        uint256 share = collateral.configuration.protocolFee();
        if (share != 0) {
            order.fee = (order.taken - order.taken.percentDiv(bonus)).percentMul(share);
            order.taken -= order.fee;
        }
    }

    function _validateErc20(Order memory order) private view {
        ReserveData storage collateral = _reserves[order.collateralAsset];
        ParaErrors.check(!collateral.configuration.isNft(), ParaErrors.INVALID_ASSET_TYPE);
        ParaErrors.check(
            msg.value == 0 || order.liquidationAsset == _weth(), ParaErrors.INVALID_LIQUIDATION_ASSET
        );
        ParaErrors.check(msg.value == 0 || msg.value >= order.paid, ParaErrors.LIQUIDATION_AMOUNT_NOT_ENOUGH);
        _requireBothRunning(collateral, _reserves[order.liquidationAsset]);
        _requireSentinel(order.healthFactor);
        ParaErrors.check(order.healthFactor < FixedMath.WAD, ParaErrors.HEALTH_FACTOR_NOT_BELOW_THRESHOLD);
        ParaErrors.check(
            collateral.configuration.liquidationThreshold() != 0 && _isCollateral(order.borrower, collateral.id),
            ParaErrors.COLLATERAL_NOT_ENABLED
        );
        ParaErrors.check(order.debt != 0, ParaErrors.CURRENCY_NOT_BORROWED);
    }

    function _payDebt(Order memory order) private {
        _wrap(order);
        ReserveData storage principal = _reserves[order.liquidationAsset];
        IParaDebtToken(principal.variableDebtTokenAddress).burn(
            order.borrower, order.paid, principal.variableBorrowIndex
        );
        principal.updateInterestRates(order.liquidationAsset, order.paid, 0);
        _move(order, principal.xTokenAddress, order.paid);
    }

    function _handOverErc20(Order memory order) private {
        ReserveData storage collateral = _reserves[order.collateralAsset];
        IParaPToken pToken = IParaPToken(collateral.xTokenAddress);
        if (order.receiveXToken) {
            bool first = pToken.balanceOf(msg.sender) == 0;
            pToken.transferOnLiquidation(order.borrower, msg.sender, order.taken);
            if (first) _setCollateral(msg.sender, order.collateralAsset, true);
            return;
        }
        collateral.updateState();
        collateral.updateInterestRates(order.collateralAsset, 0, order.taken);
        pToken.burn(order.borrower, msg.sender, order.taken, collateral.liquidityIndex);
    }

    /// @notice Oracle price × trait × auction multiplier in the payment's units; a bonus only where no auction is.
    function _priceErc721(Order memory order, uint256 tokenId) private view {
        ReserveData storage collateral = _reserves[order.collateralAsset];
        IParaNToken nToken = IParaNToken(collateral.xTokenAddress);
        order.owned = nToken.collateralizedBalanceOf(order.borrower);
        uint256 price = _price(order.collateralAsset).wadMul(nToken.getTraitMultiplier(tokenId));
        uint256 bonus = collateral.configuration.liquidationBonus();
        if (collateral.auctionStrategyAddress != address(0)) {
            bonus = FixedMath.PERCENT;
            if (_isAuctioned(address(nToken), tokenId)) {
                uint256 start = nToken.getAuctionData(tokenId).startTime;
                price = price.mul(
                    IParaAuctionStrategy(collateral.auctionStrategyAddress).calculateAuctionPriceMultiplier(
                        start, block.timestamp
                    )
                );
            }
        }
        uint256 payment = _price(order.liquidationAsset);
        uint256 unit = _reserves[order.liquidationAsset].configuration.unit();
        uint256 cost = (price * unit) / payment;
        order.debt = (order.debt * unit) / payment;
        order.paid = cost.percentDiv(bonus);
        order.fee = (cost - order.paid).percentMul(collateral.configuration.protocolFee());
        order.paid += order.fee;
    }

    function _validateErc721(Order memory order, uint256 tokenId) private view {
        ParaErrors.check(msg.sender != order.borrower, ParaErrors.LIQUIDATOR_IS_BORROWER);
        ReserveData storage collateral = _reserves[order.collateralAsset];
        ParaErrors.check(collateral.configuration.isNft(), ParaErrors.INVALID_ASSET_TYPE);
        _requireBothRunning(collateral, _reserves[order.liquidationAsset]);
        _requireSentinel(order.healthFactor);
        if (collateral.auctionStrategyAddress != address(0)) {
            ParaErrors.check(
                order.healthFactor < _auctionRecoveryHealthFactor, ParaErrors.ERC721_HEALTH_FACTOR_NOT_BELOW
            );
            ParaErrors.check(
                _isAuctioned(collateral.xTokenAddress, tokenId), ParaErrors.AUCTION_NOT_STARTED
            );
        } else {
            ParaErrors.check(order.healthFactor < FixedMath.WAD, ParaErrors.ERC721_HEALTH_FACTOR_NOT_BELOW);
        }
        ParaErrors.check(
            order.amount >= order.paid && (msg.value == 0 || msg.value >= order.amount),
            ParaErrors.LIQUIDATION_AMOUNT_NOT_ENOUGH
        );
        _requireCollateral(order.borrower, collateral, tokenId);
        ParaErrors.check(order.debt != 0, ParaErrors.GLOBAL_DEBT_IS_ZERO);
    }

    /// @notice The payment becomes the borrower's collateral; the debt stays.
    function _payIntoCollateral(Order memory order) private {
        _wrap(order);
        _supply(order.liquidationAsset, order.paid - order.fee, order.borrower, order.payer, 0);
        if (!_isCollateral(order.borrower, _reserves[order.liquidationAsset].id)) {
            _setCollateral(order.borrower, order.liquidationAsset, true);
        }
        if (order.owned == 1) _setCollateral(order.borrower, order.collateralAsset, false);
        if (order.fee != 0) {
            IParaPToken pToken = IParaPToken(_reserves[order.liquidationAsset].xTokenAddress);
            _move(order, pToken.RESERVE_TREASURY_ADDRESS(), order.fee);
        }
    }

    function _handOverErc721(Order memory order, IParaNToken nToken, uint256 tokenId) private {
        if (order.receiveXToken) {
            nToken.transferOnLiquidation(order.borrower, msg.sender, tokenId);
            return;
        }
        uint256[] memory tokenIds = new uint256[](1);
        tokenIds[0] = tokenId;
        nToken.burn(order.borrower, msg.sender, tokenIds);
    }

    /// @notice Ether sent along is wrapped as far as it is needed; the rest goes back at once.
    function _wrap(Order memory order) private {
        order.payer = msg.sender;
        if (msg.value == 0) return;
        order.payer = address(this);
        IWeth(_weth()).deposit{value: order.paid}();
        if (msg.value > order.paid) Address.sendValue(payable(msg.sender), msg.value - order.paid);
    }

    function _move(Order memory order, address to, uint256 amount) private {
        IERC20(order.liquidationAsset).safeTransferFrom(order.payer, to, amount);
    }
}
