// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {FixedMath} from "../math/FixedMath.sol";
import {ParaScaledToken} from "./ParaScaledToken.sol";

/// @title Equal to ParaSpace's PToken, moved by the pool only: suppliers' shares, and the vault of the reserve
contract PToken is ParaScaledToken {
    using FixedMath for uint256;
    using SafeERC20 for IERC20;

    address public immutable RESERVE_TREASURY_ADDRESS;

    constructor(
        address pool, address treasury, address asset, uint8 decimals_, string memory name_, string memory symbol_
    ) ParaScaledToken(pool, asset, decimals_, name_, symbol_) {
        RESERVE_TREASURY_ADDRESS = treasury;
    }

    function mint(address caller, address onBehalfOf, uint256 amount, uint256 index)
        external
        onlyPool
        returns (bool)
    {
        return _mintScaled(caller, onBehalfOf, amount, index);
    }

    function burn(address from, address receiver, uint256 amount, uint256 index) external onlyPool {
        _burnScaled(from, receiver, amount, index);
        if (receiver != address(this)) IERC20(UNDERLYING_ASSET_ADDRESS).safeTransfer(receiver, amount);
    }

    function transferUnderlyingTo(address target, uint256 amount) external onlyPool {
        IERC20(UNDERLYING_ASSET_ADDRESS).safeTransfer(target, amount);
    }

    function transferOnLiquidation(address from, address to, uint256 amount) external onlyPool {
        uint256 scaled = amount.rayDiv(_index());
        scaledBalanceOf[from] -= scaled;
        scaledBalanceOf[to] += scaled;
        emit Transfer(from, to, amount);
    }

    /// @notice 6: XTokenType.PToken.
    function getXTokenType() external pure returns (uint8) {
        return 6;
    }

    function _index() internal view override returns (uint256) {
        return POOL.getReserveNormalizedIncome(UNDERLYING_ASSET_ADDRESS);
    }
}
