"""Names for people who do not exist.

First names are common ones; surnames are put together from pieces of landscape, so that nobody
real is meant by a pair of them.
"""

FIRST_NAMES = (
    "Ada Aisha Alun Amara Anil Anwen Ayo Bethan Bilal Carys Cerys Chidi Connor Daria Dev Eilidh "
    "Elin Emeka Esme Farah Fergus Femi Gareth Gita Hamza Hana Harriet Idris Ines Iona Ishaan Jade "
    "Jamal Joanna Kamal Keira Kwame Layla Leona Lewis Lowri Mairi Marta Mei Mohan Morag Nadia "
    "Naomi Niamh Nikhil Olu Omar Oscar Pavel Petra Priya Rashid Rhian Rhys Rosa Ruth Samir Seren "
    "Shona Sofia Tariq Tegan Theo Tomasz Uma Vera Wanda Wei Yasmin Yusuf Zainab Zoe"
).split()

SURNAME_STARTS = (
    "Alder Ash Barrow Beck Birch Black Bracken Bram Brine Cairn Cold Copper Crag Dapple Drift "
    "Elder Fen Fern Flint Frost Gorse Grain Gull Harbour Hare Haw Heather Holm Kelp Lantern Larch "
    "Lark Ling Marsh Meadow Mill Moss Oak Oat Otter Pebble Quill Reed Ridge Rook Rowan Rush Salt "
    "Sedge Shale Silver Sloe Stone Tarn Thistle Thorn Tide Wether Whin Willow Winter Wren Yarrow"
).split()

SURNAME_ENDS = (
    "acre bank bourne bridge brook combe cote croft dale ditch fell field ford garth gate hollow "
    "hurst keld ley mere moor ness quay shaw side stead thwaite ward wick worth"
).split()


def make_names(count, rng):
    """`count` different full names, the same ones for the same state of `rng`."""
    names = {}
    while len(names) < count:
        first = FIRST_NAMES[rng.integers(len(FIRST_NAMES))]
        start = SURNAME_STARTS[rng.integers(len(SURNAME_STARTS))]
        end = SURNAME_ENDS[rng.integers(len(SURNAME_ENDS))]
        names[f"{first} {start}{end}"] = None
    return list(names)
