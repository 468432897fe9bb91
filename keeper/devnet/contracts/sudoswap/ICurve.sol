// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Equal to sudoswap v2's ICurve and CurveErrorCodes.
interface ICurve {
    enum Error {
        OK,
        INVALID_NUMITEMS,
        SPOT_PRICE_OVERFLOW,
        DELTA_OVERFLOW,
        SPOT_PRICE_UNDERFLOW,
        AUCTION_ENDED
    }

    function validateDelta(uint128 delta) external pure returns (bool);
    function validateSpotPrice(uint128 spotPrice) external view returns (bool);

    function getBuyInfo(
        uint128 spotPrice, uint128 delta, uint256 numItems, uint256 feeMultiplier, uint256 protocolFeeMultiplier
    )
        external
        view
        returns (
            Error error,
            uint128 newSpotPrice,
            uint128 newDelta,
            uint256 inputValue,
            uint256 tradeFee,
            uint256 protocolFee
        );

    function getSellInfo(
        uint128 spotPrice, uint128 delta, uint256 numItems, uint256 feeMultiplier, uint256 protocolFeeMultiplier
    )
        external
        view
        returns (
            Error error,
            uint128 newSpotPrice,
            uint128 newDelta,
            uint256 outputValue,
            uint256 tradeFee,
            uint256 protocolFee
        );
}
