"""Settings of every test run, notebooks included: nbval's kernels inherit this environment."""

import os

# Before anything loads TensorFlow: no start-up chatter, and the same numbers on every processor.
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
# Where files run side by side, more threads only wait for each other.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
# The notebooks' committed outputs are those of the rendered set, also where the tester has IRMAS.
os.environ.pop("IRMAS_DATA", None)
