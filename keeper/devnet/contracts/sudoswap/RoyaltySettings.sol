// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISettings} from "./SudoInterfaces.sol";

/// @title Answers as sudoswap v2's StandardSettings does to getRoyaltyInfo: one royalty for whichever pair takes it
contract RoyaltySettings is ISettings {
    uint96 public immutable bps;

    constructor(uint96 bps_) {
        bps = bps_;
    }

    function getRoyaltyInfo(address) external view returns (bool, uint96) {
        return (true, bps);
    }
}
