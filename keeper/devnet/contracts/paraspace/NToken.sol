// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {NTokenBase} from "./NTokenBase.sol";
import {ParaErrors} from "./ParaErrors.sol";
import {IParaAcl, IParaProvider} from "./ParaInterfaces.sol";
import {ERC721SupplyParams} from "./ParaTypes.sol";

/// @title Equal to ParaSpace's NToken without delegation and rewards: an ERC-721 for each NFT that was supplied
contract NToken is NTokenBase, ERC721Holder {
    using EnumerableSet for EnumerableSet.UintSet;

    uint256 private constant MAX_TRAIT_MULTIPLIER = 20e18;

    constructor(address pool, address asset, string memory name_, string memory symbol_)
        NTokenBase(pool, asset, name_, symbol_)
    {}

    /// @return before Tokens of the user in collateral before and afterwards.
    function mint(address onBehalfOf, ERC721SupplyParams[] calldata tokenData)
        external
        onlyPool
        returns (uint64 before, uint64)
    {
        before = uint64(collateralizedBalanceOf[onBehalfOf]);
        int256 multipliers = 0;
        uint256 added = 0;
        for (uint256 i = 0; i < tokenData.length; i++) {
            uint256 tokenId = tokenData[i].tokenId;
            require(ownerOf[tokenId] == address(0), "ERC721: token already minted");
            _all.add(tokenId);
            _owned[onBehalfOf].add(tokenId);
            ownerOf[tokenId] = onBehalfOf;
            if (tokenData[i].useAsCollateral) {
                isUsedAsCollateral[tokenId] = true;
                multipliers += int256(getTraitMultiplier(tokenId));
                added += 1;
            }
            emit Transfer(address(0), onBehalfOf, tokenId);
        }
        if (_boosted) _updateAverage(onBehalfOf, multipliers, int256(added));
        collateralizedBalanceOf[onBehalfOf] = before + added;
        return (before, uint64(before + added));
    }

    function burn(address from, address receiver, uint256[] calldata tokenIds)
        external
        onlyPool
        returns (uint64 before, uint64)
    {
        before = uint64(collateralizedBalanceOf[from]);
        int256 multipliers = 0;
        uint256 removed = 0;
        for (uint256 i = 0; i < tokenIds.length; i++) {
            uint256 tokenId = tokenIds[i];
            require(ownerOf[tokenId] == from, "not the owner of Ntoken");
            _requireNotAuctioned(tokenId);
            _all.remove(tokenId);
            _owned[from].remove(tokenId);
            _approve(tokenId, address(0));
            delete _auctionStart[tokenId];
            if (isUsedAsCollateral[tokenId]) {
                delete isUsedAsCollateral[tokenId];
                multipliers += int256(getTraitMultiplier(tokenId));
                removed += 1;
            }
            delete ownerOf[tokenId];
            emit Transfer(from, address(0), tokenId);
        }
        if (_boosted) _updateAverage(from, -multipliers, -int256(removed));
        collateralizedBalanceOf[from] = before - removed;
        _release(receiver, tokenIds);
        return (before, uint64(before - removed));
    }

    function startAuction(uint256 tokenId) external onlyPool {
        ParaErrors.check(!isAuctioned(tokenId), ParaErrors.AUCTION_ALREADY_STARTED);
        require(ownerOf[tokenId] != address(0), "ERC721: startAuction for nonexistent token");
        _auctionStart[tokenId] = block.timestamp;
    }

    function endAuction(uint256 tokenId) external onlyPool {
        ParaErrors.check(isAuctioned(tokenId), ParaErrors.AUCTION_NOT_STARTED);
        require(ownerOf[tokenId] != address(0), "ERC721: endAuction for nonexistent token");
        delete _auctionStart[tokenId];
    }

    function batchSetIsUsedAsCollateral(uint256[] calldata tokenIds, bool useAsCollateral, address sender)
        external
        onlyPool
        returns (uint256 before, uint256)
    {
        before = collateralizedBalanceOf[sender];
        for (uint256 i = 0; i < tokenIds.length; i++) {
            if (isUsedAsCollateral[tokenIds[i]] == useAsCollateral) continue;
            require(ownerOf[tokenIds[i]] == sender, "not owner");
            if (!useAsCollateral) _requireNotAuctioned(tokenIds[i]);
            _flag(sender, tokenIds[i], useAsCollateral);
        }
        return (before, collateralizedBalanceOf[sender]);
    }

    /// @notice Wads below 20e18; sets averages going from the first call on.
    function setTraitsMultipliers(uint256[] calldata tokenIds, uint256[] calldata multipliers) external {
        address acl = IParaProvider(POOL.ADDRESSES_PROVIDER()).getACLManager();
        ParaErrors.check(IParaAcl(acl).isPoolAdmin(msg.sender), ParaErrors.CALLER_NOT_POOL_ADMIN);
        ParaErrors.check(tokenIds.length == multipliers.length, ParaErrors.INCONSISTENT_LENGTH);
        for (uint256 i = 0; i < tokenIds.length; i++) {
            ParaErrors.check(multipliers[i] < MAX_TRAIT_MULTIPLIER, ParaErrors.INVALID_AMOUNT);
            uint256 tokenId = tokenIds[i];
            uint256 old = getTraitMultiplier(tokenId);
            uint256 multiplier = _orOne(multipliers[i]);
            _multipliers[tokenId] = multiplier;
            address owner = ownerOf[tokenId];
            emit TraitMultiplierSet(owner, tokenId, multiplier);
            if (isUsedAsCollateral[tokenId]) _updateAverage(owner, int256(multiplier) - int256(old), 0);
        }
        _boosted = true;
    }

    function approve(address to, uint256 tokenId) external {
        address owner = ownerOf[tokenId];
        require(
            msg.sender == owner || isApprovedForAll[owner][msg.sender],
            "ERC721: approve caller is not owner nor approved for all"
        );
        _approve(tokenId, to);
    }

    function getApproved(uint256 tokenId) external view returns (address) {
        return _approved[tokenId];
    }

    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    /// @notice A collateral that leaves an account must leave it healthy; a token in auction does not leave.
    function transferFrom(address from, address to, uint256 tokenId) external {
        _transferChecked(from, to, tokenId);
    }

    function safeTransferFrom(address from, address to, uint256 tokenId) external {
        _transferChecked(from, to, tokenId);
    }

    function transferOnLiquidation(address from, address to, uint256 tokenId) external onlyPool {
        _transfer(from, to, tokenId);
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IERC721).interfaceId || id == 0x780e9d63 || id == 0x5b5e139f || id == 0x01ffc9a7;
    }

    function _transferChecked(address from, address to, uint256 tokenId) private {
        address owner = ownerOf[tokenId];
        require(
            msg.sender == owner || isApprovedForAll[owner][msg.sender] || _approved[tokenId] == msg.sender,
            "ERC721: transfer caller is not owner nor approved"
        );
        uint256 before = collateralizedBalanceOf[from];
        bool used = _transfer(from, to, tokenId);
        POOL.finalizeTransferERC721(UNDERLYING_ASSET_ADDRESS, tokenId, from, to, used, before);
    }

    function _transfer(address from, address to, uint256 tokenId) private returns (bool used) {
        used = isUsedAsCollateral[tokenId];
        if (from != to && used) _flag(from, tokenId, false);
        require(ownerOf[tokenId] == from, "ERC721: transfer from incorrect owner");
        require(to != address(0), "ERC721: transfer to the zero address");
        _requireNotAuctioned(tokenId);
        _owned[from].remove(tokenId);
        _owned[to].add(tokenId);
        _approve(tokenId, address(0));
        ownerOf[tokenId] = to;
        if (from != to) delete _auctionStart[tokenId];
        emit Transfer(from, to, tokenId);
    }

    function _release(address receiver, uint256[] calldata tokenIds) private {
        if (receiver == address(this)) return;
        for (uint256 i = 0; i < tokenIds.length; i++) {
            IERC721(UNDERLYING_ASSET_ADDRESS).safeTransferFrom(address(this), receiver, tokenIds[i]);
        }
    }
}
