"""What we did, earned and missed, in SQL: written before anything is sent, settled by the chain alone."""

from keeper.ledger.ledger import Ledger, Listing
from keeper.ledger.records import (
    Attempt,
    Explanation,
    Exposure,
    ExposureState,
    Line,
    LineKind,
    Opening,
    Outcome,
    Profit,
    Result,
    SentTransaction,
    Spent,
    SubmissionState,
    Unresolved,
    Unsettled,
    Where,
)

__all__ = [
    "Attempt",
    "Explanation",
    "Exposure",
    "ExposureState",
    "Ledger",
    "Line",
    "LineKind",
    "Listing",
    "Opening",
    "Outcome",
    "Profit",
    "Result",
    "SentTransaction",
    "Spent",
    "SubmissionState",
    "Unresolved",
    "Unsettled",
    "Where",
]
