"""Settings of every test run, notebooks included: nbval's kernels inherit this environment."""

import os
from pathlib import Path

# Before anything loads TensorFlow: no start-up chatter, and the same numbers on every processor.
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
# The notebooks' committed outputs are those of the rendered set, also where the tester has IRMAS.
os.environ.pop("IRMAS_DATA", None)
# Tests may run in several processes (pytest -n). Each keeps librosa's compiled functions to itself: when two write one
# cache at the same moment, librosa crashes.
if "PYTEST_XDIST_WORKER" in os.environ:
    own = Path(__file__).parent / ".pytest_cache" / "numba" / os.environ["PYTEST_XDIST_WORKER"]
    os.environ["NUMBA_CACHE_DIR"] = str(own)
