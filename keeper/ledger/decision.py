"""A plan's decision as JSON: every number that it was made of, enough to follow it by hand later."""

from collections.abc import Mapping
from typing import Any

from keeper.domain.markets import Quote
from keeper.domain.plans import Plan
from keeper.domain.steps import Step


def decision(plan: Plan) -> Mapping[str, Any]:
    """Amounts in wei, times in seconds, calldata as hex. Positions before and after are left out: the book rebuilds them."""
    economics = plan.economics
    return {
        "subject": str(plan.position),
        "shape": plan.shape.value,
        "block": plan.target_block,
        "timestamp": plan.timestamp,
        "base_fee": plan.base_fee,
        "steps": [_step(step) for step in plan.steps],
        "sales": [_quote(quote) for quote in plan.sales],
        "flashes": [
            {
                "kind": flash.kind.value,
                "lender": flash.lender,
                "token": flash.token,
                "amount": flash.amount,
                "fee": flash.fee,
            }
            for flash in plan.flashes
        ],
        "calls": [{"to": call.to, "value": call.value, "data": "0x" + call.data.hex()} for call in plan.calls],
        "proofs": [
            {"to": proof.view.to, "data": "0x" + proof.view.data.hex(), "expected": "0x" + proof.expected.hex()}
            for proof in plan.proofs
        ],
        "economics": {
            "proceeds": economics.proceeds,
            "pays": economics.pays,
            "flash_fees": economics.flash_fees,
            "gain": economics.gain,
            "tip": economics.tip,
            "gas": economics.gas,
            "gas_cost": economics.gas_cost,
            "cost_basis": economics.cost_basis,
            "net": economics.net,
        },
        "min_profit": plan.min_profit,
        "tip_share_bps": plan.tip.share,
        "tip_maximum": plan.tip.maximum,
        "own_capital": plan.own_capital,
        "binds": plan.binds,
        "resources": sorted(plan.resources),
        "collections": sorted(plan.collections),
        "notes": dict(plan.notes),
    }


def _step(step: Step) -> Mapping[str, Any]:
    pays = step.pays
    return {
        "kind": step.kind.value,
        "role": step.role.value,
        "to": step.call.to,
        "gas": step.gas,
        "pays": None if pays is None else {"token": pays.token, "amount": pays.amount, "spender": pays.spender},
        "receives": [{"token": got.token, "amount": got.amount, "token_id": got.token_id} for got in step.receives],
        "closes_at": step.closes_at,
        "income_if_redeemed": step.income_if_redeemed,
    }


def _quote(quote: Quote) -> Mapping[str, Any]:
    return {
        "place": str(quote.place),
        "kind": quote.kind.value,
        "collection": quote.collection,
        "token_ids": list(quote.token_ids),
        "asset": quote.asset,
        "gross": quote.gross,
        "fees": quote.fees,
        "royalty": quote.royalty,
        "net": quote.net,
        "gas": quote.gas,
    }
