"""Links of built pages: which of them lead nowhere."""

from website.links import dangling


def test_a_missing_file_and_a_missing_place_are_found(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a b.html").write_text('<h2 id="there">x</h2><a href="../index.html#top">x</a>', "utf-8")
    (tmp_path / "index.html").write_text(
        '<p id="top"><a href="sub/a%20b.html#there">x</a><a href="sub/a%20b.html#gone">x</a>'
        '<img src="gone.png"><a href="https://elsewhere.example/gone">x</a><a href="#top">x</a></p>',
        "utf-8",
    )
    assert list(dangling(tmp_path)) == [("index.html", "sub/a%20b.html#gone"), ("index.html", "gone.png")]
