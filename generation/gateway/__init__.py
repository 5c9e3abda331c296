"""The client of the generation gateway: the only code that speaks its wire format.

`client.GatewayClient` sends, `pollers.PollingPool` follows many tasks at once, `results` is
what comes back and `failures` what may go wrong. No tables, no settings: callers pass them in.
"""
