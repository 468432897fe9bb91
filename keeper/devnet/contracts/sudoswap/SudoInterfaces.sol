// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Equal to LSSVMPair.PoolType: buys NFTs only, sells NFTs only, or both.
enum PoolType {
    TOKEN,
    NFT,
    TRADE
}

/// @notice Equal to ILSSVMPairFactoryLike.PairVariant.
enum PairVariant {
    ERC721_ETH,
    ERC721_ERC20,
    ERC1155_ETH,
    ERC1155_ERC20
}

/// @notice What a pair asks of its factory.
interface ISudoFactory {
    function protocolFeeMultiplier() external view returns (uint256);
    function getSettingsForPair(address pair) external view returns (bool settingsEnabled, uint96 bps);
    function routerStatus(address router) external view returns (bool allowed, bool wasEverTouched);
    function openLock() external;
    function closeLock() external;
}

/// @notice What a pair asks of the royalty engine.
interface ISudoRoyaltyEngine {
    function getRoyalty(address token, uint256 tokenId, uint256 value)
        external
        returns (address payable[] memory recipients, uint256[] memory amounts);
    function getRoyaltyView(address token, uint256 tokenId, uint256 value)
        external
        view
        returns (address payable[] memory recipients, uint256[] memory amounts);
}

/// @notice A test of token ids that a pool may put before buying.
interface IPropertyChecker {
    function hasProperties(uint256[] calldata ids, bytes calldata params) external returns (bool);
}

/// @notice Royalty settings that a collection's owner offers and a pair's owner takes.
interface ISettings {
    function getRoyaltyInfo(address pair) external view returns (bool settingsEnabled, uint96 bps);
}
