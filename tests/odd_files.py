"""Sound files as people really have them, written by the tests and by `tools/fuzz_audio.py`.

The kinds are those of issue trackers of audio programs; each file holds four seconds of one tone.
"""

from __future__ import annotations

import io
import struct
import tempfile
import zipfile
from pathlib import Path

import av
import numpy as np
import soundfile

RATE, SECONDS = 44_100, 4
TIME = np.arange(SECONDS * RATE) / RATE
TONE = sum(np.sin(2 * np.pi * 261.6 * k * TIME) / k for k in (1, 3, 5, 7)) * 0.3 * np.exp(-TIME % 1)
STEREO = np.stack([TONE, 0.8 * TONE], axis=1).astype(np.float32)
AT_48_000 = np.resize(STEREO, (SECONDS * 48_000, 2))
AT_PITCH_48_000 = np.sin(2 * np.pi * 261.6 * np.arange(SECONDS * 48_000) / 48_000)
PCM = (STEREO * 32767).astype("<i2").tobytes()
FMT = struct.pack("<HHIIHH", 1, 2, RATE, RATE * 4, 4, 16)
OTHER_BYTES = np.random.default_rng(0).bytes(5_000)
_APE_ITEM = struct.pack("<II", 8, 0) + b"Artist\0somebody"
APE = b"".join(
    b"APETAGEX" + struct.pack("<IIII", 2_000, len(_APE_ITEM) + 32, 1, flags) + bytes(8) + behind
    for flags, behind in ((0xA0000000, _APE_ITEM), (0x80000000, b""))
)


def encoded(codec, container, rate=RATE, signal=STEREO, bit_rate=128_000, **options):
    """A signal as FFmpeg's encoders write it, by PyAV."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "encoded"  # mp4 is written twice, which needs a name
        with av.open(str(file), "w", format=container, container_options=options) as written:
            stream = written.add_stream(codec, rate=rate, layout="stereo")
            stream.bit_rate = bit_rate  # wma has no other than 128,000
            frame = av.AudioFrame.from_ndarray(signal.reshape(1, -1), "flt", "stereo")
            frame.sample_rate, frame.pts = rate, 0
            size = stream.codec_context.frame_size
            resampler = av.AudioResampler(stream.format.name, "stereo", rate, frame_size=size)
            for piece in (*resampler.resample(frame), *resampler.resample(None)):
                written.mux(stream.encode(piece))
            written.mux(stream.encode(None))
        return file.read_bytes()


def by_libsndfile(container, subtype=None, rate=RATE, signal=STEREO):
    file = io.BytesIO()
    soundfile.write(file, signal, rate, format=container, subtype=subtype)
    return file.getvalue()


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def riff(size, *chunks):
    return b"RIFF" + size + b"WAVE" + b"".join(chunks)


def tagged(content, padding=5_000, said=None):
    """With an ID3 tag in front, in which nothing but padding is; it may say that it has another size."""
    size = bytes(((said or padding) >> shift) & 127 for shift in (21, 14, 7, 0))
    return b"ID3\4\0\0" + size + bytes(padding) + content


def without_padding(content, order="<I"):
    """A wav or aiff file with chunks of odd sizes before the sound, of which none has its byte of padding."""
    chunks = (name + struct.pack(order, 13) + b"x" * 13 for name in (b"LIST", b"bext", b"id3 ", b"ANNO"))
    return content[:12] + b"".join(chunks) + content[12:]


def form(content, code, bits, valid=None):
    """A wav file whose samples are of another kind than libsndfile and FFmpeg write by themselves."""
    fields = struct.pack("<HHIIHH", code, 2, RATE, RATE * bits // 4, bits // 4, bits)
    if valid:
        fields += struct.pack("<HHI", 22, valid, 3) + b"\1\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    return riff(bytes(4), chunk(b"fmt ", fields), chunk(b"data", content))


def film(container, codec, seconds=SECONDS + 1):
    """A film of so many seconds with four seconds of sound."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "film"
        with av.open(str(file), "w", format=container) as written:
            picture, sound = (
                written.add_stream("flv" if container == "flv" else "mpeg4", rate=10),
                written.add_stream(codec, rate=RATE, layout="mono"),
            )
            picture.width, picture.height, picture.pix_fmt = 32, 32, "yuv420p"
            for number in range(10 * seconds):
                frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")
                frame.pts = number
                written.mux(picture.encode(frame))
            frame = av.AudioFrame.from_ndarray(TONE[None].astype(np.float32), "fltp", "mono")
            frame.sample_rate = RATE
            written.mux(sound.encode(frame))
            for stream in (picture, sound):
                written.mux(stream.encode(None))
        return file.read_bytes()


