"""Small faults put into the code one at a time: does a test of its package notice each?

`make mutants` draws them at random over the packages named in packages.py, from the mutations
that mutmut knows. mutmut itself changes only the bodies of functions and cannot draw.
Everything happens in copies of the tree; results are kept in test-results/mutants, so that an
interrupted run goes on where it was.
"""
