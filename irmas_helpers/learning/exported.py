"""A network that answers without TensorFlow: an ONNX file, run by onnxruntime, that knows its feature and its classes.

onnxruntime rather than LiteRT: in November 2026 it has wheels for Python 3.10 to 3.13 on Linux (x86-64 and ARM),
Windows and Macs of both kinds, while LiteRT has none for Intel Macs from Python 3.12 on.
"""

from __future__ import annotations

import json
import os
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ModelError
from ..paths import check_readable, written_whole
from ..workers import threads
from . import networks

if TYPE_CHECKING:
    import keras
    from onnxruntime import NodeArg

_FATAL = 4  # what goes wrong is raised; onnxruntime would write it to stderr besides
SEAL_BYTES = 19  # what `seal` returns


class ExportedNetwork:
    """A network in an `.onnx` file, to be asked like a Keras one.

    The file is data: it holds no Python, and names no library to load. Its reader is C++, and what it computes may take
    any time and memory, so trust a file from elsewhere no further than a picture or a PDF from there.

    Attributes
    ----------
    inputs : list of onnxruntime.NodeArg
        The name of the first says which feature the network takes.
    input_shape, output_shape : tuple
        As Keras has them: None for the number of clips.
    classes : tuple of str
        What its outputs stand for.

    Raises
    ------
    ModelError
        If the file is missing, damaged, or no network that `save` wrote.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        import onnxruntime

        check_readable(path, ModelError)
        content = Path(path).read_bytes()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _FATAL
        options.intra_op_num_threads = threads()  # by itself it counts all processors, and complains where it may not
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # or its threads burn what others need
        try:
            if b"crc32" in content[-SEAL_BYTES:] and not content.endswith(seal(content[:-SEAL_BYTES])):
                raise ValueError("its checksum is another")
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
            self.classes = tuple(json.loads(self._session.get_modelmeta().custom_metadata_map["classes"]))
        except Exception as error:  # onnxruntime raises whatever a broken file makes it run into
            raise ModelError(
                f"{path}: is no network that export wrote, or a damaged one ({str(error)[:120]}); "
                "make it again with: python -m irmas_helpers export NAME.keras"
            ) from error
        self.inputs, self._outputs = self._session.get_inputs(), self._session.get_outputs()
        self.input_shape, self.output_shape = _shape(self.inputs), _shape(self._outputs[:1])

    def __call__(self, batch: np.ndarray, training: bool = False) -> np.ndarray:
        """The answers for a batch; `training` is there for Keras's sake."""
        return self.hear(batch)[0]

    def hear(self, batch: np.ndarray) -> list[np.ndarray]:
        """The answers for a batch, and behind them the features of `networks.listening` where the file has them."""
        return self._session.run(None, {self.inputs[0].name: batch})


def save(model: keras.Model, classes: Sequence[str], path: str | os.PathLike) -> None:
    """Write a network as an `.onnx` file with its classes and a checksum, as `ExportedNetwork` reads it.

    Its second output are the features of `networks.listening`.

    Needs the extra `export` (tf2onnx and onnx). A `ModelError` if the file cannot be written.
    """
    import keras
    import onnx
    import tf2onnx  # noqa: F401  (Keras would print that it is missing, and go on)

    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):  # TensorFlow's constants would become inputs of the network
            layer.mean, layer.variance = np.asarray(layer.mean), np.asarray(layer.variance)
    model = networks.listening(model)
    model(np.zeros((1, *model.input_shape[1:]), np.float32))  # or Keras refuses: it must have been called
    try:
        with written_whole(path) as temporary, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.export(temporary, format="onnx", verbose=False)
            network = onnx.load(temporary)
            onnx.helper.set_model_props(network, {"classes": json.dumps(classes)})
            content = network.SerializeToString(deterministic=True)
            temporary.write_bytes(content + seal(content))
    except OSError as error:
        raise ModelError(f"{path}: cannot be written ({error.strerror}); choose another place") from None


def seal(content: bytes) -> bytes:
    """The checksum of a file as one more entry of its metadata, in protobuf's form (`metadata_props` is field 14)."""
    return b"\x72\x11\x0a\x05crc32\x12\x08%08x" % zlib.crc32(content)


def _shape(nodes: list[NodeArg]) -> tuple | list[tuple]:
    shapes = [tuple(size if isinstance(size, int) else None for size in node.shape) for node in nodes]
    return shapes[0] if len(shapes) == 1 else shapes
