"""What pages have in common is made once: before their processes are forked, or on the first of their pages."""

from small_course import hand_in_class

from grading.gradebook import Record
from grading.output import Output
from grading.publish import feedback


class Here:
    """In the place of `Bounded`: does the work in this process, and notes what it finds made."""

    found: list[tuple[int, int]] = []

    def __init__(self, function, *limits, prepare):
        self.function = function
        prepare()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass

    def map(self, tasks):
        for task in tasks:
            before = feedback._exporter.cache_info().misses, loaded_templates()
            yield self.function(task)
            self.found.append((feedback._exporter.cache_info().misses - before[0], loaded_templates() - before[1]))


def loaded_templates():
    return len(feedback._exporter(plain=False).environment.cache)


def test_no_page_sets_nbconvert_up_or_loads_a_template(course, monkeypatch):
    hand_in_class(course.submissions, 3)
    monkeypatch.setattr(Here, "found", [])
    monkeypatch.setattr(feedback, "Bounded", Here)
    feedback._exporter.cache_clear()
    assert course.grade() == 0
    assert Here.found == [(0, 0)] * 3


def test_what_is_kept_of_one_page_changes_no_other(course, monkeypatch):
    hand_in_class(course.submissions, 13)
    assert course.grade() == 0
    out = Output(course.out)
    with Record(out.gradebook) as record:
        pages = [feedback._page(out)(sheet) for sheet in record.sheets()]
    of_ours, markdown = [], feedback.FeedbackExporter._markdown
    monkeypatch.setattr(
        feedback.FeedbackExporter, "_markdown", lambda self, text: of_ours.append(text) or markdown(self, text)
    )

    def made(each_alone: bool) -> list[str]:
        feedback._exporter.cache_clear()
        texts = []
        for page in pages:
            if each_alone:
                feedback._exporter.cache_clear()
            texts.append(feedback.page_of(page))
        return texts

    together = made(each_alone=False)
    assert of_ours.count("# A small lesson") == 1
    assert together == made(each_alone=True)
    assert of_ours.count("# A small lesson") == 1 + 12
    assert sum("A small lesson" in text for text in together) == 12  # one file was no notebook
    feedback._exporter.cache_clear()
