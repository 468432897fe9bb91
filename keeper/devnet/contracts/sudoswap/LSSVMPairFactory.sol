// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ICurve} from "./ICurve.sol";
import {LSSVMPair} from "./LSSVMPair.sol";
import {LSSVMPairERC721ERC20} from "./LSSVMPairERC721ERC20.sol";
import {LSSVMPairERC721ETH} from "./LSSVMPairERC721ETH.sol";
import {ISettings, ISudoFactory, PairVariant, PoolType} from "./SudoInterfaces.sol";

/// @notice A collection's owner, as far as settings are concerned.
interface IOwned {
    function owner() external view returns (address);
}

/// @title Equal to sudoswap v2's LSSVMPairFactory for ERC-721 pairs
contract LSSVMPairFactory {
    using SafeERC20 for IERC20;

    event NewERC721Pair(address indexed poolAddress, uint256[] initialIds);
    event ERC20Deposit(address indexed poolAddress, uint256 amount);
    event NFTDeposit(address indexed poolAddress, uint256[] ids);
    event ProtocolFeeRecipientUpdate(address indexed recipientAddress);
    event ProtocolFeeMultiplierUpdate(uint256 newMultiplier);
    event BondingCurveStatusUpdate(ICurve indexed bondingCurve, bool isAllowed);
    event RouterStatusUpdate(address indexed router, bool isAllowed);

    error LSSVMPairFactory__FeeTooLarge();
    error LSSVMPairFactory__BondingCurveNotWhitelisted();
    error LSSVMPairFactory__ReentrantCall();
    error LSSVMPairFactory__ZeroAddress();
    error LSSVMPairFactory__UnauthorizedCaller();
    error LSSVMPairFactory__InvalidPair();
    error LSSVMPairFactory__SettingsNotEnabledForCollection();

    /// @notice Equal to the original's, in order.
    struct CreateERC721ERC20PairParams {
        IERC20 token;
        IERC721 nft;
        ICurve bondingCurve;
        address payable assetRecipient;
        PoolType poolType;
        uint128 delta;
        uint96 fee;
        uint128 spotPrice;
        address propertyChecker;
        uint256[] initialNFTIDs;
        uint256 initialTokenBalance;
    }

    struct RouterStatus {
        bool allowed;
        bool wasEverTouched;
    }

    uint256 private constant MAX_PROTOCOL_FEE = 0.1e18;
    address private constant NOBODY = address(1);

    LSSVMPairERC721ETH public immutable erc721ETHTemplate;
    LSSVMPairERC721ERC20 public immutable erc721ERC20Template;
    address payable public protocolFeeRecipient;
    uint256 public protocolFeeMultiplier;
    mapping(ICurve => bool) public bondingCurveAllowed;
    mapping(address => mapping(address => bool)) public settingsForCollection;
    mapping(address => address) public settingsForPair;
    mapping(address => RouterStatus) public routerStatus;
    address public owner;
    mapping(address => bool) private _made;
    address private _caller = NOBODY;

    constructor(
        LSSVMPairERC721ETH ethTemplate,
        LSSVMPairERC721ERC20 erc20Template,
        address payable feeRecipient,
        uint256 feeMultiplier,
        address owner_
    ) {
        if (feeMultiplier > MAX_PROTOCOL_FEE) revert LSSVMPairFactory__FeeTooLarge();
        erc721ETHTemplate = ethTemplate;
        erc721ERC20Template = erc20Template;
        protocolFeeRecipient = feeRecipient;
        protocolFeeMultiplier = feeMultiplier;
        owner = owner_;
    }

    modifier onlyOwner() {
        require(msg.sender == owner, "UNAUTHORIZED");
        _;
    }

    receive() external payable {}

    function createPairERC721ETH(
        IERC721 nft,
        ICurve curve,
        address payable assetRecipient,
        PoolType poolType,
        uint128 delta,
        uint96 fee,
        uint128 spotPrice,
        address propertyChecker,
        uint256[] calldata initialNFTIDs
    ) external payable returns (LSSVMPairERC721ETH pair) {
        pair = LSSVMPairERC721ETH(payable(_clone(address(erc721ETHTemplate), curve)));
        pair.initialize(
            LSSVMPair.Parameters(ISudoFactory(address(this)), curve, address(nft), poolType, propertyChecker, address(0)),
            msg.sender,
            assetRecipient,
            delta,
            fee,
            spotPrice
        );
        if (msg.value != 0) {
            (bool sent,) = address(pair).call{value: msg.value}("");
            require(sent, "ETH_TRANSFER_FAILED");
        }
        _fill(nft, address(pair), initialNFTIDs);
        emit NewERC721Pair(address(pair), initialNFTIDs);
    }

    function createPairERC721ERC20(CreateERC721ERC20PairParams calldata params)
        external
        returns (LSSVMPairERC721ERC20 pair)
    {
        pair = LSSVMPairERC721ERC20(_clone(address(erc721ERC20Template), params.bondingCurve));
        pair.initialize(
            LSSVMPair.Parameters(
                ISudoFactory(address(this)),
                params.bondingCurve,
                address(params.nft),
                params.poolType,
                params.propertyChecker,
                address(params.token)
            ),
            msg.sender,
            params.assetRecipient,
            params.delta,
            params.fee,
            params.spotPrice
        );
        if (params.initialTokenBalance != 0) {
            params.token.safeTransferFrom(msg.sender, address(pair), params.initialTokenBalance);
        }
        _fill(params.nft, address(pair), params.initialNFTIDs);
        emit NewERC721Pair(address(pair), params.initialNFTIDs);
    }

    /// @notice Whether this factory made a pair; as in the original, what is no pair at all makes this revert.
    function isValidPair(address pair) public view returns (bool) {
        PairVariant variant = LSSVMPair(pair).pairVariant();
        return _made[pair] && (variant == PairVariant.ERC721_ETH || variant == PairVariant.ERC721_ERC20);
    }

    /// @notice 0 for ERC-721, 1 for ERC-1155.
    function getPairNFTType(address pair) external pure returns (uint8) {
        return uint8(LSSVMPair(pair).pairVariant()) / 2;
    }

    /// @notice 0 for ether, 1 for ERC-20.
    function getPairTokenType(address pair) external pure returns (uint8) {
        return uint8(LSSVMPair(pair).pairVariant()) % 2;
    }

    /// @notice One swap at a time: a swap inside another of the same factory makes the outer one revert.
    function openLock() external {
        if (_caller == msg.sender) revert LSSVMPairFactory__ReentrantCall();
        _caller = msg.sender;
    }

    function closeLock() external {
        if (_caller != msg.sender) revert LSSVMPairFactory__ReentrantCall();
        _caller = NOBODY;
    }

    function depositNFTs(IERC721 nft, uint256[] calldata ids, address recipient) external {
        if (ids.length == 0) return;
        _fill(nft, recipient, ids);
        if (isValidPair(recipient) && LSSVMPair(recipient).nft() == address(nft)) emit NFTDeposit(recipient, ids);
    }

    function depositERC20(IERC20 token, address recipient, uint256 amount) external {
        if (amount == 0) return;
        token.safeTransferFrom(msg.sender, recipient, amount);
        bool valid = isValidPair(recipient) && LSSVMPair(recipient).pairVariant() == PairVariant.ERC721_ERC20;
        if (valid && LSSVMPairERC721ERC20(recipient).token() == token) emit ERC20Deposit(recipient, amount);
    }

    function withdrawETHProtocolFees() external onlyOwner {
        (bool sent,) = protocolFeeRecipient.call{value: address(this).balance}("");
        require(sent, "ETH_TRANSFER_FAILED");
    }

    function withdrawERC20ProtocolFees(IERC20 token, uint256 amount) external onlyOwner {
        token.safeTransfer(protocolFeeRecipient, amount);
    }

    function changeProtocolFeeRecipient(address payable recipient) external onlyOwner {
        if (recipient == address(0)) revert LSSVMPairFactory__ZeroAddress();
        protocolFeeRecipient = recipient;
        emit ProtocolFeeRecipientUpdate(recipient);
    }

    function changeProtocolFeeMultiplier(uint256 multiplier) external onlyOwner {
        if (multiplier > MAX_PROTOCOL_FEE) revert LSSVMPairFactory__FeeTooLarge();
        protocolFeeMultiplier = multiplier;
        emit ProtocolFeeMultiplierUpdate(multiplier);
    }

    function setBondingCurveAllowed(ICurve curve, bool isAllowed) external onlyOwner {
        bondingCurveAllowed[curve] = isAllowed;
        emit BondingCurveStatusUpdate(curve, isAllowed);
    }

    function setRouterAllowed(address router, bool isAllowed) external onlyOwner {
        routerStatus[router] = RouterStatus(isAllowed, true);
        emit RouterStatusUpdate(router, isAllowed);
    }

    function getSettingsForPair(address pair) external view returns (bool settingsEnabled, uint96 bps) {
        address settings = settingsForPair[pair];
        if (settings == address(0)) return (false, 0);
        return ISettings(settings).getRoyaltyInfo(pair);
    }

    function toggleSettingsForCollection(address settings, address collection, bool enable) external {
        if (IOwned(collection).owner() != msg.sender) revert LSSVMPairFactory__UnauthorizedCaller();
        settingsForCollection[collection][settings] = enable;
    }

    function enableSettingsForPair(address settings, address pair) external {
        if (!isValidPair(pair)) revert LSSVMPairFactory__InvalidPair();
        if (LSSVMPair(pair).owner() != msg.sender) revert LSSVMPairFactory__UnauthorizedCaller();
        if (!settingsForCollection[LSSVMPair(pair).nft()][settings]) {
            revert LSSVMPairFactory__SettingsNotEnabledForCollection();
        }
        settingsForPair[pair] = settings;
    }

    function _clone(address template, ICurve curve) private returns (address pair) {
        if (!bondingCurveAllowed[curve]) revert LSSVMPairFactory__BondingCurveNotWhitelisted();
        pair = Clones.clone(template);
        _made[pair] = true;
    }

    function _fill(IERC721 nft, address pair, uint256[] calldata ids) private {
        for (uint256 i = 0; i < ids.length; i++) nft.transferFrom(msg.sender, pair, ids[i]);
    }
}
