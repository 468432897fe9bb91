// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721, ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";

/// @title A collection that its owner mints, with an optional ERC-2981 royalty
contract TestNft is ERC721Enumerable, ERC2981 {
    address public owner = msg.sender;

    constructor(string memory name, string memory symbol) ERC721(name, symbol) {}

    modifier onlyOwner() {
        require(msg.sender == owner, "not the owner");
        _;
    }

    function mint(address to, uint256 tokenId) external onlyOwner {
        _mint(to, tokenId);
    }

    function mintMany(address to, uint256 first, uint256 count) external onlyOwner {
        for (uint256 i = 0; i < count; i++) _mint(to, first + i);
    }

    /// @notice Basis points of a sale for `receiver`; none for the zero address.
    function setRoyalty(address receiver, uint96 bps) external onlyOwner {
        if (receiver == address(0)) _deleteDefaultRoyalty();
        else _setDefaultRoyalty(receiver, bps);
    }

    function supportsInterface(bytes4 id) public view virtual override(ERC721Enumerable, ERC2981) returns (bool) {
        return super.supportsInterface(id);
    }
}