def free_format():
    """An mp3 whose frames do not say a bit rate."""
    content = bytearray(encoded("libmp3lame", "mp3", rate=48_000, write_xing="0", id3v2_version="0"))
    for place in range(0, len(content), content.find(content[:2], 4)):
        content[place + 2] &= 0x0F
    return bytes(content)


def archive(content):
    """A zip in which a sound lies as it is."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        written.writestr("tone.wav", content)
    return file.getvalue()


def flac_that_says(samples):
    """A FLAC file of four seconds that says another number of samples, 0 for unknown."""
    content = bytearray(by_libsndfile("FLAC"))
    content[18:26] = (int.from_bytes(content[18:26], "big") >> 36 << 36 | samples).to_bytes(8, "big")
    return bytes(content)


def mp3_that_says(frames):
    """An mp3 of four seconds that says another number of frames."""
    content = encoded("libmp3lame", "mp3")
    place = max(content.find(b"Xing"), content.find(b"Info")) + 8
    return content[:place] + struct.pack(">I", frames) + content[place + 4 :]


def mp3_that_says_its_bytes_alone():
    """An mp3 of two bit rates whose first frame says how many bytes it has, and not how many frames."""
    first = encoded("libmp3lame", "mp3", id3v2_version="0")[:417]
    place = max(first.find(b"Xing"), first.find(b"Info")) + 4
    parts = (
        encoded("libmp3lame", "mp3", signal=part, bit_rate=bit_rate, write_xing="0", id3v2_version="0")
        for part, bit_rate in ((STEREO[:RATE], 32_000), (STEREO[RATE:], 256_000))
    )
    return first[:place] + struct.pack(">II", 2, 10**5) + first[place + 8 :] + b"".join(parts)


def xi():
    """An instrument for trackers that says, as theirs do and libsndfile does not, how many bytes its sample has."""
    content = by_libsndfile("XI", "DPCM_16", signal=TONE)
    return content[:298] + struct.pack("<I", 2 * len(TONE)) + content[302:]


WHOLE = {
    "mp3 without a length": lambda: encoded("libmp3lame", "mp3", write_xing="0"),
    "mp3 behind a tag": lambda: tagged(encoded("libmp3lame", "mp3", write_xing="0")),
    "mp3 before a tag": lambda: encoded("libmp3lame", "mp3") + b"TAG" + b" " * 125,
    "mp3 behind padding": lambda: bytes(3_000) + encoded("libmp3lame", "mp3"),
    "aac in mp4": lambda: encoded("aac", "mp4"),
    "aac alone": lambda: encoded("aac", "adts"),
    "alac in mp4": lambda: encoded("alac", "mp4"),
    "mp3 in matroska": lambda: encoded("libmp3lame", "matroska"),
    "opus": lambda: encoded("libopus", "ogg", rate=48_000, signal=AT_48_000),
    "flac in ogg": lambda: encoded("flac", "ogg"),
    "ac3": lambda: encoded("ac3", "ac3"),
    "wav of unknown length": lambda: riff(b"\xff" * 4, chunk(b"fmt ", FMT), b"data" + b"\xff" * 4 + PCM),
    "wav of length 0": lambda: riff(bytes(4), chunk(b"fmt ", FMT), b"data" + bytes(4) + PCM),
    "wav behind other chunks": lambda: riff(
        struct.pack("<I", len(PCM) + 700_044), chunk(b"JUNK", bytes(700_000)), chunk(b"fmt ", FMT), chunk(b"data", PCM)
    ),
    "wav behind a tag": lambda: tagged(by_libsndfile("WAV")),
    "wav behind padding": lambda: bytes(777) + by_libsndfile("WAV"),
    "wav before a tag": lambda: by_libsndfile("WAV") + tagged(b"", 5_000),
    "wav before padding": lambda: by_libsndfile("WAV") + bytes(5_001),
    "flac of unknown length": lambda: flac_that_says(0),
    "flac of another length": lambda: flac_that_says(RATE),
    "mp3 behind a tag of a wrong size": lambda: tagged(encoded("libmp3lame", "mp3"), said=200_000_000),
    "mp3 of another length": lambda: mp3_that_says(9),
    "mp3 of a length in bytes alone": mp3_that_says_its_bytes_alone,
    "mp3 of half the rate": lambda: encoded("libmp3lame", "mp3", rate=22_050, signal=STEREO[::2]),
    "wav of telephones": lambda: by_libsndfile("WAV", "GSM610", rate=8_000, signal=TONE[: 4 * 8_000]),
    "wav with odd chunks before the sound": lambda: without_padding(by_libsndfile("WAV")),
    "wav with an odd chunk behind the sound": lambda: by_libsndfile("WAV") + chunk(b"LIST", b"x" * 13)[:-1],
    "wav with a chunk of a wrong size before the sound": lambda: (
        (content := by_libsndfile("WAV"))[:12] + b"LIST" + struct.pack("<I", 10**8) + b"some data" + content[12:]
    ),
    "aiff with odd chunks before the sound": lambda: without_padding(by_libsndfile("AIFF"), ">I"),
    "wav of 24 bits in 32": lambda: form((STEREO * 8_388_607 * 256).astype("<i4").tobytes(), 0xFFFE, 32, 24),
    "wav of 64-bit integers": lambda: form((STEREO * 2.0**62).astype("<i8").tobytes(), 1, 64),
    "wav of double": lambda: by_libsndfile("WAV", "DOUBLE"),
    "wav of 8 bits": lambda: by_libsndfile("WAV", "PCM_U8"),
    "wav of A-law": lambda: by_libsndfile("WAV", "ALAW"),
    "wav of ADPCM": lambda: by_libsndfile("WAV", "IMA_ADPCM"),
    "wav by the name of BW64": lambda: b"BW64" + by_libsndfile("RF64")[4:],
    "mp3 behind other bytes": lambda: OTHER_BYTES + encoded("libmp3lame", "mp3"),
    "mp3 before other bytes": lambda: encoded("libmp3lame", "mp3") + bytes(50_000),
    "aac behind a tag": lambda: tagged(encoded("aac", "adts")),
    "wma": lambda: encoded("wmav2", "asf"),
    "wavpack": lambda: encoded("wavpack", "wv"),
    "alac in caf": lambda: encoded("alac", "caf"),
    "opus in webm": lambda: encoded("libopus", "webm", rate=48_000, signal=AT_48_000),
    "aiff of this byte order": lambda: encoded("pcm_s16le", "aiff"),
    "au of length 0": lambda: (content := by_libsndfile("AU"))[:8] + bytes(4) + content[12:],
    "vorbis of eight channels": lambda: by_libsndfile("OGG", signal=np.tile(STEREO, 4)),
    "sds": lambda: by_libsndfile("SDS", "PCM_16", signal=TONE),
    "wav behind other bytes": lambda: OTHER_BYTES + by_libsndfile("WAV"),
    "ogg behind other bytes": lambda: OTHER_BYTES + by_libsndfile("OGG"),
    "flac behind an answer from the web": lambda: b"HTTP/1.1 200 OK\r\n\r\n" + by_libsndfile("FLAC"),
    "aac in mp4 behind other bytes": lambda: OTHER_BYTES + encoded("aac", "mp4"),
    "opus in webm behind other bytes": lambda: OTHER_BYTES + encoded("libopus", "webm", rate=48_000, signal=AT_48_000),
    "wavpack before a tag": lambda: encoded("wavpack", "wv") + APE,
    "ac3 between tags": lambda: tagged(encoded("ac3", "ac3")) + APE + b"TAG" + b" " * 125,
    "aac before a tag that says a size of 0": lambda: encoded("aac", "adts") + APE[:12] + bytes(20),
    "htk before padding": lambda: by_libsndfile("HTK", "PCM_16", signal=TONE) + bytes(99),
    "aiff": lambda: by_libsndfile("AIFF", "PCM_24"),
    "caf": lambda: by_libsndfile("CAF", "PCM_16"),
    "au": lambda: by_libsndfile("AU", "ULAW"),
}
# What may be lost of it by a cut in the middle, in seconds: a frame of the codec and what it looks ahead.
CUT = {
    "wav": (lambda: by_libsndfile("WAV", "PCM_24"), 0.01),
    "aiff": (lambda: by_libsndfile("AIFF"), 0.01),
    "au": (lambda: by_libsndfile("AU"), 0.01),
    "caf": (lambda: by_libsndfile("CAF"), 0.05),
    "svx": (lambda: by_libsndfile("SVX", "PCM_16", signal=TONE), 0.01),
    "matlab": (lambda: by_libsndfile("MAT5", "FLOAT"), 0.01),
    "rf64": (lambda: by_libsndfile("RF64"), 0.01),
    "w64": (lambda: by_libsndfile("W64"), 0.01),
    "flac": (lambda: by_libsndfile("FLAC"), 1.0),
    "ogg": (lambda: by_libsndfile("OGG"), 1.2),
    "mp3": (lambda: encoded("libmp3lame", "mp3"), 0.2),
    "mp3 without a length": (lambda: encoded("libmp3lame", "mp3", write_xing="0"), 0.2),
    "mp4": (lambda: encoded("aac", "mp4", movflags="+faststart"), 0.5),
    "wma": (lambda: encoded("wmav2", "asf"), 0.2),
    "avi": (lambda: encoded("libmp3lame", "avi"), 0.2),
    "nist": (lambda: by_libsndfile("NIST"), 0.02),
    "avr": (lambda: by_libsndfile("AVR"), 0.01),
    "mpc2k": (lambda: by_libsndfile("MPC2K", "PCM_16"), 0.01),
    "voc": (lambda: by_libsndfile("VOC", "PCM_16"), 0.01),
    "ac3": (lambda: encoded("ac3", "ac3"), 0.1),
    "aac alone": (lambda: encoded("aac", "adts"), 0.2),
    "htk": (lambda: by_libsndfile("HTK", "PCM_16", rate=40_000, signal=TONE[: 40_000 * SECONDS]), 0.02),
    "sds": (lambda: by_libsndfile("SDS", "PCM_16", signal=TONE), 0.02),
    "xi": (xi, 0.02),
    "paf": (lambda: by_libsndfile("PAF", "PCM_16") + bytes(6), 0.02),
    "pvf": (lambda: by_libsndfile("PVF", "PCM_32") + bytes(6), 0.02),
    "ircam": (lambda: by_libsndfile("IRCAM", "FLOAT") + bytes(6), 0.02),
    "voc of eight bits": (lambda: by_libsndfile("VOC", "PCM_U8"), 0.02),
}
SAYS_NO_LENGTH = ("ogg", "mp3 without a length", "voc", "ac3", "aac alone", "paf", "pvf", "ircam", "voc of eight bits")
NO_SOUND = {
    "a web page": lambda: b"<!DOCTYPE html><html><body>404 not found</body></html>" * 20,
    "a web page that begins like mp3": lambda: b"\xff\xfb" + b"<!DOCTYPE html>" * 99,
    "a Mac's shadow file": lambda: b"\0\5\x16\7\0\2\0\0Mac OS X        " + b"\0" * 100,
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + np.random.default_rng(0).bytes(5_000),
    "a telephone's picture": lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + OTHER_BYTES,
    "an mp4 whose index was cut off": lambda: encoded("aac", "mp4")[:20_000],
    "an mp3 in free format": free_format,
    "an alac in caf whose index was cut off": lambda: encoded("alac", "caf")[:20_000],
    "an archive of a sound": lambda: archive(by_libsndfile("WAV")),
    "noise": lambda: np.random.default_rng(1).bytes(2_000_000),
    "a codec's noise": lambda: form(np.random.default_rng(0).bytes(20_000), 0xFF, 16),
}
REASONS = {  # what the line says of these
    "a web page": "it is text, such as a web page or a list); get the sound itself",
    "an mp4 whose index was cut off": "cut off before its index, which stands at its end); copy or download it again",
    "a picture": "it is a picture); name the sound itself",
    "a telephone's picture": "it is a picture); name the sound itself",
    "an archive of a sound": "it is an archive); unpack it, name what is in it",
    "an alac in caf whose index was cut off": "cut off before its index, which stands at its end); copy or download it",
    "an mp3 in free format": "mp3 in free format, without a bit rate); convert it with the program that made it",
    "a codec's noise": "it is damaged, and next to nothing of it could be decoded); convert it to wav",
}

PLAYLISTS = {  # each names a sound file beside it, or an address
    "concat": b"ffconcat version 1.0\nfile secret.wav\n",
    "hls": b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4.0,\nsecret.wav\n#EXT-X-ENDLIST\n",
    "hls at an address": b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4.0,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
}

GOES_ON = {
    "wav that says less": lambda: riff(bytes(4), chunk(b"fmt ", FMT), b"data" + struct.pack("<I", RATE * 4) + PCM),
    "wav in two parts": lambda: riff(
        bytes(4), chunk(b"fmt ", FMT), chunk(b"data", PCM[: RATE * 4]), chunk(b"data", PCM[RATE * 4 :])
    ),
    "two wavs": lambda: by_libsndfile("WAV", signal=STEREO[:RATE]) + by_libsndfile("WAV"),
    "two aiffs": lambda: by_libsndfile("AIFF", signal=STEREO[:RATE]) + by_libsndfile("AIFF"),
    "two cafs": lambda: by_libsndfile("CAF", signal=STEREO[:RATE]) + by_libsndfile("CAF"),
    "two rf64s": lambda: by_libsndfile("RF64", signal=STEREO[:RATE]) + by_libsndfile("RF64"),
    "two aus": lambda: by_libsndfile("AU", signal=STEREO[:RATE]) + by_libsndfile("AU"),
}
TWO = {
    "ogg": lambda: by_libsndfile("OGG") * 2,
    "mp3": lambda: encoded("libmp3lame", "mp3") * 2,
    "flac": lambda: by_libsndfile("FLAC") * 2,
    "mp4": lambda: encoded("aac", "mp4") * 2,
    "alac in caf": lambda: encoded("alac", "caf") * 2,
    "wma": lambda: encoded("wmav2", "asf") * 2,
    "sds": lambda: by_libsndfile("SDS", "PCM_16", signal=TONE) * 2,
    "vorbis and opus": lambda: by_libsndfile("OGG") + encoded("libopus", "ogg", rate=48_000, signal=AT_48_000),
}
TWO_RATES = {
    "ogg": lambda: by_libsndfile("OGG") + by_libsndfile("OGG", rate=22_050, signal=STEREO[::2, :1]),
    "mp3": lambda: encoded("libmp3lame", "mp3") + by_libsndfile("MP3", rate=22_050, signal=STEREO[::2, :1]),
    "flac": lambda: by_libsndfile("FLAC", rate=48_000, signal=AT_PITCH_48_000) + by_libsndfile("FLAC"),
    "flac of other bits": lambda: by_libsndfile("FLAC") + by_libsndfile("FLAC", "PCM_24"),
}

IMPOSSIBLE = {  # where in the header of a wav, and what stands there
    "no channel": (22, struct.pack("<H", 0)),
    "65,535 channels": (22, struct.pack("<H", 0xFFFF)),
    "a rate of 0": (24, struct.pack("<I", 0)),
    "the highest rate": (24, struct.pack("<I", 0xFFFFFFFF)),
    "frames of 0 bytes": (32, struct.pack("<H", 0)),
    "samples of 0 bits": (34, struct.pack("<H", 0)),
    "samples of 65,535 bits": (34, struct.pack("<H", 0xFFFF)),
    "a header of 4 GB": (16, struct.pack("<I", 0xFFFFFFF0)),
}
