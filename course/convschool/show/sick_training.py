"""The charts of five trainings in which something was broken on purpose."""

from convschool.front import draws
from convschool.show.sick_numbers import NUMBERS
from convschool.show.training_chart import Healthy, training_chart

PATIENTS = ("one", "two", "three", "four", "five")


@draws
def sick_training(patient: str, title: str = "", alt: str = "") -> None:
    """Show the loss and the update-to-weight ratios of a patient; in grey, the same training without the fault.

    Parameters
    ----------
    patient : {"one", "two", "three", "four", "five"}
    title : str
        What to look at.
    alt : str
        What the picture shows, in words; by default it gives the first and the last numbers.

    Raises
    ------
    ValueError
        When there is no such patient.
    """
    if patient not in PATIENTS:
        raise ValueError(f"patient must be one of {', '.join(PATIENTS)}, not {patient!r}")
    sick, healthy = NUMBERS[patient], NUMBERS[f"{patient}, healthy"]
    least, largest = healthy["least"], healthy["largest"]
    ratios = {f"{name}: {values[0]:.2g} at step 0": values for name, values in sick.items() if name != "loss"}
    training_chart(
        NUMBERS["steps"],
        sick["loss"],
        ratios,
        Healthy(healthy["loss"], [least, largest], f"healthy: {least[0]:.2g} to {largest[0]:.2g} at step 0"),
        title or f"Patient {patient}: start at step 0, and compare with the grey band",
        alt,
    )
