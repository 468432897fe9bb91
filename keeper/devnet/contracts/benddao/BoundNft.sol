// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721, ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";
import {IERC721, IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @title Equal to BendDAO's BNFT in holding the token while the loan lasts; no transfers, no flash claims
contract BoundNft is ERC721Enumerable, IERC721Receiver {
    event Mint(address indexed user, address indexed nftAsset, uint256 nftTokenId, address indexed owner);
    event Burn(address indexed user, address indexed nftAsset, uint256 nftTokenId, address indexed owner);

    address public immutable underlyingAsset;
    mapping(uint256 => address) public minterOf;

    constructor(address asset, string memory name, string memory symbol) ERC721(name, symbol) {
        underlyingAsset = asset;
    }

    function mint(address to, uint256 tokenId) external {
        require(IERC721(underlyingAsset).ownerOf(tokenId) == msg.sender, "BNFT: caller is not owner");
        _mint(to, tokenId);
        minterOf[tokenId] = msg.sender;
        IERC721(underlyingAsset).safeTransferFrom(msg.sender, address(this), tokenId);
        emit Mint(msg.sender, underlyingAsset, tokenId, to);
    }

    function burn(uint256 tokenId) external {
        require(minterOf[tokenId] == msg.sender, "BNFT: caller is not minter");
        address owner = ownerOf(tokenId);
        _burn(tokenId);
        delete minterOf[tokenId];
        IERC721(underlyingAsset).safeTransferFrom(address(this), msg.sender, tokenId);
        emit Burn(msg.sender, underlyingAsset, tokenId, owner);
    }

    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
        return IERC721Receiver.onERC721Received.selector;
    }

    function _beforeTokenTransfer(address from, address to, uint256 first, uint256 count) internal override {
        require(from == address(0) || to == address(0), "TRANSFER_NOT_SUPPORTED");
        super._beforeTokenTransfer(from, to, first, count);
    }
}
