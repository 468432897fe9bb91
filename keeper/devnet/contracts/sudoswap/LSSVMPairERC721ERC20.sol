// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LSSVMPair} from "./LSSVMPair.sol";
import {PairVariant, PoolType} from "./SudoInterfaces.sol";

/// @title Equal to sudoswap v2's LSSVMPairERC721ERC20: NFTs against a token
contract LSSVMPairERC721ERC20 is LSSVMPair {
    using SafeERC20 for IERC20;

    error LSSVMPairERC20__MsgValueNotZero();

    constructor(address royaltyEngine) LSSVMPair(royaltyEngine) {}

    function pairVariant() public pure override returns (PairVariant) {
        return PairVariant.ERC721_ERC20;
    }

    function token() public view returns (IERC20) {
        return IERC20(_parameters.token);
    }

    function withdrawERC20(IERC20 other, uint256 amount) external onlyOwner {
        other.safeTransfer(msg.sender, amount);
        if (other == token()) emit TokenWithdrawal(amount);
    }

    function _pull(
        uint256 input,
        address payable[] memory recipients,
        uint256[] memory amounts,
        uint256,
        uint256 tradeFees,
        uint256 protocolFee
    ) internal override {
        if (msg.value != 0) revert LSSVMPairERC20__MsgValueNotZero();
        address payable to = getAssetRecipient();
        token().safeTransferFrom(msg.sender, to, input - protocolFee);
        for (uint256 i = 0; i < recipients.length; i++) token().safeTransferFrom(msg.sender, recipients[i], amounts[i]);
        if (protocolFee != 0) token().safeTransferFrom(msg.sender, address(factory()), protocolFee);
        if (poolType() == PoolType.TRADE && getFeeRecipient() != to) _send(getFeeRecipient(), tradeFees);
    }

    function _refund(uint256) internal override {}

    function _send(address payable to, uint256 amount) internal override {
        if (amount != 0) token().safeTransfer(to, amount);
    }
}
