// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPropertyChecker} from "./SudoInterfaces.sol";

/// @title Equal to sudoswap v2's RangePropertyChecker: ids from a lowest to a highest one
contract RangePropertyChecker is IPropertyChecker {
    uint256 public immutable getLowerBoundInclusive;
    uint256 public immutable getUpperBoundInclusive;

    constructor(uint256 lowest, uint256 highest) {
        getLowerBoundInclusive = lowest;
        getUpperBoundInclusive = highest;
    }

    function hasProperties(uint256[] calldata ids, bytes calldata) external view returns (bool) {
        for (uint256 i = 0; i < ids.length; i++) {
            if (ids[i] < getLowerBoundInclusive || ids[i] > getUpperBoundInclusive) return false;
        }
        return true;
    }
}
