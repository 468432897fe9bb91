// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bitmap} from "../math/Bitmap.sol";
import {ConfigurationMap} from "./BendTypes.sol";

/// @title Bits of BendDAO v1's reserve and NFT configuration words, equal to its two configuration libraries
library BendConfig {
    using Bitmap for uint256;

    function ltv(ConfigurationMap memory self) internal pure returns (uint256) {
        return self.data.read(0, 16);
    }

    function liquidationThreshold(ConfigurationMap memory self) internal pure returns (uint256) {
        return self.data.read(16, 16);
    }

    function liquidationBonus(ConfigurationMap memory self) internal pure returns (uint256) {
        return self.data.read(32, 16);
    }

    function decimals(ConfigurationMap memory self) internal pure returns (uint256) {
        return self.data.read(48, 8);
    }

    function active(ConfigurationMap memory self) internal pure returns (bool) {
        return self.data.read(56, 1) == 1;
    }

    function frozen(ConfigurationMap memory self) internal pure returns (bool) {
        return self.data.read(57, 1) == 1;
    }

    function borrowing(ConfigurationMap memory self) internal pure returns (bool) {
        return self.data.read(58, 1) == 1;
    }

    function reserveFactor(ConfigurationMap memory self) internal pure returns (uint256) {
        return self.data.read(64, 16);
    }

    function redeemDuration(ConfigurationMap memory self) internal pure returns (uint256) {
        return self.data.read(64, 8) * 1 hours;
    }

    function auctionDuration(ConfigurationMap memory self) internal pure returns (uint256) {
        return self.data.read(72, 8) * 1 hours;
    }

    function redeemFine(ConfigurationMap memory self) internal pure returns (uint256) {
        return self.data.read(80, 16);
    }

    function redeemThreshold(ConfigurationMap memory self) internal pure returns (uint256) {
        return self.data.read(96, 16);
    }

    function minBidFine(ConfigurationMap memory self) internal pure returns (uint256) {
        return self.data.read(112, 16);
    }
}
