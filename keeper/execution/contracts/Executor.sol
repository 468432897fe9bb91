// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {
    IAaveLender,
    IBalancerLender,
    IErc1155,
    IErc20,
    IErc721,
    IMorphoLender,
    IUniswapV3Lender,
    IWeth
} from "./interfaces.sol";

/// One step of a program: `value` wei of the executor's own ETH go along with `data`.
struct Call {
    address target;
    uint256 value;
    bytes data;
}

/// A flash loan that the program runs inside of. `kind`: 0 Morpho Blue, 1 Aave v3 (flashLoanSimple),
/// 2 Balancer v2, 3 Uniswap v3 (`lender` is the pool, `token` either of its two).
struct Flash {
    uint8 kind;
    address lender;
    address token;
    uint256 amount;
}

/// When a program may run, and what the builder gets for it.
struct Guard {
    /// Last block in which the program may run.
    uint64 maxBlock;
    /// Hash of the block it has to be built upon; 0: any.
    bytes32 parentHash;
    /// `execute`: the builder's share of the gain, at most `maxTip`. `acquire`: must be 0, the tip is `maxTip` itself.
    uint16 tipBps;
    uint256 maxTip;
}

/// Something that must be true after an acquisition: `target` answers `data` with bytes that hash to `expected`.
struct Proof {
    address target;
    bytes data;
    bytes32 expected;
}

