// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The revert strings of BendDAO v1's Errors, those that these contracts raise
library BendErrors {
    string internal constant CALLER_NOT_POOL_ADMIN = "100";
    string internal constant INVALID_AMOUNT = "301";
    string internal constant NO_ACTIVE_RESERVE = "302";
    string internal constant RESERVE_FROZEN = "303";
    string internal constant NOT_ENOUGH_BALANCE = "304";
    string internal constant BORROWING_NOT_ENABLED = "305";
    string internal constant COLLATERAL_IS_0 = "306";
    string internal constant HEALTH_FACTOR_TOO_LOW = "307";
    string internal constant COLLATERAL_CANNOT_COVER = "308";
    string internal constant NO_DEBT = "309";
    string internal constant NO_ACTIVE_NFT = "310";
    string internal constant NFT_FROZEN = "311";
    string internal constant INVALID_ONBEHALFOF = "314";
    string internal constant INVALID_TARGET = "315";
    string internal constant INVALID_RESERVE = "316";
    string internal constant LOAN_OF_ANOTHER = "317";
    string internal constant LOAN_IN_ANOTHER_RESERVE = "318";
    string internal constant PRICE_STALE = "320";
    string internal constant MAX_UTILIZATION = "321";
    string internal constant CALLER_NOT_CONFIGURATOR = "400";
    string internal constant PAUSED = "401";
    string internal constant NOT_CONTRACT = "403";
    string internal constant DEBT_NOT_OVER_THRESHOLD = "404";
    string internal constant NOT_COLLATERAL = "409";
    string internal constant ALREADY_COLLATERAL = "412";
    string internal constant LESS_THAN_EXTRA_DEBT = "414";
    string internal constant LESS_THAN_REDEEM_THRESHOLD = "415";
    string internal constant MORE_THAN_MAX_REPAY = "416";
    string internal constant TOKEN_ID_OVER_LIMIT = "417";
    string internal constant SUPPLY_OVER_LIMIT = "418";
    string internal constant COLLATERAL_OVER_CAP = "421";
    string internal constant INVALID_LOAN_STATE = "480";
    string internal constant INVALID_LOAN_AMOUNT = "481";
    string internal constant INVALID_TAKEN_AMOUNT = "482";
    string internal constant AMOUNT_OVERFLOW = "483";
    string internal constant BID_UNDER_LIQUIDATION_PRICE = "484";
    string internal constant BID_UNDER_HIGHEST = "485";
    string internal constant REDEEM_ENDED = "486";
    string internal constant AUCTION_ENDED = "489";
    string internal constant AUCTION_NOT_ENDED = "490";
    string internal constant BID_UNDER_DEBT = "491";
    string internal constant INVALID_BIDDER = "492";
    string internal constant INVALID_BID_FINE = "494";
    string internal constant CALLER_NOT_POOL = "500";
    string internal constant INVALID_MINT_AMOUNT = "501";
    string internal constant INVALID_BURN_AMOUNT = "502";
    string internal constant RESERVE_ALREADY_INITIALIZED = "601";
    string internal constant INVALID_CONFIGURATION = "701";
    string internal constant CALLER_NOT_EMERGENCY_ADMIN = "702";
    string internal constant INVALID_BNFT = "703";
}
