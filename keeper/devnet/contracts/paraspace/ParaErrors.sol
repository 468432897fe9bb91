// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The revert strings of ParaSpace's Errors, those that these contracts raise; kept as words for their size
library ParaErrors {
    bytes32 internal constant CALLER_NOT_POOL_ADMIN = "1";
    bytes32 internal constant CALLER_NOT_ASSET_LISTING_OR_POOL_ADMIN = "5";
    bytes32 internal constant CALLER_NOT_POOL_CONFIGURATOR = "10";
    bytes32 internal constant CALLER_NOT_XTOKEN = "11";
    bytes32 internal constant RESERVE_ALREADY_ADDED = "14";
    bytes32 internal constant INVALID_RESERVE_PARAMS = "20";
    bytes32 internal constant CALLER_MUST_BE_POOL = "23";
    bytes32 internal constant INVALID_MINT_AMOUNT = "24";
    bytes32 internal constant INVALID_BURN_AMOUNT = "25";
    bytes32 internal constant INVALID_AMOUNT = "26";
    bytes32 internal constant RESERVE_INACTIVE = "27";
    bytes32 internal constant RESERVE_FROZEN = "28";
    bytes32 internal constant RESERVE_PAUSED = "29";
    bytes32 internal constant BORROWING_NOT_ENABLED = "30";
    bytes32 internal constant NOT_ENOUGH_BALANCE = "32";
    bytes32 internal constant COLLATERAL_BALANCE_IS_ZERO = "34";
    bytes32 internal constant HEALTH_FACTOR_TOO_LOW = "35";
    bytes32 internal constant COLLATERAL_CANNOT_COVER = "36";
    bytes32 internal constant NO_DEBT = "39";
    bytes32 internal constant NO_EXPLICIT_AMOUNT_ON_BEHALF = "40";
    bytes32 internal constant HEALTH_FACTOR_NOT_BELOW_THRESHOLD = "45";
    bytes32 internal constant COLLATERAL_NOT_ENABLED = "46";
    bytes32 internal constant CURRENCY_NOT_BORROWED = "47";
    bytes32 internal constant SAME_BLOCK_BORROW_REPAY = "48";
    bytes32 internal constant LTV_VALIDATION_FAILED = "57";
    bytes32 internal constant SENTINEL_CHECK_FAILED = "59";
    bytes32 internal constant INCONSISTENT_LENGTH = "76";
    bytes32 internal constant ZERO_ADDRESS = "77";
    bytes32 internal constant OPERATION_NOT_SUPPORTED = "80";
    bytes32 internal constant ASSET_NOT_LISTED = "82";
    bytes32 internal constant NOT_THE_OWNER = "91";
    bytes32 internal constant LIQUIDATION_AMOUNT_NOT_ENOUGH = "92";
    bytes32 internal constant INVALID_ASSET_TYPE = "93";
    bytes32 internal constant ERC721_HEALTH_FACTOR_NOT_BELOW = "95";
    bytes32 internal constant AUCTION_ALREADY_STARTED = "111";
    bytes32 internal constant AUCTION_NOT_STARTED = "112";
    bytes32 internal constant AUCTION_NOT_ENABLED = "113";
    bytes32 internal constant ERC721_HEALTH_FACTOR_NOT_ABOVE = "114";
    bytes32 internal constant TOKEN_IN_AUCTION = "115";
    bytes32 internal constant LIQUIDATOR_IS_BORROWER = "117";
    bytes32 internal constant ORACLE_PRICE_NOT_READY = "121";
    bytes32 internal constant SET_ORACLE_SOURCE_NOT_ALLOWED = "122";
    bytes32 internal constant INVALID_LIQUIDATION_ASSET = "123";
    bytes32 internal constant GLOBAL_DEBT_IS_ZERO = "125";

    /// @notice Equal to require(ok, string): reverts with Error(string).
    function check(bool ok, bytes32 code) internal pure {
        if (ok) return;
        uint256 length = code[1] == 0 ? 1 : code[2] == 0 ? 2 : 3;
        assembly {
            mstore(0, shl(224, 0x08c379a0))
            mstore(4, 32)
            mstore(36, length)
            mstore(68, code)
            revert(0, 100)
        }
    }
}
