// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BendErrors} from "./BendErrors.sol";
import {IBendPool, IBendProvider} from "./BendInterfaces.sol";

/// @title Scaled balances that BToken and DebtToken share; as in the originals, Transfer also tells scaled amounts
abstract contract ScaledToken {
    event Transfer(address indexed from, address indexed to, uint256 value);

    IBendProvider internal immutable PROVIDER;
    address public immutable UNDERLYING_ASSET_ADDRESS;
    uint8 public immutable decimals;
    string public name;
    string public symbol;
    mapping(address => uint256) public scaledBalanceOf;
    uint256 public scaledTotalSupply;

    constructor(address provider, address asset, uint8 decimals_, string memory name_, string memory symbol_) {
        PROVIDER = IBendProvider(provider);
        UNDERLYING_ASSET_ADDRESS = asset;
        decimals = decimals_;
        name = name_;
        symbol = symbol_;
    }

    modifier onlyLendPool() {
        require(msg.sender == PROVIDER.getLendPool(), BendErrors.CALLER_NOT_POOL);
        _;
    }

    function _pool() internal view returns (IBendPool) {
        return IBendPool(PROVIDER.getLendPool());
    }

    function _mintScaled(address user, uint256 scaled) internal {
        scaledBalanceOf[user] += scaled;
        scaledTotalSupply += scaled;
        emit Transfer(address(0), user, scaled);
    }

    function _burnScaled(address user, uint256 scaled) internal {
        scaledBalanceOf[user] -= scaled;
        scaledTotalSupply -= scaled;
        emit Transfer(user, address(0), scaled);
    }
}
