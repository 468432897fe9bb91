// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// What the executor needs to know of others: tokens, and the lenders whose flash loans it takes.

interface IWeth {
    function balanceOf(address account) external view returns (uint256);
    function withdraw(uint256 amount) external;
}

interface IErc20 {
    function allowance(address owner, address spender) external view returns (uint256);
    function approve(address spender, uint256 amount) external returns (bool);
    function transfer(address to, uint256 amount) external returns (bool);
}

interface IErc721 {
    function transferFrom(address from, address to, uint256 tokenId) external;
}

interface IErc1155 {
    function safeTransferFrom(address from, address to, uint256 id, uint256 amount, bytes calldata data) external;
}

/// Morpho Blue: no fee, pulls the amount back.
interface IMorphoLender {
    function flashLoan(address token, uint256 assets, bytes calldata data) external;
}

/// Aave v3 pool: premium in basis points of the amount, pulls amount and premium back.
interface IAaveLender {
    function flashLoanSimple(
        address receiver,
        address asset,
        uint256 amount,
        bytes calldata params,
        uint16 referralCode
    ) external;
}

/// Balancer v2 vault: expects to find its money back when the callback returns.
interface IBalancerLender {
    function flashLoan(address recipient, address[] calldata tokens, uint256[] calldata amounts, bytes calldata userData)
        external;
}

/// Uniswap v3 pool: fee of its tier, expects to find its money back when the callback returns.
interface IUniswapV3Lender {
    function flash(address recipient, uint256 amount0, uint256 amount1, bytes calldata data) external;
    function token0() external view returns (address);
}
