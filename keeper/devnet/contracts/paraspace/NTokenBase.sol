// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {ParaErrors} from "./ParaErrors.sol";
import {IParaPool} from "./ParaInterfaces.sol";
import {Auction} from "./ParaTypes.sol";

/// @title What an NToken remembers: owners, collateral flags, auctions and trait multipliers, as MintableERC721Logic
abstract contract NTokenBase {
    using EnumerableSet for EnumerableSet.UintSet;

    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId);
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);
    event TraitMultiplierSet(address indexed owner, uint256 indexed tokenId, uint256 multiplier);
    event AvgMultiplierUpdated(address indexed owner, uint256 avgMultiplier);

    uint256 private constant WAD = 1e18;

    IParaPool public immutable POOL;
    address public immutable UNDERLYING_ASSET_ADDRESS;
    string public name;
    string public symbol;
    /// @notice The zero address where the token does not exist.
    mapping(uint256 => address) public ownerOf;
    mapping(address => uint256) public collateralizedBalanceOf;
    mapping(uint256 => bool) public isUsedAsCollateral;
    mapping(address => mapping(address => bool)) public isApprovedForAll;
    mapping(uint256 => address) internal _approved;
    mapping(uint256 => uint256) internal _auctionStart;
    mapping(uint256 => uint256) internal _multipliers;
    mapping(address => uint256) internal _averages;
    mapping(address => EnumerableSet.UintSet) internal _owned;
    EnumerableSet.UintSet internal _all;
    bool internal _boosted;

    constructor(address pool, address asset, string memory name_, string memory symbol_) {
        POOL = IParaPool(pool);
        UNDERLYING_ASSET_ADDRESS = asset;
        name = name_;
        symbol = symbol_;
    }

    modifier onlyPool() {
        ParaErrors.check(msg.sender == address(POOL), ParaErrors.CALLER_MUST_BE_POOL);
        _;
    }

    function balanceOf(address account) external view returns (uint256) {
        return _owned[account].length();
    }

    function totalSupply() external view returns (uint256) {
        return _all.length();
    }

    function tokenByIndex(uint256 index) external view returns (uint256) {
        return _all.at(index);
    }

    function tokenOfOwnerByIndex(address owner, uint256 index) external view returns (uint256) {
        return _owned[owner].at(index);
    }

    /// @notice Wad; 1e18 until it is set.
    function getTraitMultiplier(uint256 tokenId) public view returns (uint256) {
        return _orOne(_multipliers[tokenId]);
    }

    /// @notice Wad; of a user's collateral, kept up with from the first multiplier that is set on.
    function avgMultiplierOf(address user) public view returns (uint256) {
        return _orOne(_averages[user]);
    }

    /// @notice An auction counts while it began after its owner last made auctions invalid.
    function isAuctioned(uint256 tokenId) public view returns (bool) {
        return _auctionStart[tokenId] > POOL.getUserConfiguration(ownerOf[tokenId]).auctionValidityTime;
    }

    function getAuctionData(uint256 tokenId) external view returns (Auction memory auction) {
        if (isAuctioned(tokenId)) auction.startTime = _auctionStart[tokenId];
    }

    /// @notice 1: XTokenType.NToken.
    function getXTokenType() external pure returns (uint8) {
        return 1;
    }

    function _requireNotAuctioned(uint256 tokenId) internal view {
        ParaErrors.check(!isAuctioned(tokenId), ParaErrors.TOKEN_IN_AUCTION);
    }

    function _approve(uint256 tokenId, address to) internal {
        _approved[tokenId] = to;
        emit Approval(ownerOf[tokenId], to, tokenId);
    }

    /// @notice Before the collateral balance changes: folds a change of multipliers into the average, rounded to zero.
    function _updateAverage(address owner, int256 multiplierDelta, int256 balanceDelta) internal {
        uint256 old = avgMultiplierOf(owner);
        uint256 balance = collateralizedBalanceOf[owner];
        int256 numerator = int256(old * balance) + multiplierDelta;
        int256 denominator = int256(balance) + balanceDelta;
        uint256 average = numerator != 0 && denominator != 0 ? uint256(numerator / denominator) : WAD;
        if (old == average) return;
        _averages[owner] = average;
        emit AvgMultiplierUpdated(owner, average);
    }

    /// @notice Puts one token into collateral or takes it out, for its owner.
    function _flag(address owner, uint256 tokenId, bool on) internal {
        if (_boosted) {
            int256 multiplier = int256(getTraitMultiplier(tokenId));
            _updateAverage(owner, on ? multiplier : -multiplier, on ? int256(1) : -1);
        }
        isUsedAsCollateral[tokenId] = on;
        if (on) collateralizedBalanceOf[owner] += 1;
        else collateralizedBalanceOf[owner] -= 1;
    }

    function _orOne(uint256 multiplier) internal pure returns (uint256) {
        return multiplier != 0 ? multiplier : WAD;
    }
}
