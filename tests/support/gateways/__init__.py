"""Stand-ins for the gateway, one for each purpose; the sandbox is the one that behaves well.

`scripted` says what a test tells it, `raw` does so byte by byte, `hostile` treats each task of a
whole stack in its own way, and `fast` costs next to nothing.
"""
