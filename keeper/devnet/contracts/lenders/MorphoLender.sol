// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

interface IFlashBorrower {
    function onMorphoFlashLoan(uint256 assets, bytes calldata data) external;
}

interface IFlashToken {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// Morpho Blue as far as a flash loan goes: function, event, callback, and the order of what happens. Whatever tokens it
/// holds can be borrowed, for no fee.
contract MorphoLender {
    event FlashLoan(address indexed caller, address indexed token, uint256 assets);

    function flashLoan(address token, uint256 assets, bytes calldata data) external {
        require(assets != 0, "zero assets");
        emit FlashLoan(msg.sender, token, assets);
        move(token, abi.encodeCall(IFlashToken.transfer, (msg.sender, assets)), "transfer reverted");
        IFlashBorrower(msg.sender).onMorphoFlashLoan(assets, data);
        move(
            token,
            abi.encodeCall(IFlashToken.transferFrom, (msg.sender, address(this), assets)),
            "transferFrom reverted"
        );
    }

    /// Tokens that answer nothing are as good as those that answer true.
    function move(address token, bytes memory data, string memory refusal) private {
        (bool ok, bytes memory answer) = token.call(data);
        require(ok && (answer.length == 0 || abi.decode(answer, (bool))), refusal);
    }
}
