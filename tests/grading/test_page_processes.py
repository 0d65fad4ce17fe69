"""What pages have in common is made before their processes are forked: none of them makes it again."""

from small_course import hand_in_class

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
