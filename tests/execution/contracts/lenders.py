"""The real flash lenders from their npm packages, set up with WETH to lend."""

from pathlib import Path

from keeper.devnet.artifacts import Artifact, load_artifact
from keeper.domain.units import ETHER, RAY, ZERO_ADDRESS, Address
from keeper.execution.program import Flash, FlashKind
from tests.execution.contracts.artifact import NODE_MODULES
from tests.execution.contracts.chain import LocalChain, calldata

AAVE = NODE_MODULES / "@aave/core-v3/artifacts/contracts"
BALANCER = NODE_MODULES / "@balancer-labs/v2-deployments/dist/tasks"
UNISWAP = NODE_MODULES / "@uniswap/v3-core/artifacts/contracts"
LIQUIDITY = 1_000 * ETHER

AAVE_PREMIUM_BPS = 5
UNISWAP_FEE_PIPS = 3_000


def fee(flash: Flash) -> int:
    """What a lender asks for on top.

    Aave v3: ``percentMul``, half up. Uniswap v3: ``mulDivRoundingUp`` of the tier in millionths. Others: nothing.
    """
    if flash.kind == FlashKind.AAVE_V3:
        return (flash.amount * AAVE_PREMIUM_BPS + 5_000) // 10_000
    if flash.kind == FlashKind.UNISWAP_V3:
        return -(-flash.amount * UNISWAP_FEE_PIPS // 1_000_000)
    return 0


def deposit(chain: LocalChain, weth: Address, account: Address, amount: int) -> None:
    chain.invoke(account, weth, "deposit()", value=amount)


def deploy_aave(chain: LocalChain, weth: Address) -> Address:
    """A whole Aave v3 market with one reserve, WETH, that is open for flash loans."""
    admin = chain.accounts[0]
    libraries: dict[str, Address] = {}

    def library(name: str) -> None:
        libraries[name] = chain.deploy(_aave(f"protocol/libraries/logic/{name}.sol").linked(libraries))

    for name in ("BorrowLogic", "BridgeLogic", "EModeLogic", "FlashLoanLogic", "LiquidationLogic"):
        library(name)
    for name in ("PoolLogic", "SupplyLogic", "ConfiguratorLogic"):
        library(name)
    provider = chain.deploy(_aave("protocol/configuration/PoolAddressesProvider.sol"), "local", admin)
    chain.invoke(admin, provider, "setACLAdmin(address)", admin)
    acl = chain.deploy(_aave("protocol/configuration/ACLManager.sol"), provider)
    chain.invoke(admin, provider, "setACLManager(address)", acl)
    chain.invoke(admin, acl, "addPoolAdmin(address)", admin)
    pool_code = chain.deploy(_aave("protocol/pool/Pool.sol").linked(libraries), provider)
    chain.invoke(admin, provider, "setPoolImpl(address)", pool_code)
    configurator_code = chain.deploy(_aave("protocol/pool/PoolConfigurator.sol").linked(libraries))
    chain.invoke(admin, provider, "setPoolConfiguratorImpl(address)", configurator_code)
    pool = Address(chain.view(provider, "getPool()", returns="(address)"))
    configurator = Address(chain.view(provider, "getPoolConfigurator()", returns="(address)"))
    rates = chain.deploy(
        _aave("protocol/pool/DefaultReserveInterestRateStrategy.sol"),
        *(provider, RAY // 2, 0, RAY // 25, RAY, RAY // 25, RAY, 0, 0, RAY // 5),
    )
    tokens = [
        chain.deploy(_aave(f"protocol/tokenization/{name}.sol"), pool)
        for name in ("AToken", "StableDebtToken", "VariableDebtToken")
    ]
    names = ("aWETH", "aWETH", "vWETH", "vWETH", "sWETH", "sWETH")
    reserve = (*tokens, 18, rates, weth, admin, ZERO_ADDRESS, *names, b"")
    chain.invoke(
        admin,
        configurator,
        "initReserves((address,address,address,uint8,address,address,address,address,"
        "string,string,string,string,string,string,bytes)[])",
        [reserve],
    )
    chain.invoke(admin, configurator, "setReserveFlashLoaning(address,bool)", weth, True)
    chain.invoke(admin, configurator, "updateFlashloanPremiumTotal(uint128)", AAVE_PREMIUM_BPS)
    deposit(chain, weth, admin, LIQUIDITY)
    chain.invoke(admin, weth, "approve(address,uint256)", pool, LIQUIDITY)
    chain.invoke(admin, pool, "supply(address,uint256,address,uint16)", weth, LIQUIDITY, admin, 0)
    return pool


def deploy_balancer(chain: LocalChain, weth: Address) -> Address:
    """A Balancer v2 vault that holds WETH as somebody's internal balance."""
    admin = chain.accounts[0]
    authorizer = chain.deploy(load_artifact(BALANCER / "20210418-authorizer/artifact/Authorizer.json"), admin)
    vault = chain.deploy(load_artifact(BALANCER / "20210418-vault/artifact/Vault.json"), authorizer, weth, 0, 0)
    deposit(chain, weth, admin, LIQUIDITY)
    chain.invoke(admin, weth, "approve(address,uint256)", vault, LIQUIDITY)
    chain.invoke(
        admin,
        vault,
        "manageUserBalance((uint8,address,uint256,address,address)[])",
        [(0, weth, LIQUIDITY, admin, admin)],
    )
    return vault


def set_balancer_fee(chain: LocalChain, vault: Address, fee_wad: int) -> None:
    """Makes a vault ask for a fee, as its governance could: a fraction of the amount, times 1e18, rounded up."""
    admin = chain.accounts[0]
    authorizer = Address(chain.view(vault, "getAuthorizer()", returns="(address)"))
    collector = Address(chain.view(vault, "getProtocolFeesCollector()", returns="(address)"))
    setter = "setFlashLoanFeePercentage(uint256)"
    action = chain.view(collector, "getActionId(bytes4)", calldata(setter, 0)[:4], returns="(bytes32)")
    chain.invoke(admin, authorizer, "grantRole(bytes32,address)", action, admin)
    chain.invoke(admin, collector, setter, fee_wad)


def deploy_uniswap_pool(chain: LocalChain, tokens: tuple[Address, Address], filler: Address) -> Address:
    """A Uniswap v3 pool with a full-range position, put in through ``filler``, which pays what the pool asks for."""
    factory = chain.deploy(load_artifact(UNISWAP / "UniswapV3Factory.sol/UniswapV3Factory.json"))
    chain.invoke(chain.accounts[0], factory, "createPool(address,address,uint24)", *tokens, UNISWAP_FEE_PIPS)
    pool = Address(
        chain.view(factory, "getPool(address,address,uint24)", *tokens, UNISWAP_FEE_PIPS, returns="(address)")
    )
    chain.invoke(chain.accounts[0], pool, "initialize(uint160)", 2**96)
    chain.invoke(chain.accounts[0], filler, "fill(address,uint128)", pool, LIQUIDITY)
    return pool


def deploy_morpho(chain: LocalChain, weth: Address, artifact: Artifact) -> Address:
    lender = chain.deploy(artifact)
    deposit(chain, weth, chain.accounts[0], LIQUIDITY)
    chain.invoke(chain.accounts[0], weth, "transfer(address,uint256)", lender, LIQUIDITY)
    return lender


def _aave(source: str) -> Artifact:
    return load_artifact(AAVE / source / f"{Path(source).stem}.json")
