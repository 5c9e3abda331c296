"""Prices, the ledger, the roll-up, budgets: the only code that writes money."""
