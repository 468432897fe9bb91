// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ParaScaledToken} from "./ParaScaledToken.sol";

/// @title Equal to ParaSpace's VariableDebtToken: what borrowers owe, not transferable
contract VariableDebtToken is ParaScaledToken {
    event BorrowAllowanceDelegated(
        address indexed fromUser, address indexed toUser, address indexed asset, uint256 amount
    );

    mapping(address => mapping(address => uint256)) public borrowAllowance;

    constructor(address pool, address asset, uint8 decimals_, string memory name_, string memory symbol_)
        ParaScaledToken(pool, asset, decimals_, name_, symbol_)
    {}

    function approveDelegation(address delegatee, uint256 amount) external {
        _approve(msg.sender, delegatee, amount);
    }

    /// @return Whether this is the user's first debt, and the scaled total.
    function mint(address user, address onBehalfOf, uint256 amount, uint256 index)
        external
        onlyPool
        returns (bool, uint256)
    {
        if (user != onBehalfOf) _approve(onBehalfOf, user, borrowAllowance[onBehalfOf][user] - amount);
        return (_mintScaled(user, onBehalfOf, amount, index), scaledTotalSupply);
    }

    function burn(address from, uint256 amount, uint256 index) external onlyPool returns (uint256) {
        _burnScaled(from, address(0), amount, index);
        return scaledTotalSupply;
    }

    function _approve(address from, address to, uint256 amount) private {
        borrowAllowance[from][to] = amount;
        emit BorrowAllowanceDelegated(from, to, UNDERLYING_ASSET_ADDRESS, amount);
    }

    function _index() internal view override returns (uint256) {
        return POOL.getReserveNormalizedVariableDebt(UNDERLYING_ASSET_ADDRESS);
    }
}
