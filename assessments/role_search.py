"""Role levels found by words, forgiving of spelling: values in, values out.

Names are compared word by word, by the share of letter triples two words have in common (the
measure of PostgreSQL's pg_trgm, so that both databases find the same). Some words people use for
their work are in no role's name; `OTHER_WORDS` leads from these to the words that are.
"""

import re
import unicodedata
from collections.abc import Hashable
from dataclasses import dataclass

# Below this share of common letter triples two words have too little to do with each other:
# "managr" and "manager" share 0.5, "reserch" and "researcher" 0.36, "clowd" and "cloud" 0.33. It is
# the threshold pg_trgm starts with, too.
ALIKE = 0.3
# How much of a search's words, on average, a name must have.
FOUND = 0.5
# What is found much less well than the best is only in the way.
NEAR_THE_BEST = 0.8
# A misspelt word is worth less than a right one, whatever the triples say.
MISSPELT = 0.9

# What people call themselves, and words of the names of the roles that do this work. Our own
# list, of titles used in the civil service and outside; add to it what people search for in vain.
OTHER_WORDS = {
    "a11y": ["accessibility specialist"],
    "agile coach": ["delivery manager"],
    "ba": ["business analyst"],
    "back end developer": ["software developer"],
    "backend developer": ["software developer"],
    "cdo": ["chief data officer", "chief digital and information officer"],
    "change manager": ["change and release manager"],
    "cio": ["chief digital and information officer"],
    "ciso": ["chief information security officer"],
    "cloud engineer": ["infrastructure engineer", "devops engineer"],
    "coder": ["software developer"],
    "content editor": ["content designer"],
    "copywriter": ["content designer"],
    "cto": ["chief technology officer"],
    "cyber": ["security architect", "chief information security officer"],
    "desktop support": ["end user computing engineer", "service desk analyst"],
    "dev": ["software developer"],
    "dm": ["delivery manager"],
    "evaluator": ["digital evaluator"],
    "helpdesk": ["service desk analyst"],
    "help desk": ["service desk analyst"],
    "it support": ["service desk analyst", "end user computing engineer"],
    "ml engineer": ["machine learning engineer"],
    "platform engineer": ["devops engineer", "infrastructure engineer"],
    "pm": ["product manager", "delivery manager"],
    "po": ["product manager"],
    "product owner": ["product manager"],
    "programmer": ["software developer"],
    "project manager": ["delivery manager", "programme delivery manager"],
    "qa": ["quality assurance test analyst"],
    "scrum master": ["delivery manager"],
    "site reliability engineer": ["devops engineer", "infrastructure operations engineer"],
    "software engineer": ["software developer"],
    "sre": ["devops engineer"],
    "statistician": ["data analyst", "data scientist"],
    "sysadmin": ["infrastructure engineer"],
    "system administrator": ["infrastructure engineer"],
    "tech lead": ["lead developer", "technical architect"],
    "tester": ["test engineer", "quality assurance test analyst"],
    "ui designer": ["interaction designer"],
    "usability": ["user researcher", "accessibility specialist"],
    "ux": ["interaction designer", "user researcher"],
    "ux designer": ["interaction designer"],
    "ux researcher": ["user researcher"],
    "visual designer": ["graphic designer"],
    "web designer": ["interaction designer", "frontend developer"],
    "web developer": ["frontend developer", "software developer"],
    "writer": ["content designer", "technical writer"],
}
MOST_WORDS = 10


@dataclass(frozen=True)
class Named:
    """Something to be found: its key and the names it goes by."""

    key: Hashable
    names: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """What a search found, the best first; `instead` are the words looked for besides."""

    keys: tuple
    instead: tuple[str, ...] = ()


def search(query, things):
    """The `Found` of things whose names have the query's words, or words near to them.

    A word may be misspelt or begun; the order of words does not matter. Things that are found
    equally well stay in the order given.
    """
    words = words_in(query)[:MOST_WORDS]
    if not words:
        return Found(())
    instead = tuple(_other_words(words))
    searches = [words, *(words_in(text) for text in instead)]
    names = {thing.key: [words_in(name) for name in thing.names] for thing in things}
    vocabulary = {word for of_thing in names.values() for name in of_thing for word in name}
    alike = {
        word: {other: _alike(word, other) for other in vocabulary}
        for word in {word for one in searches for word in one}
    }
    scores = {
        key: max((_score(one, name, alike) for one in searches for name in of_thing), default=0)
        for key, of_thing in names.items()
    }
    enough = max(FOUND, NEAR_THE_BEST * max(scores.values(), default=0))
    keys = [key for key, score in scores.items() if score >= enough]
    return Found(tuple(sorted(keys, key=lambda key: -scores[key])), instead)


def words_in(text):
    """The text's words, in small letters without accents and hyphens."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.findall(r"[a-z0-9]+", plain.replace("-", " ").replace("'", ""))


def _other_words(words):
    """What else to look for: other words for the whole search or for a run of its words."""
    found = []
    for title, others in OTHER_WORDS.items():
        wanted = words_in(title)
        runs = zip(*(words[start:] for start in range(len(wanted))), strict=False)
        if any(all(map(_is_the_word, run, wanted)) for run in runs):
            found += [other for other in others if other not in found]
    return found


def _is_the_word(given, wanted):
    """Whether a word is this one: short words exactly, longer ones with a slip of the finger."""
    return given == wanted or (len(wanted) > 4 and likeness(given, wanted) >= ALIKE)


def _score(words, name, alike):
    """How much of the words a name has, 0 to 1, all words counting the same."""
    return sum(max((alike[word][other] for other in name), default=0) for word in words) / len(
        words
    )


def _alike(word, other):
    if word == other:
        return 1
    if other.startswith(word) and len(word) > 1:
        return MISSPELT + (1 - MISSPELT) * len(word) / len(other)
    shared = likeness(word, other)
    return MISSPELT * shared**0.5 if shared >= ALIKE else 0


def likeness(one, other):
    """The share of letter triples that two words have in common, 0 to 1.

    As pg_trgm counts: with two spaces before a word and one after it.
    """
    mine, theirs = _triples(one), _triples(other)
    return len(mine & theirs) / len(mine | theirs)


def _triples(word):
    padded = f"  {word} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}
