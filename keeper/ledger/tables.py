"""The ledger's tables. Amounts are wei as decimal text: SQLite's integers end at 63 bits, and a float is no money."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData()


class Exact(TypeDecorator[int]):
    """An integer of any size and sign, as text. It is summed in Python, never by the database."""

    impl = String(80)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else str(int(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else int(value)


runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mode", String, nullable=False),
    Column("chain_id", Integer, nullable=False),
    Column("version", String, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float),
)

intents = Table(
    "intents",
    metadata,
    Column("plan_id", String, primary_key=True),
    Column("run_id", ForeignKey("runs.id")),
    Column("strategy", String, nullable=False),
    Column("position", String, nullable=False, index=True),
    Column("shape", String, nullable=False),
    Column("created_block", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("decided_block", Integer, nullable=False),
    Column("decided_at", Float, nullable=False),
    Column("predicted_gain", Exact, nullable=False),
    Column("predicted_tip", Exact, nullable=False),
    Column("predicted_gas_cost", Exact, nullable=False),
    Column("own_capital", Exact, nullable=False),
    Column("binds", Exact, nullable=False),
    Column("decision", JSON, nullable=False),
)

submissions = Table(
    "submissions",
    metadata,
    Column("plan_id", ForeignKey("intents.plan_id"), primary_key=True),
    Column("target_block", Integer, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("relay", String, primary_key=True),
    Column("bundle_uuid", String, nullable=False),
    Column("state", String, nullable=False),
    Column("written_at", Float, nullable=False),
    Column("answered_at", Float),
    Column("response", String),
    Column("open", Boolean, nullable=False),
)
Index(
    "submissions_open",
    submissions.c.open,
    sqlite_where=submissions.c.open.is_(True),
    postgresql_where=submissions.c.open.is_(True),
)

transactions = Table(
    "transactions",
    metadata,
    Column("hash", String, primary_key=True),
    Column("sender", String, nullable=False),
    Column("nonce", Integer, nullable=False),
    Column("plan_id", ForeignKey("intents.plan_id"), nullable=False, index=True),
    Column("target_block", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("predicted_gain", Exact, nullable=False),
    Column("predicted_tip", Exact, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan_id", ForeignKey("intents.plan_id"), nullable=False),
    Column("result", String, nullable=False),
    Column("block_number", Integer, nullable=False),
    Column("block_hash", String, nullable=False),
    Column("tx_hash", String),
    Column("timestamp", Integer, nullable=False),
    Column("gas_used", Integer, nullable=False),
    Column("gas_cost", Exact, nullable=False),
    Column("tip", Exact, nullable=False),
    Column("gain", Exact, nullable=False),
    Column("predicted_gain", Exact, nullable=False),
    Column("detail", String, nullable=False),
    UniqueConstraint("plan_id", "block_hash"),
    Index("outcomes_by_block", "block_hash"),
)

exposures = Table(
    "exposures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan_id", ForeignKey("intents.plan_id"), nullable=False),
    Column("strategy", String, nullable=False),
    Column("position", String, nullable=False, index=True),
    Column("collection", String, nullable=False),
    Column("token_id", Exact, nullable=False),
    Column("capital", Exact, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("opened_block", Integer, nullable=False),
    Column("opened_at", Integer, nullable=False),
)

moves = Table(
    "moves",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("exposure_id", ForeignKey("exposures.id"), nullable=False, index=True),
    Column("left", String),
    Column("entered", String, nullable=False),
    Column("block_number", Integer, nullable=False),
    Column("block_hash", String, nullable=False, index=True),
    Column("tx_hash", String, nullable=False),
    Column("undone", Boolean, nullable=False, default=False),
)

entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("account", String, nullable=False),
    Column("amount_wei", Exact, nullable=False),
    Column("strategy", String, nullable=False),
    Column("plan_id", ForeignKey("intents.plan_id"), index=True),
    Column("exposure_id", ForeignKey("exposures.id"), index=True),
    Column("block_number", Integer, nullable=False),
    Column("block_hash", String, nullable=False, index=True),
    Column("tx_hash", String, nullable=False),
    Column("timestamp", Integer, nullable=False, index=True),
    Column("reverted", Boolean, nullable=False, default=False),
)

denials = Table(
    "denials",
    metadata,
    Column("strategy", String, primary_key=True),
    Column("subject", String, primary_key=True, index=True),
    Column("code", String, primary_key=True),
    Column("block", Integer, nullable=False, index=True),
    Column("first_block", Integer, nullable=False),
    Column("times", Integer, nullable=False),
    Column("numbers", JSON, nullable=False),
)
