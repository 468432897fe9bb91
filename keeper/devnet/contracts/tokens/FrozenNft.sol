// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TestNft} from "./TestNft.sol";

/// @title A collection whose transfers revert while a switch is on: what transfer filters do to a keeper
contract FrozenNft is TestNft {
    bool public frozen;

    constructor(string memory name, string memory symbol) TestNft(name, symbol) {}

    function setFrozen(bool on) external onlyOwner {
        frozen = on;
    }

    function _beforeTokenTransfer(address from, address to, uint256 first, uint256 count) internal override {
        require(!frozen || from == address(0), "transfers are frozen");
        super._beforeTokenTransfer(from, to, first, count);
    }
}
