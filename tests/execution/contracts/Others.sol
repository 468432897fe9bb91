// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

interface IToken {
    function balanceOf(address account) external view returns (uint256);
    function allowance(address owner, address spender) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// Something it does whenever it is touched.
struct Act {
    address target;
    uint256 value;
    bytes data;
}

/// Acts on whatever touches it: calls, ETH, NFT hooks, token hooks, the coinbase's tip. Counts what succeeded, so that a
/// test sees that it was reached and that its attempts failed.
contract Puppet {
    Act[] private acts;
    bool public refuse;
    bool private busy;
    uint256 public touched;
    uint256 public succeeded;
    bytes public lastReason;

    function script(Act[] calldata wanted) external {
        delete acts;
        for (uint256 i; i < wanted.length; ++i) acts.push(wanted[i]);
    }

    function setRefuse(bool refuse_) external {
        refuse = refuse_;
    }

    receive() external payable {
        touch();
    }

    fallback() external payable {
        touch();
        // The hooks of ERC-721 and ERC-1155 want their own selector; whoever asks for a boolean gets true.
        bytes32 answer = msg.sig == 0x150b7a02 || msg.sig == 0xf23a6e61 ? bytes32(msg.sig) : bytes32(uint256(1));
        assembly ("memory-safe") {
            mstore(0, answer)
            return(0, 0x20)
        }
    }

    function touch() public payable {
        require(!refuse, "refused");
        if (busy) return;
        busy = true;
        ++touched;
        for (uint256 i; i < acts.length; ++i) {
            (bool ok, bytes memory reason) = acts[i].target.call{value: acts[i].value}(acts[i].data);
            if (ok) ++succeeded;
            else lastReason = reason;
        }
        busy = false;
    }
}

/// A lender in the clothes of Morpho, with something wrong about it.
contract FakeLender {
    enum Trick {
        Honest,
        Silent,
        AltersData,
        CallsTwice,
        OtherCallback,
        ThroughDeputy,
        TakesTwice,
        TakesNothing
    }

    Trick public trick;
    Deputy private immutable deputy = new Deputy();

    function setTrick(Trick trick_) external {
        trick = trick_;
    }

    function flashLoan(address token, uint256 assets, bytes calldata data) external {
        require(IToken(token).transfer(msg.sender, assets), "transfer");
        bytes memory callback = abi.encodeWithSignature("onMorphoFlashLoan(uint256,bytes)", assets, data);
        if (trick == Trick.Silent) return;
        if (trick == Trick.AltersData) {
            bytes memory altered = data;
            altered[altered.length - 1] ^= 0x01;
            callback = abi.encodeWithSignature("onMorphoFlashLoan(uint256,bytes)", assets, altered);
        }
        if (trick == Trick.OtherCallback) {
            callback = abi.encodeWithSignature("uniswapV3FlashCallback(uint256,uint256,bytes)", 0, 0, data);
        }
        if (trick == Trick.ThroughDeputy) deputy.pass(msg.sender, callback);
        else pass(msg.sender, callback);
        if (trick == Trick.CallsTwice) pass(msg.sender, callback);
        if (trick == Trick.TakesNothing) return;
        require(IToken(token).transferFrom(msg.sender, address(this), assets), "transferFrom");
        if (trick == Trick.TakesTwice) {
            require(IToken(token).transferFrom(msg.sender, address(this), 1), "transferFrom");
        }
    }

    /// As Aave would do for a loan that somebody else asked for.
    function flashLoanSimple(address receiver, address asset, uint256 amount, bytes calldata params, uint16) external {
        require(IToken(asset).transfer(receiver, amount), "transfer");
        pass(
            receiver,
            abi.encodeWithSignature(
                "executeOperation(address,uint256,uint256,address,bytes)", asset, amount, 0, address(this), params
            )
        );
        require(IToken(asset).transferFrom(receiver, address(this), amount), "transferFrom");
    }

    /// What is left of an allowance, taken later in a transaction of its own.
    function loot(address token, address victim) external {
        require(IToken(token).transferFrom(victim, address(this), IToken(token).allowance(victim, address(this))));
    }

    function pass(address to, bytes memory data) private {
        (bool ok, bytes memory reason) = to.call(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }
}

contract Deputy {
    function pass(address to, bytes calldata data) external {
        (bool ok, bytes memory reason) = to.call(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }
}

/// A token that pays out a tenth of what is sent and keeps the rest, and touches its accomplice at each transfer.
contract PoisonedToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    Puppet public accomplice;

    constructor(Puppet accomplice_) {
        accomplice = accomplice_;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        return move(from, to, amount);
    }

    function move(address from, address to, uint256 amount) private returns (bool) {
        balanceOf[from] -= amount;
        balanceOf[to] += amount / 10;
        accomplice.touch();
        return true;
    }
}

/// A token whose transfers and approvals return nothing, and that refuses to change one approval into another.
contract SilentToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        require(amount == 0 || allowance[msg.sender][spender] == 0, "reset first");
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    /// As tether does, an unlimited-looking or unused rest of an approval stays.
    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// A token that says no instead of reverting.
contract FalseToken {
    function transfer(address, uint256) external pure returns (bool) {
        return false;
    }
}

/// The other side of honest trades: gives and takes ETH and WETH as told.
contract Counterparty {
    IToken private immutable weth;

    constructor(IToken weth_) {
        weth = weth_;
    }

    receive() external payable {}

    function giveEther(uint256 amount) external {
        (bool ok,) = msg.sender.call{value: amount}("");
        require(ok, "ether");
    }

    function giveWeth(uint256 amount) external {
        require(weth.transfer(msg.sender, amount), "weth");
    }

    function takeWeth(uint256 amount) external {
        require(weth.transferFrom(msg.sender, address(this), amount), "weth");
    }

    function takeEther() external payable {}

    /// A megabyte of zeros, for callers that copy what they are given.
    function bomb() external pure {
        assembly ("memory-safe") {
            return(0, 1000000)
        }
    }
}

/// An English auction whose highest bidder can be asked for, and an owner that can be one of several.
contract Auction {
    address public bidder;
    uint256 public price;

    function bid() external payable {
        require(msg.value > price, "low");
        bidder = msg.sender;
        price = msg.value;
    }

    function highest() external view returns (address, uint256) {
        return (bidder, price);
    }
}

interface IPool {
    function mint(address recipient, int24 lower, int24 upper, uint128 amount, bytes calldata data) external;
    function token0() external view returns (address);
    function token1() external view returns (address);
}

/// Puts a full-range position into a Uniswap v3 pool of spacing 60, out of its own tokens.
contract Filler {
    function fill(IPool pool, uint128 liquidity) external {
        pool.mint(address(this), -887220, 887220, liquidity, "");
    }

    function uniswapV3MintCallback(uint256 owed0, uint256 owed1, bytes calldata) external {
        pay(IPool(msg.sender).token0(), owed0);
        pay(IPool(msg.sender).token1(), owed1);
    }

    function pay(address token, uint256 amount) private {
        (bool ok,) = token.call(abi.encodeCall(IToken.transfer, (msg.sender, amount)));
        require(ok, "pay");
    }
}

interface ILenders {
    function flashLoan(address token, uint256 assets, bytes calldata data) external;
    function flashLoanSimple(address receiver, address asset, uint256 amount, bytes calldata params, uint16 code)
        external;
    function flashLoan(address recipient, address[] calldata tokens, uint256[] calldata amounts, bytes calldata data)
        external;
    function flash(address recipient, uint256 amount0, uint256 amount1, bytes calldata data) external;
    function token0() external view returns (address);
    function approve(address spender, uint256 amount) external returns (bool);
}

/// Borrows and repays, without any check or safety: what the executor's flash loans are measured against.
contract BareBorrower {
    address private immutable weth;

    constructor(address weth_) {
        weth = weth_;
    }

    function borrow(uint8 kind, ILenders lender, address token, uint256 amount) external {
        if (kind == 0) {
            lender.flashLoan(token, amount, "");
        } else if (kind == 1) {
            lender.flashLoanSimple(address(this), token, amount, "", 0);
        } else if (kind == 2) {
            address[] memory tokens = new address[](1);
            uint256[] memory amounts = new uint256[](1);
            (tokens[0], amounts[0]) = (token, amount);
            lender.flashLoan(address(this), tokens, amounts, "");
        } else {
            bool first = lender.token0() == token;
            lender.flash(address(this), first ? amount : 0, first ? 0 : amount, abi.encode(amount));
        }
    }

    function onMorphoFlashLoan(uint256 assets, bytes calldata) external {
        ILenders(weth).approve(msg.sender, assets);
    }

    function executeOperation(address, uint256 amount, uint256 premium, address, bytes calldata)
        external
        returns (bool)
    {
        return ILenders(weth).approve(msg.sender, amount + premium);
    }

    function receiveFlashLoan(address[] calldata, uint256[] calldata amounts, uint256[] calldata fees, bytes calldata)
        external
    {
        IToken(weth).transfer(msg.sender, amounts[0] + fees[0]);
    }

    function uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external {
        IToken(weth).transfer(msg.sender, abi.decode(data, (uint256)) + fee0 + fee1);
    }
}
