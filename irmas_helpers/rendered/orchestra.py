"""Who can play in what is rendered: the eleven, and eight further instruments that a network can be taught."""

from __future__ import annotations

from ..instruments import BY_CODE, Instrument

FURTHER: tuple[Instrument, ...] = (
    Instrument("oboe", "oboe", "#117733", (68,), (58, 91)),
    Instrument("bassoon", "bassoon", "#882255", (70,), (34, 75)),
    Instrument("trombone", "trombone", "#661100", (57,), (40, 72)),
    Instrument("horn", "horn", "#DDAA33", (60,), (34, 77)),
    Instrument("harp", "harp", "#44AA99", (46,), (36, 96)),
    Instrument("banjo", "banjo", "#EE7733", (105,), (48, 86)),
    Instrument("accordion", "accordion", "#332288", (21,), (53, 93)),
    Instrument("sitar", "sitar", "#CC6677", (104,), (48, 77)),
)
PLAYERS: dict[str, Instrument] = BY_CODE | {instrument.code: instrument for instrument in FURTHER}
