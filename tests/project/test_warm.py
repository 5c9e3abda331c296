"""Code that a test runs beside a stack: what fails there fails the test."""

import os

import pytest

from tests.processes.warm import Interpreter


def test_each_piece_is_on_its_own_and_what_raises_is_told(tmp_path):
    interpreter = Interpreter(os.environ | {"DATA_DIR": str(tmp_path), "DATABASE_URL": ""})
    try:
        assert (
            interpreter.run("import sys; left = print('out'); sys.stderr.write('err')", 60)
            == "out\n"
        )
        with pytest.raises(AssertionError, match="NameError: name 'left' is not defined"):
            interpreter.run("print(left)", 60)
        with pytest.raises(AssertionError, match="not what was promised"):
            interpreter.run("assert 1 == 2, 'not what was promised'", 60)
        with pytest.raises(AssertionError, match=r"not done within 0\.1 s"):
            interpreter.run("import time; time.sleep(60)", 0.1)
    finally:
        interpreter.close()
