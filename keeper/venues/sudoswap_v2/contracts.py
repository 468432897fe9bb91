"""The ABI of sudoAMM v2 that the keeper touches: factory, ERC-721 pairs and their errors."""

from keeper.chain.codec import CustomError, Event, Function

NEW_PAIR = Event.parse("NewERC721Pair(address indexed poolAddress, uint256[] initialIds)")
PROTOCOL_FEE_UPDATE = Event.parse("ProtocolFeeMultiplierUpdate(uint256 newMultiplier)")
ERC20_DEPOSIT = Event.parse("ERC20Deposit(address indexed poolAddress, uint256 amount)")
TRANSFER = Event.parse("Transfer(address indexed from, address indexed to, uint256 indexed tokenId)")

PAIR_TOPICS = frozenset(
    Event.parse(signature).topic
    for signature in (
        "SwapNFTInPair(uint256 amountOut, uint256[] ids)",
        "SwapNFTOutPair(uint256 amountIn, uint256[] ids)",
        # The build with hooks, of later chains, adds the royalty.
        "SwapNFTInPair(uint256 amountOut, uint256[] ids, uint256 royaltyAmount)",
        "SwapNFTOutPair(uint256 amountIn, uint256[] ids, uint256 royaltyAmount)",
        "SpotPriceUpdate(uint128 newSpotPrice)",
        "DeltaUpdate(uint128 newDelta)",
        "FeeUpdate(uint96 newFee)",
        "TokenDeposit(uint256 amount)",
        "TokenWithdrawal(uint256 amount)",
        "AssetRecipientChange(address indexed a)",
    )
)
"""Every event after which a pair's money or settings may differ."""

PROTOCOL_FEE = Function.parse("protocolFeeMultiplier() returns (uint256)")
IS_VALID_PAIR = Function.parse("isValidPair(address) returns (bool)")

PAIR_VARIANT = Function.parse("pairVariant() returns (uint8)")
NFT = Function.parse("nft() returns (address)")
POOL_TYPE = Function.parse("poolType() returns (uint8)")
BONDING_CURVE = Function.parse("bondingCurve() returns (address)")
PROPERTY_CHECKER = Function.parse("propertyChecker() returns (address)")
TOKEN = Function.parse("token() returns (address)")

SPOT_PRICE = Function.parse("spotPrice() returns (uint128)")
DELTA = Function.parse("delta() returns (uint128)")
FEE = Function.parse("fee() returns (uint96)")
ASSET_RECIPIENT = Function.parse("getAssetRecipient() returns (address)")
FEE_RECIPIENT = Function.parse("getFeeRecipient() returns (address)")
ROYALTIES = Function.parse(
    "calculateRoyaltiesView(uint256 assetId, uint256 saleAmount)"
    " returns (address[] recipients, uint256[] amounts, uint256 total)"
)

SELL = Function.parse(
    "swapNFTsForToken(uint256[] nftIds, uint256 minExpectedTokenOutput, address tokenRecipient, bool isRouter,"
    " address routerCaller) returns (uint256)"
)
BUY = Function.parse(
    "swapTokenForSpecificNFTs(uint256[] nftIds, uint256 maxExpectedTokenInput, address nftRecipient, bool isRouter,"
    " address routerCaller) returns (uint256)"
)

ERRORS = tuple(
    CustomError.parse(signature)
    for signature in (
        "LSSVMPair__NotRouter()",
        "LSSVMPair__WrongPoolType()",
        "LSSVMPair__OutputTooSmall()",
        "LSSVMPair__ZeroSwapAmount()",
        "LSSVMPair__RoyaltyTooLarge()",
        "LSSVMPair__NftNotTransferred()",
        "LSSVMPair__DemandedInputTooLarge()",
        "LSSVMPair__BondingCurveError(uint8 error)",
        "LSSVMPairETH__InsufficientInput()",
        "LSSVMPairERC20__AssetRecipientNotPaid()",
        "LSSVMPairERC721__NeedPropertyChecking()",
        "LSSVMPairERC721__PropertyCheckFailed()",
    )
)
