// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedMath} from "../math/FixedMath.sol";
import {BendErrors} from "./BendErrors.sol";
import {ScaledToken} from "./ScaledToken.sol";

/// @title Equal to BendDAO v1's DebtToken: what borrowers owe, not transferable
contract DebtToken is ScaledToken {
    using FixedMath for uint256;

    event Mint(address indexed from, uint256 value, uint256 index);
    event Burn(address indexed user, uint256 amount, uint256 index);
    event BorrowAllowanceDelegated(address indexed fromUser, address indexed toUser, address asset, uint256 amount);

    mapping(address => mapping(address => uint256)) public borrowAllowance;

    constructor(address provider, address asset, uint8 decimals_, string memory name_, string memory symbol_)
        ScaledToken(provider, asset, decimals_, name_, symbol_)
    {}

    function approveDelegation(address delegatee, uint256 amount) external {
        borrowAllowance[msg.sender][delegatee] = amount;
        emit BorrowAllowanceDelegated(msg.sender, delegatee, UNDERLYING_ASSET_ADDRESS, amount);
    }

    function mint(address initiator, address onBehalfOf, uint256 amount, uint256 index)
        external
        onlyLendPool
        returns (bool)
    {
        if (initiator != onBehalfOf) {
            require(borrowAllowance[onBehalfOf][initiator] >= amount, "503");
            uint256 left = borrowAllowance[onBehalfOf][initiator] - amount;
            borrowAllowance[onBehalfOf][initiator] = left;
            emit BorrowAllowanceDelegated(onBehalfOf, initiator, UNDERLYING_ASSET_ADDRESS, left);
        }
        bool first = scaledBalanceOf[onBehalfOf] == 0;
        uint256 scaled = amount.rayDiv(index);
        require(scaled != 0, BendErrors.INVALID_MINT_AMOUNT);
        _mintScaled(onBehalfOf, scaled);
        emit Transfer(address(0), onBehalfOf, amount);
        emit Mint(onBehalfOf, amount, index);
        return first;
    }

    function burn(address user, uint256 amount, uint256 index) external onlyLendPool {
        uint256 scaled = amount.rayDiv(index);
        require(scaled != 0, BendErrors.INVALID_BURN_AMOUNT);
        _burnScaled(user, scaled);
        emit Transfer(user, address(0), amount);
        emit Burn(user, amount, index);
    }

    function balanceOf(address user) external view returns (uint256) {
        return scaledBalanceOf[user].rayMul(_pool().getReserveNormalizedVariableDebt(UNDERLYING_ASSET_ADDRESS));
    }

    function totalSupply() external view returns (uint256) {
        return scaledTotalSupply.rayMul(_pool().getReserveNormalizedVariableDebt(UNDERLYING_ASSET_ADDRESS));
    }
}
