// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bitmap} from "../math/Bitmap.sol";
import {ReserveConfigurationMap} from "./ParaTypes.sol";

/// @title Bits of a reserve's configuration word, equal to ParaSpace's ReserveConfiguration
library ParaConfig {
    using Bitmap for uint256;

    function ltv(ReserveConfigurationMap storage self) internal view returns (uint256) {
        return self.data.read(0, 16);
    }

    function liquidationThreshold(ReserveConfigurationMap storage self) internal view returns (uint256) {
        return self.data.read(16, 16);
    }

    /// @notice 10000 and what a liquidator gets on top, such as 10450.
    function liquidationBonus(ReserveConfigurationMap storage self) internal view returns (uint256) {
        return self.data.read(32, 16);
    }

    /// @notice One whole token in its smallest units.
    function unit(ReserveConfigurationMap storage self) internal view returns (uint256) {
        return 10 ** self.data.read(48, 8);
    }

    function active(ReserveConfigurationMap storage self) internal view returns (bool) {
        return self.data.read(56, 1) == 1;
    }

    function frozen(ReserveConfigurationMap storage self) internal view returns (bool) {
        return self.data.read(57, 1) == 1;
    }

    function borrowing(ReserveConfigurationMap storage self) internal view returns (bool) {
        return self.data.read(58, 1) == 1;
    }

    function paused(ReserveConfigurationMap storage self) internal view returns (bool) {
        return self.data.read(60, 1) == 1;
    }

    function reserveFactor(ReserveConfigurationMap storage self) internal view returns (uint256) {
        return self.data.read(64, 16);
    }

    function protocolFee(ReserveConfigurationMap storage self) internal view returns (uint256) {
        return self.data.read(152, 16);
    }

    function isNft(ReserveConfigurationMap storage self) internal view returns (bool) {
        return self.data.read(168, 4) == 1;
    }
}
