"""A fact about a wrong result: its id, and the sentence that the learner reads."""

import re
from dataclasses import dataclass

# What a result may have counted out. Of a word (`int32`) or a power (`2**32`) a number is a part, and stays.
LARGE_NUMBER = re.compile(r"(?<![\w*])\d{2,}")
# The label of a step may hold a number of its case: "advantage of reward 2".
LABEL_WITH_NUMBER = re.compile(r"\byour `[^`]*\d[^`]*`", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """A fact about the results of a part.

    Parameters
    ----------
    id : str
        What kind of fact it is: ``"times-a-constant"``.
    sentence : str
    of_hidden : bool
        Whether the sentence may be told of hidden cases: it names none of their numbers and shapes, and no word of the
        learner's.
    general : str
        What is told of hidden cases instead, where the sentence may not.
    """

    id: str
    sentence: str
    of_hidden: bool = True
    general: str = ""

    @property
    def of_any_case(self) -> str:
        """The sentence that may be told of hidden cases; empty where there is none.

        It holds no large number: a function that has met a hidden case may return as many things as that case says.
        """
        sentence = self.general or (self.sentence if self.of_hidden else "")
        sentence = LARGE_NUMBER.sub("some", sentence)
        return LABEL_WITH_NUMBER.sub(lambda match: f"{match[0][:4]} result", sentence)
