// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {ICurve} from "./ICurve.sol";
import {IPropertyChecker, ISudoFactory, ISudoRoyaltyEngine, PairVariant, PoolType} from "./SudoInterfaces.sol";

/// @title Equal to sudoswap v2's LSSVMPair and LSSVMPairERC721, as clones whose parameters are stored, not appended
abstract contract LSSVMPair is ERC721Holder {
    event SwapNFTInPair(uint256 amountOut, uint256[] ids);
    event SwapNFTOutPair(uint256 amountIn, uint256[] ids);
    event SpotPriceUpdate(uint128 newSpotPrice);
    event TokenDeposit(uint256 amount);
    event TokenWithdrawal(uint256 amount);
    event NFTWithdrawal(uint256[] ids);
    event DeltaUpdate(uint128 newDelta);
    event FeeUpdate(uint96 newFee);
    event AssetRecipientChange(address indexed a);
    event OwnershipTransferred(address indexed newOwner);

    error Ownable_NotOwner();
    error Ownable_NewOwnerZeroAddress();
    error LSSVMPair__NotRouter();
    error LSSVMPair__InvalidDelta();
    error LSSVMPair__WrongPoolType();
    error LSSVMPair__OutputTooSmall();
    error LSSVMPair__ZeroSwapAmount();
    error LSSVMPair__RoyaltyTooLarge();
    error LSSVMPair__TradeFeeTooLarge();
    error LSSVMPair__InvalidSpotPrice();
    error LSSVMPair__AlreadyInitialized();
    error LSSVMPair__DemandedInputTooLarge();
    error LSSVMPair__NonTradePoolWithTradeFee();
    error LSSVMPair__BondingCurveError(ICurve.Error error);
    error LSSVMPairERC721__PropertyCheckFailed();
    error LSSVMPairERC721__NeedPropertyChecking();

    /// @notice What the original appends to a clone's code.
    struct Parameters {
        ISudoFactory factory;
        ICurve bondingCurve;
        address nft;
        PoolType poolType;
        address propertyChecker;
        address token;
    }

    uint256 private constant MAX_TRADE_FEE = 0.5e18;
    ISudoRoyaltyEngine public immutable ROYALTY_ENGINE;

    Parameters internal _parameters;
    uint128 public spotPrice;
    uint128 public delta;
    uint96 public fee;
    address payable internal _assetRecipient;
    address public owner;

    constructor(address royaltyEngine) {
        ROYALTY_ENGINE = ISudoRoyaltyEngine(royaltyEngine);
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert Ownable_NotOwner();
        _;
    }

    function initialize(
        Parameters calldata parameters,
        address owner_,
        address payable assetRecipient,
        uint128 delta_,
        uint96 fee_,
        uint128 spotPrice_
    ) external {
        if (owner != address(0)) revert LSSVMPair__AlreadyInitialized();
        owner = owner_;
        _parameters = parameters;
        if (parameters.poolType != PoolType.TRADE && fee_ != 0) revert LSSVMPair__NonTradePoolWithTradeFee();
        if (fee_ > MAX_TRADE_FEE) revert LSSVMPair__TradeFeeTooLarge();
        if (!parameters.bondingCurve.validateDelta(delta_)) revert LSSVMPair__InvalidDelta();
        if (!parameters.bondingCurve.validateSpotPrice(spotPrice_)) revert LSSVMPair__InvalidSpotPrice();
        fee = fee_;
        _assetRecipient = assetRecipient;
        delta = delta_;
        spotPrice = spotPrice_;
    }

    function swapTokenForSpecificNFTs(
        uint256[] calldata nftIds,
        uint256 maxExpectedTokenInput,
        address nftRecipient,
        bool isRouter,
        address
    ) external payable returns (uint256 total) {
        if (isRouter) revert LSSVMPair__NotRouter();
        factory().openLock();
        if (poolType() == PoolType.TOKEN) revert LSSVMPair__WrongPoolType();
        if (nftIds.length == 0) revert LSSVMPair__ZeroSwapAmount();

        total = _collect(nftIds[0], nftIds.length, maxExpectedTokenInput);
        for (uint256 i = 0; i < nftIds.length; i++) {
            IERC721(nft()).transferFrom(address(this), nftRecipient, nftIds[i]);
        }
        _refund(total);
        factory().closeLock();
        emit SwapNFTOutPair(total, nftIds);
    }

    function swapNFTsForToken(
        uint256[] calldata nftIds,
        uint256 minExpectedTokenOutput,
        address payable tokenRecipient,
        bool isRouter,
        address
    ) external returns (uint256) {
        if (propertyChecker() != address(0)) revert LSSVMPairERC721__NeedPropertyChecking();
        return _sellToPool(nftIds, minExpectedTokenOutput, tokenRecipient, isRouter);
    }

    function swapNFTsForToken(
        uint256[] calldata nftIds,
        uint256 minExpectedTokenOutput,
        address payable tokenRecipient,
        bool isRouter,
        address,
        bytes calldata propertyCheckerParams
    ) external returns (uint256) {
        if (!IPropertyChecker(propertyChecker()).hasProperties(nftIds, propertyCheckerParams)) {
            revert LSSVMPairERC721__PropertyCheckFailed();
        }
        return _sellToPool(nftIds, minExpectedTokenOutput, tokenRecipient, isRouter);
    }

    function getBuyNFTQuote(uint256 assetId, uint256 numNFTs)
        external
        view
        returns (
            ICurve.Error error,
            uint256 newSpotPrice,
            uint256 newDelta,
            uint256 inputAmount,
            uint256 protocolFee,
            uint256 royaltyAmount
        )
    {
        uint256 tradeFee;
        (error, newSpotPrice, newDelta, inputAmount, tradeFee, protocolFee) =
            bondingCurve().getBuyInfo(spotPrice, delta, numNFTs, fee, factory().protocolFeeMultiplier());
        if (numNFTs != 0) {
            (,, royaltyAmount) = calculateRoyaltiesView(assetId, inputAmount - tradeFee - protocolFee);
            inputAmount += royaltyAmount;
        }
    }

    function getSellNFTQuote(uint256 assetId, uint256 numNFTs)
        external
        view
        returns (
            ICurve.Error error,
            uint256 newSpotPrice,
            uint256 newDelta,
            uint256 outputAmount,
            uint256 protocolFee,
            uint256 royaltyAmount
        )
    {
        (error, newSpotPrice, newDelta, outputAmount,, protocolFee) =
            bondingCurve().getSellInfo(spotPrice, delta, numNFTs, fee, factory().protocolFeeMultiplier());
        if (numNFTs != 0) {
            (,, royaltyAmount) = calculateRoyaltiesView(assetId, outputAmount);
            outputAmount -= royaltyAmount;
        }
    }

    function calculateRoyaltiesView(uint256 assetId, uint256 saleAmount)
        public
        view
        returns (address payable[] memory recipients, uint256[] memory amounts, uint256 total)
    {
        (recipients, amounts) = ROYALTY_ENGINE.getRoyaltyView(nft(), assetId, saleAmount);
        return _settled(recipients, amounts, saleAmount);
    }

    function pairVariant() public pure virtual returns (PairVariant);

    function factory() public view returns (ISudoFactory) {
        return _parameters.factory;
    }

    function bondingCurve() public view returns (ICurve) {
        return _parameters.bondingCurve;
    }

    function nft() public view returns (address) {
        return _parameters.nft;
    }

    function poolType() public view returns (PoolType) {
        return _parameters.poolType;
    }

    function propertyChecker() public view returns (address) {
        return _parameters.propertyChecker;
    }

    /// @notice Who gets what is swapped in: a TRADE pool itself, else the recipient set, else the owner.
    function getAssetRecipient() public view returns (address payable) {
        if (poolType() == PoolType.TRADE) return payable(address(this));
        return _assetRecipient == address(0) ? payable(owner) : _assetRecipient;
    }

    /// @notice Who gets a TRADE pool's fees: the recipient set, else the pool itself.
    function getFeeRecipient() public view returns (address payable) {
        return _assetRecipient == address(0) ? payable(address(this)) : _assetRecipient;
    }

    function changeSpotPrice(uint128 newSpotPrice) external onlyOwner {
        if (!bondingCurve().validateSpotPrice(newSpotPrice)) revert LSSVMPair__InvalidSpotPrice();
        _setSpotPrice(newSpotPrice);
    }

    function changeDelta(uint128 newDelta) external onlyOwner {
        if (!bondingCurve().validateDelta(newDelta)) revert LSSVMPair__InvalidDelta();
        _setDelta(newDelta);
    }

    function changeFee(uint96 newFee) external onlyOwner {
        if (poolType() != PoolType.TRADE) revert LSSVMPair__NonTradePoolWithTradeFee();
        if (newFee > MAX_TRADE_FEE) revert LSSVMPair__TradeFeeTooLarge();
        if (fee != newFee) {
            fee = newFee;
            emit FeeUpdate(newFee);
        }
    }

    function changeAssetRecipient(address payable newRecipient) external onlyOwner {
        if (_assetRecipient != newRecipient) {
            _assetRecipient = newRecipient;
            emit AssetRecipientChange(newRecipient);
        }
    }

    function transferOwnership(address newOwner, bytes calldata) external payable onlyOwner {
        if (newOwner == address(0)) revert Ownable_NewOwnerZeroAddress();
        owner = newOwner;
        emit OwnershipTransferred(newOwner);
    }

    function withdrawERC721(IERC721 collection, uint256[] calldata nftIds) external onlyOwner {
        for (uint256 i = 0; i < nftIds.length; i++) {
            collection.safeTransferFrom(address(this), msg.sender, nftIds[i]);
        }
        if (address(collection) == nft()) emit NFTWithdrawal(nftIds);
    }

    /// @notice Takes the price of a purchase from the caller and hands out its parts.
    function _pull(
        uint256 input,
        address payable[] memory recipients,
        uint256[] memory amounts,
        uint256 royalty,
        uint256 tradeFees,
        uint256 protocolFee
    ) internal virtual;

    function _refund(uint256 spent) internal virtual;

    function _send(address payable to, uint256 amount) internal virtual;

    function _sellToPool(
        uint256[] calldata nftIds, uint256 minOutput, address payable tokenRecipient, bool isRouter
    ) private returns (uint256 output) {
        if (isRouter) revert LSSVMPair__NotRouter();
        factory().openLock();
        if (poolType() == PoolType.NFT) revert LSSVMPair__WrongPoolType();
        if (nftIds.length == 0) revert LSSVMPair__ZeroSwapAmount();

        output = _payOut(nftIds, minOutput, tokenRecipient);
        factory().closeLock();
        emit SwapNFTInPair(output, nftIds);
    }

    /// @notice Prices a purchase and takes what it costs from the caller, royalties and fees included.
    function _collect(uint256 firstId, uint256 n, uint256 maxInput) private returns (uint256 total) {
        (uint256 tradeFee, uint256 protocolFee, uint256 input) = _buyFromCurve(n);
        (address payable[] memory recipients, uint256[] memory amounts, uint256 royalty) =
            _royalties(firstId, input - protocolFee - tradeFee);
        total = royalty + input;
        if (total > maxInput) revert LSSVMPair__DemandedInputTooLarge();
        _pull(input, recipients, amounts, royalty, 2 * tradeFee, protocolFee);
    }

    /// @notice Prices a sale, takes the NFTs, pays the seller, then royalties, then the protocol.
    function _payOut(uint256[] calldata nftIds, uint256 minOutput, address payable tokenRecipient)
        private
        returns (uint256)
    {
        (uint256 protocolFee, uint256 output) = _sellToCurve(nftIds.length);
        (address payable[] memory recipients, uint256[] memory amounts, uint256 royalty) =
            _royalties(nftIds[0], output);
        output -= royalty;
        if (output < minOutput) revert LSSVMPair__OutputTooSmall();
        _take(nftIds);
        _send(tokenRecipient, output);
        for (uint256 i = 0; i < recipients.length; i++) _send(recipients[i], amounts[i]);
        _send(payable(address(factory())), protocolFee);
        return output;
    }

    function _take(uint256[] calldata nftIds) private {
        address to = getAssetRecipient();
        for (uint256 i = 0; i < nftIds.length; i++) IERC721(nft()).transferFrom(msg.sender, to, nftIds[i]);
    }

    function _buyFromCurve(uint256 n) private returns (uint256 tradeFee, uint256 protocolFee, uint256 input) {
        ICurve.Error error;
        uint128 newSpot;
        uint128 newDelta;
        (error, newSpot, newDelta, input, tradeFee, protocolFee) =
            bondingCurve().getBuyInfo(spotPrice, delta, n, fee, factory().protocolFeeMultiplier());
        if (error != ICurve.Error.OK) revert LSSVMPair__BondingCurveError(error);
        _setSpotPrice(newSpot);
        _setDelta(newDelta);
    }

    function _sellToCurve(uint256 n) private returns (uint256 protocolFee, uint256 output) {
        ICurve.Error error;
        uint128 newSpot;
        uint128 newDelta;
        (error, newSpot, newDelta, output,, protocolFee) =
            bondingCurve().getSellInfo(spotPrice, delta, n, fee, factory().protocolFeeMultiplier());
        if (error != ICurve.Error.OK) revert LSSVMPair__BondingCurveError(error);
        _setSpotPrice(newSpot);
        _setDelta(newDelta);
    }

    function _setSpotPrice(uint128 newSpotPrice) private {
        if (spotPrice == newSpotPrice) return;
        spotPrice = newSpotPrice;
        emit SpotPriceUpdate(newSpotPrice);
    }

    function _setDelta(uint128 newDelta) private {
        if (delta == newDelta) return;
        delta = newDelta;
        emit DeltaUpdate(newDelta);
    }

    function _royalties(uint256 assetId, uint256 saleAmount)
        private
        returns (address payable[] memory recipients, uint256[] memory amounts, uint256 total)
    {
        (recipients, amounts) = ROYALTY_ENGINE.getRoyalty(nft(), assetId, saleAmount);
        return _settled(recipients, amounts, saleAmount);
    }

    /// @notice Settings of the pair replace the engine's amounts; a total over a quarter of the sale is refused.
    function _settled(address payable[] memory recipients, uint256[] memory amounts, uint256 saleAmount)
        private
        view
        returns (address payable[] memory, uint256[] memory, uint256 total)
    {
        if (recipients.length != 0) {
            (bool enabled, uint96 bps) = factory().getSettingsForPair(address(this));
            if (enabled) {
                address payable first = recipients[0];
                recipients = new address payable[](1);
                recipients[0] = first;
                amounts = new uint256[](1);
                amounts[0] = (saleAmount * bps) / 10_000;
            }
        }
        for (uint256 i = 0; i < amounts.length; i++) total += amounts[i];
        if (total > saleAmount >> 2) revert LSSVMPair__RoyaltyTooLarge();
        return (recipients, amounts, total);
    }
}
