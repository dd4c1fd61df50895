"""Settings of every test run, notebooks included: nbval's kernels inherit this environment."""

import os

# Before anything loads TensorFlow: no start-up chatter, and the same numbers on every processor.
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
# The notebooks' committed outputs are those of the rendered set, also where the tester has IRMAS.
os.environ.pop("IRMAS_DATA", None)
