// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {FixedMath} from "../math/FixedMath.sol";
import {BendErrors} from "./BendErrors.sol";
import {ScaledToken} from "./ScaledToken.sol";

/// @title Equal to BendDAO v1's BToken, untransferable: depositors' shares, and the vault of the reserve
contract BToken is ScaledToken {
    using FixedMath for uint256;
    using SafeERC20 for IERC20;

    event Mint(address indexed from, uint256 value, uint256 index);
    event Burn(address indexed from, address indexed target, uint256 value, uint256 index);

    address public immutable RESERVE_TREASURY_ADDRESS;

    constructor(
        address provider,
        address treasury,
        address asset,
        uint8 decimals_,
        string memory name_,
        string memory symbol_
    ) ScaledToken(provider, asset, decimals_, name_, symbol_) {
        RESERVE_TREASURY_ADDRESS = treasury;
    }

    function mint(address user, uint256 amount, uint256 index) external onlyLendPool returns (bool) {
        bool first = scaledBalanceOf[user] == 0;
        uint256 scaled = amount.rayDiv(index);
        require(scaled != 0, BendErrors.INVALID_MINT_AMOUNT);
        _mintScaled(user, scaled);
        emit Mint(user, amount, index);
        return first;
    }

    function burn(address user, address receiver, uint256 amount, uint256 index) external onlyLendPool {
        uint256 scaled = amount.rayDiv(index);
        require(scaled != 0, BendErrors.INVALID_BURN_AMOUNT);
        _burnScaled(user, scaled);
        IERC20(UNDERLYING_ASSET_ADDRESS).safeTransfer(receiver, amount);
        emit Burn(user, receiver, amount, index);
    }

    function mintToTreasury(uint256 amount, uint256 index) external onlyLendPool {
        if (amount == 0) return;
        _mintScaled(RESERVE_TREASURY_ADDRESS, amount.rayDiv(index));
        emit Transfer(address(0), RESERVE_TREASURY_ADDRESS, amount);
        emit Mint(RESERVE_TREASURY_ADDRESS, amount, index);
    }

    function transferUnderlyingTo(address target, uint256 amount) external onlyLendPool returns (uint256) {
        IERC20(UNDERLYING_ASSET_ADDRESS).safeTransfer(target, amount);
        return amount;
    }

    function balanceOf(address user) external view returns (uint256) {
        return scaledBalanceOf[user].rayMul(_pool().getReserveNormalizedIncome(UNDERLYING_ASSET_ADDRESS));
    }

    function totalSupply() external view returns (uint256) {
        return scaledTotalSupply.rayMul(_pool().getReserveNormalizedIncome(UNDERLYING_ASSET_ADDRESS));
    }
}
