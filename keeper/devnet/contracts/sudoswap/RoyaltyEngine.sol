// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";

/// @title Equal to sudoswap v2's RoyaltyEngine for collections that speak ERC-2981 or no royalty standard
contract RoyaltyEngine {
    error RoyaltyEngine__InvalidRoyaltyAmount();

    function getRoyalty(address token, uint256 tokenId, uint256 value)
        external
        view
        returns (address payable[] memory recipients, uint256[] memory amounts)
    {
        return getRoyaltyView(token, tokenId, value);
    }

    function getRoyaltyView(address token, uint256 tokenId, uint256 value)
        public
        view
        returns (address payable[] memory recipients, uint256[] memory amounts)
    {
        try IERC2981(token).royaltyInfo(tokenId, value) returns (address recipient, uint256 amount) {
            if (amount > value) revert RoyaltyEngine__InvalidRoyaltyAmount();
            recipients = new address payable[](1);
            amounts = new uint256[](1);
            recipients[0] = payable(recipient);
            amounts[0] = amount;
        } catch {}
    }
}
