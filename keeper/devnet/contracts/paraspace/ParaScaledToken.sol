// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedMath} from "../math/FixedMath.sol";
import {ParaErrors} from "./ParaErrors.sol";
import {IParaPool} from "./ParaInterfaces.sol";

/// @title Equal to ParaSpace's ScaledBalanceTokenBaseERC20: scaled balances, interest told at each change
abstract contract ParaScaledToken {
    using FixedMath for uint256;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Mint(
        address indexed caller, address indexed onBehalfOf, uint256 value, uint256 balanceIncrease, uint256 index
    );
    event Burn(address indexed from, address indexed target, uint256 value, uint256 balanceIncrease, uint256 index);

    IParaPool public immutable POOL;
    address public immutable UNDERLYING_ASSET_ADDRESS;
    uint8 public immutable decimals;
    string public name;
    string public symbol;
    mapping(address => uint256) public scaledBalanceOf;
    mapping(address => uint256) public getPreviousIndex;
    uint256 public scaledTotalSupply;

    constructor(address pool, address asset, uint8 decimals_, string memory name_, string memory symbol_) {
        POOL = IParaPool(pool);
        UNDERLYING_ASSET_ADDRESS = asset;
        decimals = decimals_;
        name = name_;
        symbol = symbol_;
    }

    modifier onlyPool() {
        ParaErrors.check(msg.sender == address(POOL), ParaErrors.CALLER_MUST_BE_POOL);
        _;
    }

    function balanceOf(address user) public view returns (uint256) {
        return scaledBalanceOf[user].rayMul(_index());
    }

    function totalSupply() external view returns (uint256) {
        return scaledTotalSupply.rayMul(_index());
    }

    /// @notice The index that scaled balances are multiplied by now.
    function _index() internal view virtual returns (uint256);

    function _mintScaled(address caller, address onBehalfOf, uint256 amount, uint256 index)
        internal
        returns (bool first)
    {
        uint256 scaled = amount.rayDiv(index);
        ParaErrors.check(scaled != 0, ParaErrors.INVALID_MINT_AMOUNT);
        first = scaledBalanceOf[onBehalfOf] == 0;
        uint256 increase = _accrue(onBehalfOf, index);
        scaledBalanceOf[onBehalfOf] += scaled;
        scaledTotalSupply += scaled;
        emit Transfer(address(0), onBehalfOf, amount + increase);
        emit Mint(caller, onBehalfOf, amount + increase, increase, index);
    }

    function _burnScaled(address user, address target, uint256 amount, uint256 index) internal {
        uint256 scaled = amount.rayDiv(index);
        ParaErrors.check(scaled != 0, ParaErrors.INVALID_BURN_AMOUNT);
        uint256 increase = _accrue(user, index);
        scaledBalanceOf[user] -= scaled;
        scaledTotalSupply -= scaled;
        if (increase > amount) {
            emit Transfer(address(0), user, increase - amount);
            emit Mint(user, user, increase - amount, increase, index);
        } else {
            emit Transfer(user, address(0), amount - increase);
            emit Burn(user, target, amount - increase, increase, index);
        }
    }

    function _accrue(address user, uint256 index) private returns (uint256 increase) {
        uint256 scaled = scaledBalanceOf[user];
        increase = scaled.rayMul(index) - scaled.rayMul(getPreviousIndex[user]);
        getPreviousIndex[user] = index;
    }
}
