"""Exercises for the curious: a step in all directions, attention over frames, a mean of places, what frames cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from irmas_helpers.exercises import Answer, Checks, Choice, Option, Quiz

CHECKS = Checks()


@CHECKS.of("my_orthogonal")
def my_orthogonal(value: Any, names: Mapping[str, Any]) -> str:
    matrix = np.random.default_rng(0).normal(size=(7, 4)) * (5, 1, 0.2, 0.1)
    u, _, v = np.linalg.svd(matrix, full_matrices=False)
    result = np.asarray(value(matrix), dtype=float)
    if result.shape != matrix.shape:
        return f"The result has shape {result.shape}; a step has the shape of the gradient, {matrix.shape}."
    if np.allclose(result, u @ v, atol=0.01):
        return "Right: the turns are the gradient's, and each direction gets a singular value of 1."
    if np.allclose(result, matrix):
        return "That is the matrix itself: put ones in the place of its singular values."
    if np.allclose(result, np.sign(matrix)):
        return "Signs make each weight's step alike, not each direction's."
    if np.allclose(result, matrix / np.linalg.norm(matrix, 2)) or np.allclose(result, matrix / np.linalg.norm(matrix)):
        return "You made the whole matrix smaller; the strong directions are still stronger than the weak ones."
    return "Not yet: look at `np.linalg.svd` of your result; all singular values should be 1."


@CHECKS.of("my_fits")
def my_fits(value: Any, names: Mapping[str, Any]) -> str:
    adamw, muon = value
    kinds = [type(fit.model.optimizer).__name__ for fit in (adamw, muon)]
    if kinds == ["Muon", "AdamW"]:
        return "The other way round: AdamW's fit comes first."
    if kinds != ["AdamW", "Muon"]:
        return f"The optimisers are {' and '.join(kinds)}; compare AdamW with `optimizers.muon`."
    for fit in (adamw, muon):
        if len(fit.history["loss"]) != 4:
            return f"One was fitted for {len(fit.history['loss'])} epochs; both should have four."
    first, second = (fit.history["accuracy"][-1] for fit in (adamw, muon))
    return f"Right: in the fourth epoch {first:.0%} with AdamW and {second:.0%} with Muon, one training of each."


@CHECKS.of("multiplications")
def multiplications(value: Any, names: Mapping[str, Any]) -> str:
    right = tuple(64 * columns * 32 * 7 * 3 for columns in (65, 130))
    given = tuple(int(number) for number in value)
    if given == right:
        return f"Right: {right[0]:,} and {right[1]:,}; every frame takes twice the work here, and in the layers behind."
    if given == right[::-1]:
        return "The other way round: the pairs come first."
    if given == tuple(2 * number for number in right):
        return "The kernels sit on every other band only: 64 of them, not 128."
    if given == tuple(number // 32 for number in right):
        return "That is one kernel; there are 32."
    return "Not yet: places times kernels times weights of a kernel."


@CHECKS.of("my_attention")
def my_attention(value: Any, names: Mapping[str, Any]) -> str:
    random = np.random.default_rng(0)
    votes, scores = random.normal(size=(5, 3)), random.normal(size=(5, 3))

    def summed(axis: int | None) -> np.ndarray:
        return (np.exp(scores) / np.exp(scores).sum(axis=axis, keepdims=True) * votes).sum(axis=0)

    result = np.asarray(value(votes, scores), dtype=float)
    if result.shape != (3,):
        return f"The result has shape {result.shape}; it should be one number for each instrument."
    if np.allclose(result, summed(0)):
        return "Right: the shares of all frames sum to 1 for each instrument."
    if np.allclose(result, summed(1)):
        return "Your softmax goes over the instruments; the shares should sum to 1 over the frames."
    if np.allclose(result, summed(None)):
        return "Divide by the sum over the frames, not over everything."
    if np.allclose(result, (np.exp(scores) * votes).sum(axis=0)):
        return "The exponentials are there; divide them by their sum over the frames."
    if np.allclose(result, votes.mean(axis=0)):
        return "That is the plain mean: let the scores decide how much each frame counts."
    return "Not yet: shares from a softmax over the frames, times votes, summed over the frames."


@CHECKS.of("my_shares")
def my_shares(value: Any, names: Mapping[str, Any]) -> str:
    shares = np.asarray(value, dtype=float)
    if shares.shape != (16,):
        return f"my_shares has shape {shares.shape}; choose one clip and one instrument, and 16 frames are left."
    if not np.isclose(shares.sum(), 1, atol=0.01) or shares.min() < 0:
        return f"The shares sum to {shares.sum():.2f}; those of one instrument's frames sum to 1."
    return f"Right: the frame at {3 * (shares.argmax() + 0.5) / 16:.1f} s counts most, with {shares.max():.0%}."


@CHECKS.of("my_mean")
def my_mean(value: Any, names: Mapping[str, Any]) -> str:
    walk = names["walk"]

    def running(share: float, start: int = 300) -> np.ndarray:
        mean = walk[start]
        for place in walk[start + 1 :]:
            mean = share * mean + (1 - share) * place
        return mean

    mean = np.asarray(value, dtype=float)
    if mean.shape != walk[0].shape:
        return f"my_mean has shape {mean.shape}; it should be one place, {walk[0].shape}."
    if np.allclose(mean, running(0.98)):
        return (
            f"Right: it ends {np.linalg.norm(mean):.2f} from the bottom, and the last place itself "
            f"{np.linalg.norm(walk[-1]):.2f}."
        )
    if np.allclose(mean, running(0.02)):
        return "The shares are swapped: keep 0.98 of the mean."
    if np.allclose(mean, walk[300:].mean(axis=0)):
        return "That is the plain mean of all places; a running mean forgets the old ones slowly."
    return "Not yet: start at `walk[300]`, then for each later place 0.98 of the mean and 0.02 of the place."


EXPECTATIONS = {
    "attention_on_the_tone": Choice(
        question="Which share do the six frames with the tone get in the answer for the clarinet?",
        variable="my_guess_attention",
        numbers=lambda names: {"share": float(names["on_tone"])},
        result="The six frames where the tone sounds get {share:.0%}.",
        options=(
            Option("about 38 %, as in a plain mean", "Then attention would change nothing."),
            Option("about half", "It leans further towards the sound."),
            Option("more than two thirds", "You trusted it to tell a tone from a rest."),
            Option("all of it", "A little is left for the silence: a softmax never gives exactly 0."),
        ),
    ),
}

QUIZZES = {
    "muon_control": Quiz(
        "One recipe has every frame, attention and Muon, and 72 epochs. Which further run on the same folds would tell you "
        "most about what Muon brings to it?",
        (
            Answer(
                "The same with AdamW in place of Muon, 72 epochs",
                "It differs from the recorded run in Muon alone, at the same number of epochs; several trainings of both "
                "would carry the chance of training as well.",
                right=True,
            ),
            Answer(
                "The network of notebook 06 with Muon, 120 epochs",
                "That compares Muon with AdamW on another network: a fair question, and a different one, because what "
                "Muon brings may depend on the network.",
            ),
            Answer(
                "The same with another seed",
                "That shows how far trainings of one recipe lie apart, which is worth knowing, but both have Muon.",
            ),
            Answer(
                "The same with AdamW, 200 epochs, since AdamW takes longer",
                "Then two things differ again. It would show whether AdamW gets there at all, not what Muon brings at 72.",
            ),
        ),
    ),
    "averaged_normalisation": Quiz(
        "The weights of many steps are averaged into one network with batch normalisation. What has to be done before it "
        "is used?",
        (
            Answer(
                "Nothing: its running means are averaged like the weights",
                "The running means belong to the networks on the way. The averaged weights make other maps, with other "
                "means and spreads.",
            ),
            Answer(
                "The weights have to be scaled back to the length of one network's",
                "A mean is no sum: the averaged weights have about the size of each. What does not fit are the layers' "
                "statistics.",
            ),
            Answer(
                "It has to be trained on, at a low rate",
                "That would move the weights away from the mean; it is enough to let clips pass without a step.",
            ),
            Answer(
                "The running means and variances have to be collected anew",
                "Let training clips pass through the averaged network without changing a weight; notebook 06 does that "
                "with `models.settle_normalisation`.",
                right=True,
            ),
        ),
    ),
}