/// Runs the keeper's programs: sequences of calls, inside flash loans if wanted, that leave it richer by a promised
/// amount or do not happen at all.
///
/// Money can leave in three ways only: by a program of an operator, under the check of `execute` or `acquire`; as the
/// builder's tip after that check; and to the owner. There is no delegatecall, no signature check (ERC-1271), no
/// function that acts on what a token's or a lender's callback says. A program that needs an approval makes it as one
/// of its calls, for the exact amount or token that the next call uses up; the contract itself approves only pull
/// lenders, exactly, and leaves nothing standing.
contract Executor {
    /// The head of `execute`'s arguments, to read the program in place wherever those arguments travel.
    struct Program {
        Flash[] flashes;
        Call[] calls;
    }

    uint8 private constant MORPHO = 0;
    uint8 private constant AAVE_V3 = 1;
    uint8 private constant BALANCER_V2 = 2;
    uint8 private constant UNISWAP_V3 = 3;

    bytes32 private constant IDLE = 0;
    bytes32 private constant RUNNING = bytes32(uint256(1));

    address public immutable weth;

    address public owner;
    bool public paused;
    address public pendingOwner;
    mapping(address => bool) public isOperator;

    /// IDLE between programs; RUNNING while one runs, which locks the contract; and, between the request to a lender and
    /// its callback, the hash of the only data that a callback may bring. Consumed on entry.
    bytes32 private transient state;

    /// A program ran: what it earned in ETH and WETH before the tip, and the tip.
    event Executed(uint256 gain, uint256 tip);
    /// An acquisition ran: what left in ETH and WETH, tip included, and the tip.
    event Acquired(uint256 spent, uint256 tip);
    event OperatorSet(address indexed operator, bool allowed);
    event PausedSet(bool paused);
    event OwnershipOffered(address indexed newOwner);
    event OwnershipTaken(address indexed newOwner);

    error NotOwner();
    error NotOperator();
    error Paused();
    error Reentered();
    error UnexpectedCallback();
    error ZeroAddress();
    /// The block has passed.
    error TooLate(uint256 maxBlock);
    /// The block is built upon another one than the program was simulated on.
    error WrongParent(bytes32 parentHash);
    error SelfCall(uint256 index);
    error CallFailed(uint256 index, bytes reason);
    error UnknownFlashKind(uint8 kind);
    error FlashFailed(uint256 index, bytes reason);
    /// The lender returned without having called back.
    error NoCallback(uint256 index);
    error TokenFailed(address token);
    error ProfitTooLow(uint256 before, uint256 afterwards, uint256 tip, uint256 minProfit);
    error SpentTooMuch(uint256 spent, uint256 maxSpend);
    error NoProof();
    error ProofFailed(uint256 index, bytes answer);
    error FlatTipOnly();
    error TipFailed(address coinbase, uint256 tip);
    error EtherFailed();

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner();
        if (state != IDLE) revert Reentered();
        _;
    }

    constructor(address owner_, address weth_, address[] memory operators) {
        if (owner_ == address(0) || weth_ == address(0)) revert ZeroAddress();
        owner = owner_;
        weth = weth_;
        for (uint256 i; i < operators.length; ++i) {
            isOperator[operators[i]] = true;
            emit OperatorSet(operators[i], true);
        }
        emit OwnershipTaken(owner_);
    }

    /// Open to everyone, and cheap enough for the 2,300 gas that WETH9 sends along.
    receive() external payable {}

    // ---------------------------------------------------------------- programs

    /// Runs `calls` inside `flashes`, of which the first is the outermost. Afterwards the executor owns at least
    /// `minProfit` more in ETH and WETH together than before, the tip already deducted, or nothing has happened. What
    /// comes with the transaction is capital brought in, not profit.
    function execute(Flash[] calldata flashes, Call[] calldata calls, Guard calldata guard, uint256 minProfit)
        external
        payable
        returns (uint256 profit)
    {
        (flashes, calls); // read in place, so that they can be handed to the lenders and back without re-encoding
        _begin(guard);
        uint256 before = _money();
        _run(0, msg.data[4:]);
        uint256 afterwards = _money();
        uint256 tip;
        unchecked {
            uint256 gain = afterwards > before ? afterwards - before : 0;
            tip = gain * guard.tipBps / 10_000;
            if (tip > guard.maxTip) tip = guard.maxTip;
            if (afterwards < before || gain < tip || gain - tip < minProfit) {
                revert ProfitTooLow(before, afterwards, tip, minProfit);
            }
            profit = gain - tip;
            emit Executed(gain, tip);
        }
        _tip(tip);
        state = IDLE;
    }

    /// Runs `calls` with the executor's own money: a purchase kept as inventory, or a bid. ETH and WETH together fall by
    /// at most `maxSpend`, the tip (`guard.maxTip`, flat) included, and every proof holds, or nothing has happened.
    function acquire(Call[] calldata calls, Guard calldata guard, uint256 maxSpend, Proof[] calldata proofs)
        external
        payable
        returns (uint256 spent)
    {
        _begin(guard);
        if (guard.tipBps != 0) revert FlatTipOnly();
        if (proofs.length == 0) revert NoProof();
        uint256 tip = guard.maxTip;
        uint256 before = _money() + tip;
        _perform(calls);
        uint256 afterwards = _money();
        spent = before > afterwards ? before - afterwards : 0;
        if (spent > maxSpend) revert SpentTooMuch(spent, maxSpend);
        for (uint256 i; i < proofs.length; ++i) {
            (bool ok, bytes memory answer) = proofs[i].target.staticcall(proofs[i].data);
            if (!ok || answer.length == 0 || keccak256(answer) != proofs[i].expected) revert ProofFailed(i, answer);
        }
        if (afterwards < tip) revert TipFailed(block.coinbase, tip);
        emit Acquired(spent, tip);
        _tip(tip);
        state = IDLE;
    }

    // ---------------------------------------------------------------- lenders' callbacks

    function onMorphoFlashLoan(uint256, bytes calldata data) external {
        Flash calldata loan = _resume(MORPHO, data);
        _token(loan.token, abi.encodeCall(IErc20.approve, (msg.sender, loan.amount)));
    }

    function executeOperation(address, uint256, uint256 premium, address initiator, bytes calldata data)
        external
        returns (bool)
    {
        if (initiator != address(this)) revert UnexpectedCallback();
        Flash calldata loan = _resume(AAVE_V3, data);
        _token(loan.token, abi.encodeCall(IErc20.approve, (msg.sender, loan.amount + premium)));
        return true;
    }

    function receiveFlashLoan(address[] calldata, uint256[] calldata, uint256[] calldata fees, bytes calldata data)
        external
    {
        Flash calldata loan = _resume(BALANCER_V2, data);
        _token(loan.token, abi.encodeCall(IErc20.transfer, (msg.sender, loan.amount + fees[0])));
    }

    function uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external {
        Flash calldata loan = _resume(UNISWAP_V3, data);
        // Only one of the two was borrowed; the fee of nothing is nothing.
        _token(loan.token, abi.encodeCall(IErc20.transfer, (msg.sender, loan.amount + fee0 + fee1)));
    }

    // ---------------------------------------------------------------- receivers
    // Always accepting, never acting: an auction house may push what we won in a transaction of somebody else.

    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
        return this.onERC721Received.selector;
    }

    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external pure returns (bytes4) {
        return this.onERC1155Received.selector;
    }

    function onERC1155BatchReceived(address, address, uint256[] calldata, uint256[] calldata, bytes calldata)
        external
        pure
        returns (bytes4)
    {
        return this.onERC1155BatchReceived.selector;
    }

    /// ERC-165 itself, and the ERC-1155 receiver, which has to declare itself.
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x01ffc9a7 || id == 0x4e2312e0;
    }

    // ---------------------------------------------------------------- owner

    function setOperator(address operator, bool allowed) external onlyOwner {
        isOperator[operator] = allowed;
        emit OperatorSet(operator, allowed);
    }

    function pause(bool paused_) external onlyOwner {
        paused = paused_;
        emit PausedSet(paused_);
    }

    /// Takes effect when the new owner accepts; offering to the zero address withdraws an offer.
    function transferOwnership(address newOwner) external onlyOwner {
        pendingOwner = newOwner;
        emit OwnershipOffered(newOwner);
    }

    function acceptOwnership() external {
        if (msg.sender != pendingOwner) revert NotOwner();
        if (state != IDLE) revert Reentered();
        owner = msg.sender;
        pendingOwner = address(0);
        emit OwnershipTaken(msg.sender);
    }

    function rescueEther(uint256 amount) external onlyOwner {
        (bool ok,) = msg.sender.call{value: amount}("");
        if (!ok) revert EtherFailed();
    }

    function rescueToken(address token, uint256 amount) external onlyOwner {
        _token(token, abi.encodeCall(IErc20.transfer, (msg.sender, amount)));
    }

    /// By `transferFrom`, so that an owner without a receiver hook gets it too.
    function rescueNft(address collection, uint256 tokenId) external onlyOwner {
        IErc721(collection).transferFrom(address(this), msg.sender, tokenId);
    }

    function rescueMultiToken(address collection, uint256 id, uint256 amount) external onlyOwner {
        IErc1155(collection).safeTransferFrom(address(this), msg.sender, id, amount, "");
    }

    // ---------------------------------------------------------------- inside

    function _begin(Guard calldata guard) private {
        if (!isOperator[msg.sender]) revert NotOperator();
        if (state != IDLE) revert Reentered();
        if (paused) revert Paused();
        if (block.number > guard.maxBlock) revert TooLate(guard.maxBlock);
        if (guard.parentHash != 0) {
            bytes32 parent = blockhash(block.number - 1);
            if (guard.parentHash != parent) revert WrongParent(parent);
        }
        state = RUNNING;
    }

    /// ETH and WETH of the executor together.
    function _money() private view returns (uint256) {
        return address(this).balance + IWeth(weth).balanceOf(address(this));
    }

    /// `args` starts with the head of `execute`'s arguments; `depth` flash loans are already open.
    function _run(uint256 depth, bytes calldata args) private {
        Program calldata program = _program(args);
        if (depth == program.flashes.length) {
            _perform(program.calls);
            return;
        }
        Flash calldata loan = program.flashes[depth];
        bytes memory data = bytes.concat(bytes32(depth), args);
        bytes memory request = _request(loan, data);
        state = keccak256(data);
        address lender = loan.lender;
        bool ok;
        assembly ("memory-safe") {
            ok := call(gas(), lender, 0, add(request, 0x20), mload(request), 0, 0)
        }
        if (!ok) revert FlashFailed(depth, _returned());
        if (state != RUNNING) revert NoCallback(depth);
        if (loan.kind <= AAVE_V3 && IErc20(loan.token).allowance(address(this), lender) != 0) {
            _token(loan.token, abi.encodeCall(IErc20.approve, (lender, 0)));
        }
    }

    /// Goes on with the program that `data` carries. Only the lender that was asked gets here, once, with the very data
    /// that it was given.
    function _resume(uint8 kind, bytes calldata data) private returns (Flash calldata loan) {
        if (keccak256(data) != state) revert UnexpectedCallback();
        state = RUNNING;
        uint256 depth = uint256(bytes32(data));
        bytes calldata args = data[32:];
        loan = _program(args).flashes[depth];
        if (loan.lender != msg.sender || loan.kind != kind) revert UnexpectedCallback();
        _run(depth + 1, args);
    }

    function _request(Flash calldata loan, bytes memory data) private view returns (bytes memory) {
        uint8 kind = loan.kind;
        if (kind == MORPHO) return abi.encodeCall(IMorphoLender.flashLoan, (loan.token, loan.amount, data));
        if (kind == AAVE_V3) {
            return abi.encodeCall(IAaveLender.flashLoanSimple, (address(this), loan.token, loan.amount, data, 0));
        }
        if (kind == BALANCER_V2) {
            address[] memory tokens = new address[](1);
            uint256[] memory amounts = new uint256[](1);
            tokens[0] = loan.token;
            amounts[0] = loan.amount;
            return abi.encodeCall(IBalancerLender.flashLoan, (address(this), tokens, amounts, data));
        }
        if (kind == UNISWAP_V3) {
            bool first = IUniswapV3Lender(loan.lender).token0() == loan.token;
            return abi.encodeCall(
                IUniswapV3Lender.flash, (address(this), first ? loan.amount : 0, first ? 0 : loan.amount, data)
            );
        }
        revert UnknownFlashKind(kind);
    }

    function _program(bytes calldata args) private pure returns (Program calldata program) {
        assembly ("memory-safe") {
            program := args.offset
        }
    }

    function _perform(Call[] calldata calls) private {
        for (uint256 i; i < calls.length; ++i) {
            Call calldata item = calls[i];
            address target = item.target;
            if (target == address(this)) revert SelfCall(i);
            uint256 value = item.value;
            bytes calldata data = item.data;
            bool ok;
            // What a call returns is not copied: a hostile target cannot make it expensive.
            assembly ("memory-safe") {
                let start := mload(0x40)
                calldatacopy(start, data.offset, data.length)
                ok := call(gas(), target, value, start, data.length, 0, 0)
            }
            if (!ok) revert CallFailed(i, _returned());
        }
    }

    /// Calls a token that may return nothing, true or false.
    function _token(address token, bytes memory data) private {
        bool ok;
        assembly ("memory-safe") {
            ok := call(gas(), token, 0, add(data, 0x20), mload(data), 0, 0x20)
            ok := and(ok, or(iszero(returndatasize()), and(gt(returndatasize(), 0x1f), eq(mload(0), 1))))
        }
        if (!ok) revert TokenFailed(token);
    }

    function _tip(uint256 tip) private {
        if (tip == 0) return;
        uint256 ether_ = address(this).balance;
        if (ether_ < tip) {
            unchecked {
                IWeth(weth).withdraw(tip - ether_);
            }
        }
        bool ok;
        assembly ("memory-safe") {
            ok := call(gas(), coinbase(), tip, 0, 0, 0, 0)
        }
        if (!ok) revert TipFailed(block.coinbase, tip);
    }

    /// What the last call returned or reverted with.
    function _returned() private pure returns (bytes memory data) {
        assembly ("memory-safe") {
            data := mload(0x40)
            mstore(data, returndatasize())
            returndatacopy(add(data, 0x20), 0, returndatasize())
            mstore(0x40, and(add(add(data, 0x3f), returndatasize()), not(0x1f)))
        }
    }
}
