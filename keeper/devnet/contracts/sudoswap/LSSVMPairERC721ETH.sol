// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LSSVMPair} from "./LSSVMPair.sol";
import {PairVariant, PoolType} from "./SudoInterfaces.sol";

/// @title Equal to sudoswap v2's LSSVMPairERC721ETH: NFTs against ether
contract LSSVMPairERC721ETH is LSSVMPair {
    using SafeERC20 for IERC20;

    error LSSVMPairETH__InsufficientInput();

    constructor(address royaltyEngine) LSSVMPair(royaltyEngine) {}

    receive() external payable {
        emit TokenDeposit(msg.value);
    }

    function pairVariant() public pure override returns (PairVariant) {
        return PairVariant.ERC721_ETH;
    }

    function withdrawAllETH() external {
        withdrawETH(address(this).balance);
    }

    function withdrawETH(uint256 amount) public onlyOwner {
        _send(payable(msg.sender), amount);
        emit TokenWithdrawal(amount);
    }

    function withdrawERC20(IERC20 token, uint256 amount) external onlyOwner {
        token.safeTransfer(msg.sender, amount);
    }

    function _pull(
        uint256 input,
        address payable[] memory recipients,
        uint256[] memory amounts,
        uint256 royalty,
        uint256 tradeFees,
        uint256 protocolFee
    ) internal override {
        if (msg.value < royalty + input) revert LSSVMPairETH__InsufficientInput();
        address payable to = getAssetRecipient();
        if (poolType() == PoolType.TRADE && getFeeRecipient() != to) {
            input -= tradeFees;
            _send(getFeeRecipient(), tradeFees);
        }
        if (to != address(this)) _send(to, input - protocolFee);
        for (uint256 i = 0; i < recipients.length; i++) _send(recipients[i], amounts[i]);
        _send(payable(address(factory())), protocolFee);
    }

    function _refund(uint256 spent) internal override {
        _send(payable(msg.sender), msg.value - spent);
    }

    function _send(address payable to, uint256 amount) internal override {
        if (amount == 0) return;
        (bool sent,) = to.call{value: amount}("");
        require(sent, "ETH_TRANSFER_FAILED");
    }
}
