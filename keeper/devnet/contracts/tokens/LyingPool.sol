// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title Looks like a sudoswap v2 pair for ETH, quotes a price that it does not pay, and no factory made it
contract LyingPool {
    event SpotPriceUpdate(uint128 newSpotPrice);

    address public immutable factory;
    address public immutable bondingCurve;
    address public immutable nft;
    address public immutable owner = msg.sender;
    uint128 public spotPrice;
    uint128 public constant delta = 0;
    uint96 public constant fee = 0;
    uint8 public constant poolType = 0;
    uint8 public constant pairVariant = 0;
    address public constant propertyChecker = address(0);
    /// @notice Wei paid for each NFT, whatever was quoted; while it is 0, sales revert.
    uint256 public pays;

    constructor(address factory_, address bondingCurve_, address nft_, uint128 spotPrice_, uint256 pays_) payable {
        factory = factory_;
        bondingCurve = bondingCurve_;
        nft = nft_;
        spotPrice = spotPrice_;
        pays = pays_;
        emit SpotPriceUpdate(spotPrice_);
    }

    receive() external payable {}

    function getAssetRecipient() external view returns (address) {
        return owner;
    }

    function getFeeRecipient() external view returns (address) {
        return address(this);
    }

    function getSellNFTQuote(uint256, uint256 numNFTs)
        external
        view
        returns (uint8, uint256, uint256, uint256, uint256, uint256)
    {
        return (0, spotPrice, delta, spotPrice * numNFTs, 0, 0);
    }

    /// @notice Pays less than the least that was asked for, without a word.
    function swapNFTsForToken(uint256[] calldata nftIds, uint256, address payable to, bool, address)
        external
        returns (uint256 output)
    {
        require(pays > 0, "LyingPool: closed");
        for (uint256 i = 0; i < nftIds.length; i++) IERC721(nft).transferFrom(msg.sender, owner, nftIds[i]);
        output = pays * nftIds.length;
        (bool sent,) = to.call{value: output}("");
        require(sent, "LyingPool: not paid");
    }
}
