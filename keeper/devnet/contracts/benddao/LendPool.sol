// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {BendAuctions} from "./BendAuctions.sol";
import {BendBorrowing} from "./BendBorrowing.sol";
import {BendErrors} from "./BendErrors.sol";
import {BendPoolBase} from "./BendPoolBase.sol";
import {BendSupply} from "./BendSupply.sol";
import {ReserveData} from "./BendTypes.sol";
import {BendViews} from "./BendViews.sol";

/// @title Equal to BendDAO v1's LendPool in what a keeper touches; a constructor stands for proxy and initializer
contract LendPool is BendSupply, BendBorrowing, BendAuctions, BendViews, ERC721Holder {
    event Paused();
    event Unpaused();
    event PausedTimeUpdated(uint256 startTime, uint256 durationTime);

    constructor(address provider) BendPoolBase(provider) {}

    function initReserve(address asset, address bToken, address debtToken, address interestRate)
        external
        onlyConfigurator
    {
        require(asset.code.length > 0, BendErrors.NOT_CONTRACT);
        ReserveData storage reserve = _reserves[asset];
        require(reserve.bTokenAddress == address(0), BendErrors.RESERVE_ALREADY_INITIALIZED);
        reserve.liquidityIndex = 1e27;
        reserve.variableBorrowIndex = 1e27;
        reserve.bTokenAddress = bToken;
        reserve.debtTokenAddress = debtToken;
        reserve.interestRateAddress = interestRate;
        reserve.id = uint8(_reservesList.length);
        _reservesList.push(asset);
    }

    function initNft(address asset, address bNft) external onlyConfigurator {
        require(asset.code.length > 0, BendErrors.NOT_CONTRACT);
        require(_nfts[asset].bNftAddress == address(0), BendErrors.RESERVE_ALREADY_INITIALIZED);
        _nfts[asset].bNftAddress = bNft;
        _nfts[asset].id = uint8(_nftsList.length);
        _nftsList.push(asset);
        IERC721(asset).setApprovalForAll(address(_loans()), true);
        _loans().initNft(asset, bNft);
    }

    function setReserveConfiguration(address asset, uint256 configuration) external onlyConfigurator {
        _reserves[asset].configuration.data = configuration;
    }

    function setNftConfiguration(address asset, uint256 configuration) external onlyConfigurator {
        _nfts[asset].configuration.data = configuration;
    }

    function setReserveInterestRateAddress(address asset, address rateAddress) external onlyConfigurator {
        _reserves[asset].interestRateAddress = rateAddress;
    }

    function setReserveMaxUtilizationRate(address asset, uint256 maxUtilRate) external onlyConfigurator {
        _reserves[asset].maxUtilizationRate = maxUtilRate;
    }

    function setNftMaxSupplyAndTokenId(address asset, uint256 maxSupply, uint256 maxTokenId)
        external
        onlyConfigurator
    {
        _nfts[asset].maxSupply = maxSupply;
        _nfts[asset].maxTokenId = maxTokenId;
    }

    function setNftMaxCollateralCap(address asset, uint256 maxCap) external onlyConfigurator {
        _nfts[asset].maxCollateralCap = maxCap;
    }

    function setPause(bool val) external onlyConfigurator {
        if (_paused == val) return;
        _paused = val;
        if (val) {
            _pauseStartTime = block.timestamp;
            emit Paused();
        } else {
            _pauseDurationTime = block.timestamp - _pauseStartTime;
            emit Unpaused();
        }
    }

    function setPausedTime(uint256 startTime, uint256 durationTime) external onlyConfigurator {
        _pauseStartTime = startTime;
        _pauseDurationTime = durationTime;
        emit PausedTimeUpdated(startTime, durationTime);
    }
}
