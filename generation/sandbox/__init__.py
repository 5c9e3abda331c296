"""A local stand-in for the gateway: the same wire format, real files, no costs."""
