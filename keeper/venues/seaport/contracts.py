"""The ABI of Seaport 1.6 that the keeper touches, and what it asks tokens and the conduit controller."""

from keeper.chain.codec import CustomError, Event, Function

_OFFER_ITEM = "(uint8 itemType, address token, uint256 identifierOrCriteria, uint256 startAmount, uint256 endAmount)"
_CONSIDERATION_ITEM = _OFFER_ITEM[:-1] + ", address recipient)"
_PARAMETERS = (
    f"(address offerer, address zone, {_OFFER_ITEM}[] offer, {_CONSIDERATION_ITEM}[] consideration, uint8 orderType,"
    " uint256 startTime, uint256 endTime, bytes32 zoneHash, uint256 salt, bytes32 conduitKey,"
    " uint256 totalOriginalConsiderationItems)"
)
_SPENT = "(uint8 itemType, address token, uint256 identifier, uint256 amount)[] offer"
_RECEIVED = "(uint8 itemType, address token, uint256 identifier, uint256 amount, address recipient)[] consideration"

ORDER_FULFILLED = Event.parse(
    "OrderFulfilled(bytes32 orderHash, address indexed offerer, address indexed zone, address recipient,"
    f" {_SPENT}, {_RECEIVED})"
)
ORDER_CANCELLED = Event.parse("OrderCancelled(bytes32 orderHash, address indexed offerer, address indexed zone)")
ORDERS_MATCHED = Event.parse("OrdersMatched(bytes32[] orderHashes)")
COUNTER_INCREMENTED = Event.parse("CounterIncremented(uint256 newCounter, address indexed offerer)")
EVENTS = (ORDER_FULFILLED, ORDER_CANCELLED, ORDERS_MATCHED, COUNTER_INCREMENTED)

INFORMATION = Function.parse(
    "information() returns (string version, bytes32 domainSeparator, address conduitController)"
)
ORDER_STATUS = Function.parse(
    "getOrderStatus(bytes32 orderHash)"
    " returns (bool isValidated, bool isCancelled, uint256 totalFilled, uint256 totalSize)"
)
COUNTER = Function.parse("getCounter(address offerer) returns (uint256)")
FULFILL = Function.parse(
    f"fulfillAdvancedOrder(({_PARAMETERS} parameters, uint120 numerator, uint120 denominator, bytes signature,"
    " bytes extraData) advancedOrder, (uint256 orderIndex, uint8 side, uint256 index, uint256 identifier,"
    " bytes32[] criteriaProof)[] criteriaResolvers, bytes32 fulfillerConduitKey, address recipient) returns (bool)"
)
CONDUIT = Function.parse("getConduit(bytes32 conduitKey) returns (address conduit, bool exists)")

OWNER_OF = Function.parse("ownerOf(uint256 tokenId) returns (address)")
APPROVED = Function.parse("getApproved(uint256 tokenId) returns (address)")
APPROVED_FOR_ALL = Function.parse("isApprovedForAll(address owner, address operator) returns (bool)")

ERRORS = tuple(
    CustomError.parse(signature)
    for signature in (
        "OrderAlreadyFilled(bytes32 orderHash)",
        "OrderPartiallyFilled(bytes32 orderHash)",
        "OrderIsCancelled(bytes32 orderHash)",
        "InvalidTime(uint256 startTime, uint256 endTime)",
        "InvalidSigner()",
        "InvalidSignature()",
        "BadSignatureV(uint8 v)",
        "BadContractSignature()",
        "InvalidConduit(bytes32 conduitKey, address conduit)",
        "MissingOriginalConsiderationItems()",
        "InsufficientNativeTokensSupplied()",
        "InvalidMsgValue(uint256 value)",
        "InvalidRestrictedOrder(bytes32 orderHash)",
        "ConsiderationNotMet(uint256 orderIndex, uint256 considerationIndex, uint256 shortfallAmount)",
        "InvalidProof()",
        "UnresolvedConsiderationCriteria(uint256 orderIndex, uint256 considerationIndex)",
        "PartialFillsNotEnabledForOrder()",
        "BadFraction()",
        "InexactFraction()",
        "NoContract(address account)",
        "BadReturnValueFromERC20OnTransfer(address token, address from, address to, uint256 amount)",
        "TokenTransferGenericFailure(address token, address from, address to, uint256 identifier, uint256 amount)",
    )
)
